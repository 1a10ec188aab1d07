import { isActionClass, rankClass } from '../action-class.ts'
import { isLimited, LIMIT_PERS, LIMIT_STATES, type Limit, type LimitPer } from '../counters/limit.ts'
import type { JsonObject, LogEntry } from '../log-entry.ts'
import { isMembers } from '../read-entry.ts'
import type { Composition } from '../register/composition.ts'
import { isPattern, type Scope } from '../scope.ts'
import type { Budget } from '../task.ts'
import { countIn, membersIn, scopeIn, textIn, textsIn } from './data.ts'

/** What the tasks of one have used, its helpers counted, as the permits tell it. Grows in place. */
export interface ToldUse {
  calls: number
  writes: number
  bytes: number
  spend: number
  /** When it made calls, in order. */
  readonly times: number[]
}

/** One permitted act, as far as its entry tells what it uses. */
export interface ToldAct {
  readonly name: string
  readonly actionClass: string
  /** Of what is done elsewhere, unseen: the other classes that it may be of. It is one act, which falls under the limits of each. */
  readonly orClasses: readonly string[]
  readonly isChange: boolean
  /** Whole minor units of the currency of its task. */
  readonly spend: number
  /** When it was weighed, which may be a while before it was written. */
  readonly atMs: number
}

/** A longer wait between weighing and writing counts as one of so long. */
const weighedBeforeMsMax = 60_000

/** An act that was weighed before many others takes the place of the last of so many. */
const placesMax = 4_096

/** Reads what a permit says that it uses; `atMs` is when it was written. Null where it permits no act that counts. */
export function readAct(kind: string, data: JsonObject, atMs: number): ToldAct | null {
  const named = kind === 'decision.permit' ? nameAct(data) : null
  if (named === null) return null
  const { actionClass } = named
  const weighedMs = countIn(data, 'weighedMs') ?? atMs
  return {
    ...named,
    isChange: actionClass !== 'read' && isActionClass(actionClass),
    spend: Math.max(0, ...readTolls(data, 'spend')),
    atMs: Math.min(atMs, Math.max(weighedMs, atMs - weighedBeforeMsMax)),
  }
}

/**
 * Gives what a permit lets be done, where it counts: a call, an act that a counting enforcement point lets happen, or what a grant lets be
 * done elsewhere.
 */
function nameAct(data: JsonObject): Pick<ToldAct, 'name' | 'actionClass' | 'orClasses'> | null {
  const decision = textIn(data, 'decision')
  if (decision === 'token') return nameAcross(data)
  if (decision !== 'call' && !(decision === 'evaluation' && data['counts'] === true)) return null
  const action = membersIn(data, 'action')
  return { name: textIn(action, 'name') ?? '', actionClass: textIn(action, 'class') ?? '', orClasses: [] }
}

/** A grant for another domain is one act of the gravest class that it lets be done there. */
function nameAcross(data: JsonObject): Pick<ToldAct, 'name' | 'actionClass' | 'orClasses'> | null {
  const across = membersIn(data, 'across')
  if (textIn(across, 'resource') === null) return null
  const asked = membersIn(membersIn(membersIn(data, 'asked'), 'across'), 'scopes')
  // a long list of scopes is told in short, that of their classes is not
  const named = textsIn(across, 'scopes').flatMap((scope) => textIn(asked, scope) ?? [])
  const classes = new Set([...textsIn(across, 'classes'), ...named])
  const [gravest = '', ...others] = [...classes].filter(isActionClass).sort((x, y) => rankClass(y) - rankClass(x))
  return { name: gravest, actionClass: gravest, orClasses: others }
}

/** An act adds the same for every task of its chain. */
function readTolls(data: JsonObject, kind: string): readonly number[] {
  const tolls = data['tolls']
  return (Array.isArray(tolls) ? tolls : []).flatMap((toll) => {
    if (!isMembers(toll) || toll['kind'] !== kind) return []
    return countIn(toll as JsonObject, 'adds') ?? []
  })
}

/** Reads the budget of a task that is opened; null where its entry tells none. */
export function readBudget(data: JsonObject): Budget | null {
  const told = membersIn(data, 'budget')
  const [callsMax, writesMax, bytesMax] = [
    countIn(told, 'callsMax'),
    countIn(told, 'writesMax'),
    countIn(told, 'bytesMax'),
  ]
  if (callsMax === null || writesMax === null || bytesMax === null) return null
  const rate = countIn(told, 'callsPerMinuteMax')
  const spendMax = countIn(told, 'spendMax') ?? 0
  return { callsMax, writesMax, bytesMax, spendMax, ...(rate === null ? {} : { callsPerMinuteMax: rate }) }
}

/** Reads a limit as people set it; null where the entry does not tell one. */
function readLimit(data: JsonObject): Limit | null {
  const [callsMax, windowSeconds] = [countIn(data, 'callsMax'), countIn(data, 'windowSeconds')]
  const per = LIMIT_PERS.find((each) => each === data['per'])
  const state = LIMIT_STATES.find((each) => each === data['state'])
  const of = textIn(data, 'of') ?? ''
  if (callsMax === null || windowSeconds === null || per === undefined || state === undefined || !isPattern(of))
    return null
  return { name: textIn(data, 'name') ?? '', of, per, callsMax, windowSeconds, state }
}

/** The acts of which chain, from the task that acts to its root. */
interface ToldActing {
  readonly act: ToldAct
  readonly tasks: readonly { readonly id: string; readonly identityId: string }[]
}

