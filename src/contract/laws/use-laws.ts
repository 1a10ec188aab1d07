import { isActionClass } from '../action-class.ts'
import type { JsonObject, LogEntry } from '../log-entry.ts'
import { isMembers } from '../read-entry.ts'
import { findRecomposed } from '../register/composition.ts'
import { allowsInScope } from '../scope.ts'
import { isWithinCeiling, SENSITIVITIES, type Sensitivity } from '../sensitivity.ts'
import { identityIdOf, taskIdOf } from '../told/about.ts'
import { membersIn, textIn } from '../told/data.ts'
import { chainUpwards, type Told, type ToldTask, tasksActing } from '../told/told.ts'
import { countsOf, isCrowded, readAct, readBytes, type ToldAct } from '../told/use.ts'
import { type EntryLaw, type Judged, recordDelayMsMax } from './entry-law.ts'

const minuteMs = 60_000

/** The laws of what is used: by whom as they were approved, within whose rights, how much and how often. */
export const USE_LAWS: readonly EntryLaw[] = [
  {
    name: 'composition',
    promise: 'a task or a token is given only to what was approved: the same model, prompt and tools',
    findFault: findCompositionFault,
  },
  {
    name: 'behalf',
    promise: 'nothing is permitted on behalf of a person that the person may not do',
    findFault: findBehalfFault,
  },
  {
    name: 'budget',
    promise: 'no task makes more calls or writes than it may, its helpers counted',
    findFault: (judged) => findUseFault(judged, sayOverBudget),
  },
  {
    name: 'bytes',
    promise: 'no task reads more bytes than it may, its helpers counted',
    findFault: findBytesFault,
  },
  {
    name: 'spend',
    promise: 'no task spends more than it may, its helpers counted',
    findFault: (judged) => findUseFault(judged, sayOverSpend),
  },
  {
    name: 'rate',
    promise: 'no task makes more calls in any minute than it may, its helpers counted',
    findFault: (judged) => findUseFault(judged, sayOverRate),
  },
  {
    name: 'limit',
    promise: 'nothing is done more often in any window than people have set',
    findFault: findLimitFault,
  },
]

/** What a person opens runs nowhere yet: what takes it over says what it is with its token. */
function findCompositionFault({ entry, told, whole }: Judged): string | null {
  const decision = textIn(entry.data, 'decision')
  const isAsked = decision === 'token' || (decision === 'task' && entry.actor.kind !== 'person')
  if (!whole || entry.kind !== 'decision.permit' || !isAsked || entry.data['cut'] === true) return null
  const identity = told.identities.get(identityIdOf(entry) ?? '')
  if (identity === undefined || identity.composition === null) return null
  const running = membersIn(decision === 'task' ? entry.data : membersIn(entry.data, 'asked'), 'composition')
  const parts = findRecomposed(identity.composition, {
    model: textIn(running, 'model') ?? '',
    promptDigest: textIn(running, 'promptDigest'),
    toolsDigest: textIn(running, 'toolsDigest'),
  })
  return parts.length === 0 ? null : `what it is given to is not what was approved, by its ${parts.join(', ')}`
}

function findBehalfFault({ entry, told, whole }: Judged): string | null {
  const isAct = ['call', 'evaluation'].includes(textIn(entry.data, 'decision') ?? '')
  if (!whole || !isAct) return null
  const people = new Set(tasksActing(told, entry).flatMap((task) => task.onBehalfOf ?? []))
  for (const personId of people)
    for (const resource of resourcesOf(entry.data)) {
      if (!mayDo(told, entry, personId, resource))
        return `it permits something on ${resource.id} on behalf of ${personId}, who may not do it`
    }
  return null
}

/** What a permit names, and how sensitive it was. */
interface ToldResource {
  readonly id: string
  readonly sensitivity: Sensitivity
}

/** A name that was cut to fit its entry names nothing any more. */
const CUT = /… \(\d+ characters\)$/

