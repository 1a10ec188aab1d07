import { isActionClass, rankClass } from '../contract/action-class.ts'
import type { Json, JsonObject, LogEntry } from '../contract/log-entry.ts'
import type { ToldQuestions } from '../contract/question.ts'
import { isMembers } from '../contract/read-entry.ts'
import { SENSITIVITIES } from '../contract/sensitivity.ts'
import { taskIdOf } from '../contract/told/about.ts'
import { membersIn, textIn, textsIn } from '../contract/told/data.ts'
import type { ExplainedBudget, ExplainedLabels, ExplainedStand } from './explanation.ts'

/** Gives how a task of the chain stood when it was decided, as the policies were told, else as far as the entry tells. */
export function explainStand(entry: LogEntry, told: ToldQuestions | null, taskId: string): ExplainedStand | null {
  const attrs = findTask(told, taskId)
  if (attrs !== null) {
    const integrity = attrs['untrusted'] === true ? 'untrusted' : 'trusted'
    return {
      ceiling: nameIn(attrs, 'ceiling'),
      confidentiality: nameIn(attrs, 'confidentiality'),
      integrity,
      budget: [...budgetOf(entry, attrs), ...tollsOf(entry, taskId)],
    }
  }
  const before = membersIn(membersIn(entry.data, 'labels'), 'before')
  const isOwn = taskIdOf(entry) === taskId
  const above = isOwn ? undefined : findAbove(entry, taskId)
  if (!isOwn && above === undefined) return null
  return {
    ceiling: textIn(above ?? membersIn(entry.data, 'task'), 'ceiling'),
    confidentiality: isOwn ? textIn(before, 'confidentiality') : null,
    integrity: isOwn ? textIn(before, 'integrity') : null,
    budget: [...budgetOf(entry, readPairs(membersIn(above ?? entry.data, 'budget'))), ...tollsOf(entry, taskId)],
  }
}

/** What the denial of a law tells of a task above the one that acts. */
function findAbove({ data }: LogEntry, taskId: string): JsonObject | undefined {
  const above: readonly Json[] = Array.isArray(data['above']) ? data['above'] : []
  return above.find((each): each is JsonObject => isMembers(each) && each['taskId'] === taskId)
}

/** Reads what was used and what may be, which stand together. */
function readPairs(budget: JsonObject): JsonObject {
  const pairs = Object.entries(budget).flatMap(([name, pair]): (readonly [string, Json])[] =>
    Array.isArray(pair)
      ? [
          [name, pair[0] ?? null],
          [`${name}Max`, pair[1] ?? null],
        ]
      : [],
  )
  return Object.fromEntries(pairs)
}

function findTask(told: ToldQuestions | null, taskId: string): JsonObject | null {
  const entities = told?.questions.flatMap((question) => question.entities) ?? []
  return entities.find(({ uid }) => uid.type === 'Remit::Task' && uid.id === taskId)?.attrs ?? null
}

function nameIn(attrs: JsonObject, name: string): string | null {
  return textIn(membersIn(attrs, name), 'name')
}

/** Whatever has a bound beside it is a budget: `calls` beside `callsMax`. */
function budgetOf(entry: LogEntry, attrs: JsonObject): readonly ExplainedBudget[] {
  return Object.entries(attrs).flatMap(([what, before]) => {
    const max = attrs[`${what}Max`]
    if (typeof before !== 'number' || typeof max !== 'number') return []
    return [{ what, before, after: before + spentBy(entry, what), max }]
  })
}

/** Money that a call spends, and calls within a minute, of one task. */
function tollsOf({ kind, data }: LogEntry, taskId: string): readonly ExplainedBudget[] {
  const tolls = data['tolls']
  return (Array.isArray(tolls) ? tolls : []).flatMap((toll: Json) => {
    if (!isMembers(toll) || toll['taskId'] !== taskId) return []
    const { kind: what, used, adds, max } = toll
    if (typeof what !== 'string' || typeof used !== 'number' || typeof adds !== 'number' || typeof max !== 'number')
      return []
    return [{ what, before: used, after: kind === 'decision.permit' ? used + adds : used, max }]
  })
}

/** What a permit spends of the purse of every task of the chain. What the answer brings is counted once it is there. */
function spentBy({ kind, data }: LogEntry, what: string): number {
  const counts = textIn(data, 'decision') === 'call' || data['counts'] === true || isMembers(data['across'])
  if (kind !== 'decision.permit' || !counts) return 0
  const classes = [textIn(membersIn(data, 'action'), 'class') ?? '', ...textsIn(membersIn(data, 'across'), 'classes')]
  const isChange = classes.some((each) => isActionClass(each) && rankClass(each) >= rankClass('write'))
  return what === 'calls' || (what === 'writes' && isChange) ? 1 : 0
}

type Touched = ExplainedLabels['before']

/** Gives what the task had touched, and what it had with what was permitted; null where the entry does not tell. */
export function explainLabels(entry: LogEntry, told: ToldQuestions | null): ExplainedLabels | null {
  const labels = membersIn(entry.data, 'labels')
  const before = readLabels(labels['before']) ?? readLabels(labels)
  if (before === null) return null
  const from = membersIn(labels, 'remembered')['from']
  return {
    before,
    after: entry.kind === 'decision.permit' ? (readLabels(labels['after']) ?? addAsked(entry, told, before)) : before,
    remembered: readLabels(labels['remembered']) ?? findRemembered(entry, told, before),
    rememberedFrom: Array.isArray(from) ? from.filter((id) => typeof id === 'string') : [],
  }
}

/** What the policies were told of the task beside what it has touched is of other tasks; null where they were told no more. */
function findRemembered(entry: LogEntry, told: ToldQuestions | null, before: Touched): Touched | null {
  const attrs = findTask(told, taskIdOf(entry) ?? '')
  if (attrs === null) return null
  const confidentiality = worseOf(before.confidentiality, nameIn(attrs, 'confidentiality') ?? '')
  const integrity = attrs['untrusted'] === true ? 'untrusted' : before.integrity
  const isMore = confidentiality !== before.confidentiality || integrity !== before.integrity
  return isMore ? { confidentiality, integrity } : null
}

/** An enforcement point that is told yes reads what it asked about, and so does who gets a grant; a person who asks reads nothing. */
function addAsked({ data, actor }: LogEntry, told: ToldQuestions | null, before: Touched): Touched {
  const isRead = textIn(data, 'decision') === 'evaluation' || isMembers(data['across'])
  if (!isRead || actor.kind === 'person' || told === null) return before
  const entities = told.questions.flatMap((question) => question.entities)
  const sensitivities = entities.flatMap(({ uid, attrs }) =>
    uid.type === 'Remit::Resource' ? (nameIn(attrs, 'sensitivity') ?? []) : [],
  )
  const isUntrusted = entities.some(({ uid, attrs }) => uid.type === 'Remit::Tool' && attrs['resultUntrusted'] === true)
  return {
    confidentiality: [before.confidentiality, ...sensitivities].reduce(worseOf),
    integrity: isUntrusted ? 'untrusted' : before.integrity,
  }
}

const LADDER: readonly string[] = SENSITIVITIES

/** Of two the one that stands later on the ladder; a word that does not stand there is the mildest. */
function worseOf(one: string, other: string): string {
  const rank = (word: string): number => LADDER.indexOf(word)
  return rank(other) > rank(one) ? other : one
}

function readLabels(value: Json | undefined): Touched | null {
  if (!isMembers(value)) return null
  const { confidentiality, integrity } = value
  return typeof confidentiality === 'string' && typeof integrity === 'string' ? { confidentiality, integrity } : null
}