const SUBJECTS: Readonly<Record<LimitPer, (tasks: ToldActing['tasks']) => readonly string[]>> = {
  identity: (tasks) => [...new Set(tasks.map((task) => task.identityId))],
  chain: (tasks) => tasks.slice(-1).map((task) => task.id),
  organisation: () => ['all'],
}

/** Gives under which counts an act falls: of each limit that holds it, one for each whom that counts. */
export function countsOf(
  limits: ReadonlyMap<string, Limit>,
  { act, tasks }: ToldActing,
): readonly { readonly limit: Limit; readonly id: string }[] {
  const { name, actionClass, orClasses } = act
  const falls = (limit: Limit): boolean =>
    (isActionClass(actionClass) && isLimited(limit, name, actionClass)) ||
    orClasses.some((each) => isActionClass(each) && isLimited(limit, each, each))
  return [...limits.values()].filter(falls).flatMap((limit) =>
    SUBJECTS[limit.per](tasks).map((subject) => ({
      limit,
      id: `${limit.name}@${limit.windowSeconds}/${limit.per}/${subject}`,
    })),
  )
}

function placeOf(times: readonly number[], atMs: number): number {
  let place = times.length
  while (place > 0 && times.length - place < placesMax && (times[place - 1] ?? 0) > atMs) place -= 1
  return place
}

/** Notes one more time among those that are in order. */
function addTime(times: number[], atMs: number): void {
  const place = placeOf(times, atMs)
  times.splice(place, 0, place === 0 ? atMs : Math.max(atMs, times[place - 1] ?? atMs))
}

/** True where, with one more at `atMs`, more than `most` lie in some window of so many milliseconds. */
export function isCrowded(times: readonly number[], atMs: number, most: number, windowMs: number): boolean {
  const place = placeOf(times, atMs)
  const timeAt = (at: number): number => (at < place ? times[at] : at === place ? atMs : times[at - 1]) ?? 0
  for (let first = Math.max(0, place - most); first <= place && first + most <= times.length; first++)
    if (timeAt(first + most) - timeAt(first) < windowMs) return true
  return false
}

/** Reads what an identity that is put up is made of; null where it is not declared. */
export function readComposition(data: JsonObject): Composition | null {
  const told = membersIn(data, 'composition')
  const model = textIn(told, 'model')
  return model === null
    ? null
    : { model, promptDigest: textIn(told, 'promptDigest'), toolsDigest: textIn(told, 'toolsDigest') }
}

/** A right of a person, as the entry tells it that gave it. */
export interface ToldRight {
  readonly scope: Scope
  readonly classes: readonly string[]
  readonly ceiling: string
  readonly endsMs: number
}

/** Takes in a right that a person was given; what its entry does not tell it does not cover. */
export function tellRight(rights: Map<string, Map<string, ToldRight>>, data: JsonObject): void {
  const personId = textIn(data, 'personId') ?? ''
  const own = rights.get(personId) ?? new Map<string, ToldRight>()
  rights.set(personId, own)
  own.set(textIn(data, 'rightId') ?? '', {
    scope: scopeIn(data, 'scope') ?? [],
    classes: textsIn(data, 'classes'),
    ceiling: textIn(data, 'ceiling') ?? '',
    endsMs: countIn(data, 'endsMs') ?? 0,
  })
}

/** Takes in that a right was ended. */
export function tellRightEnd(rights: Map<string, Map<string, ToldRight>>, data: JsonObject): void {
  rights.get(textIn(data, 'personId') ?? '')?.delete(textIn(data, 'rightId') ?? '')
}

/** So many limits a Remit keeps at most; further ones of a hostile log would cost their number for each act. */
const limitsMax = 100

/** Takes in a limit as people set it; one that is set again is that one. */
export function tellLimit(limits: Map<string, Limit>, data: JsonObject): void {
  const limit = readLimit(data)
  if (limit !== null && (limits.has(limit.name) || limits.size < limitsMax)) limits.set(limit.name, limit)
}

function useOf(uses: Map<string, ToldUse>, taskId: string): ToldUse {
  const use = uses.get(taskId) ?? { calls: 0, writes: 0, bytes: 0, spend: 0, times: [] }
  uses.set(taskId, use)
  return use
}

/** How many bytes an act gave, as it is told with its end. */
export function readBytes(data: JsonObject): number {
  return Math.max(0, countIn(data, 'resultBytes') ?? 0)
}

/** Counts what an act gave for each task of its chain. */
export function tellBytes(
  uses: Map<string, ToldUse>,
  data: JsonObject,
  tasks: readonly { readonly id: string }[],
): void {
  for (const { id } of tasks) useOf(uses, id).bytes += readBytes(data)
}

/** Counts a permitted act for each task of its chain, and under each limit that holds it. */
export function tellUses(
  told: {
    readonly uses: Map<string, ToldUse>
    readonly limits: ReadonlyMap<string, Limit>
    readonly counts: Map<string, number[]>
  },
  { kind, data, atMs }: LogEntry,
  tasks: readonly { readonly id: string; readonly identityId: string; readonly budget: Budget | null }[],
): void {
  const act = readAct(kind, data, atMs)
  if (act === null) return
  for (const { id, budget } of tasks) {
    const use = useOf(told.uses, id)
    use.calls += 1
    if (act.isChange) use.writes += 1
    use.spend += act.spend
    if (budget?.callsPerMinuteMax !== undefined) addTime(use.times, act.atMs)
  }
  for (const { id } of countsOf(told.limits, { act, tasks })) {
    const times = told.counts.get(id) ?? []
    told.counts.set(id, times)
    addTime(times, act.atMs)
  }
}