/** Gives what a permit names; what was cut to fit names nothing any more. */
export function resourcesOf(data: JsonObject): readonly ToldResource[] {
  const resources = data['resources']
  return (Array.isArray(resources) ? resources : []).flatMap((each) => {
    const { id, sensitivity: named } = isMembers(each) ? each : {}
    const sensitivity = SENSITIVITIES.find((level) => level === named)
    return typeof id === 'string' && sensitivity !== undefined && !CUT.test(id) ? [{ id, sensitivity }] : []
  })
}

function mayDo(told: Told, { data, atMs }: LogEntry, personId: string, { id, sensitivity }: ToldResource): boolean {
  const action = membersIn(data, 'action')
  const [name, actionClass] = [textIn(action, 'name') ?? '', textIn(action, 'class') ?? '']
  return [...(told.rights.get(personId)?.values() ?? [])].some(
    (right) =>
      atMs < right.endsMs + recordDelayMsMax &&
      isActionClass(actionClass) &&
      right.classes.includes(actionClass) &&
      isWithinCeiling(sensitivity, right.ceiling as Sensitivity) && // a word that is none is no ceiling
      allowsInScope(right.scope, name, id),
  )
}

/** Holds an act to what each task of its chain may use and has used. */
function findUseFault(
  { entry, told }: Judged,
  say: (told: Told, task: ToldTask, act: ToldAct) => string | null,
): string | null {
  const act = readAct(entry.kind, entry.data, entry.atMs)
  if (act === null) return null
  for (const task of tasksActing(told, entry)) {
    const fault = say(told, task, act)
    if (fault !== null) return fault
  }
  return null
}

function sayOverBudget({ uses }: Told, { id, budget }: ToldTask, act: ToldAct): string | null {
  const { calls, writes } = uses.get(id) ?? { calls: 0, writes: 0 }
  if (budget === null) return null
  if (calls >= budget.callsMax) return `it permits one call more than the task ${id} may make (${budget.callsMax})`
  const isOver = act.isChange && writes >= budget.writesMax
  return isOver ? `it permits one write more than the task ${id} may make (${budget.writesMax})` : null
}

/** A result is counted before it may leave, under the bound of every task of the chain. */
function findBytesFault({ entry, told }: Judged): string | null {
  if (entry.kind !== 'call.finished' && entry.kind !== 'act.reported') return null
  const bytes = readBytes(entry.data)
  const over = chainUpwards(told.tasks, taskIdOf(entry)).find(
    ({ id, budget }) => bytes > 0 && budget !== null && (told.uses.get(id)?.bytes ?? 0) + bytes > budget.bytesMax,
  )
  return over === undefined ? null : `with it the task ${over.id} has read more than ${over.budget?.bytesMax} bytes`
}

function sayOverSpend({ uses }: Told, { id, budget }: ToldTask, act: ToldAct): string | null {
  if (budget === null || act.spend === 0) return null
  const [spent, most] = [(uses.get(id)?.spend ?? 0) + act.spend, budget.spendMax ?? 0]
  return spent > most ? `with it the task ${id} has spent ${spent}, and may spend ${most}` : null
}

function sayOverRate({ uses }: Told, { id, budget }: ToldTask, act: ToldAct): string | null {
  const most = budget?.callsPerMinuteMax
  if (most === undefined || !isCrowded(uses.get(id)?.times ?? [], act.atMs, most, minuteMs)) return null
  return `with it the task ${id} makes more than ${most} calls in a minute`
}

function findLimitFault({ entry, told }: Judged): string | null {
  const act = readAct(entry.kind, entry.data, entry.atMs)
  if (act === null) return null
  const over = countsOf(told.limits, { act, tasks: tasksActing(told, entry) }).find(({ limit, id }) =>
    isCrowded(told.counts.get(id) ?? [], act.atMs, limit.callsMax, limit.windowSeconds * 1000),
  )
  return over === undefined
    ? null
    : `with it more is done than the limit ${over.limit.name} allows (${over.limit.callsMax} in ${over.limit.windowSeconds} seconds)`
}
