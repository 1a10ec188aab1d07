import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { type Change, insert, type Kept, meter, requireAbsent, requireVersion } from '../../contract/change.ts'
import { type ChainAct, chainActKey, isNameAt, nameAt, namesAt } from '../../contract/counters/chain-act.ts'
import type { JudgedResource } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import type { Entity, TagWatch } from '../cedar/entities.ts'
import { type CedarRecord, Datetime, EntityUid, type Value } from '../cedar/values/value.ts'
import type { Hearing } from '../hearing.ts'

/** What policies look at of what a chain has done: those that decide, or those that are observed beside these. */
export interface HistoryTold {
  /** False where none looks at what was done, whatever it was done to. */
  readonly isTold: boolean
  /** False where none looks at what was done to the same resource: then it is not counted either. */
  readonly isToldHere: boolean
}

/** What a chain has done, as it was read for one decision. */
export interface History extends HistoryTold {
  /** The task at its root. */
  readonly rootId: string
  readonly acts: readonly Kept<ChainAct>[]
}

/** Reads what a chain has done where a policy looks at it, or with `counts` something is added; else that costs nothing. */
export async function readHistory(
  hearing: Pick<Hearing, 'store' | 'policies' | 'shadow'>,
  rootId: string,
  counts = false,
): Promise<History> {
  const told = findHistoryTold(hearing)
  const isRead = told.isTold || told.isToldHere || counts
  return { rootId, acts: isRead ? await hearing.store.chainActs(rootId) : [], ...told }
}

/** Says what of a history policies look at. */
function findHistoryTold({ policies, shadow }: Pick<Hearing, 'policies' | 'shadow'>): HistoryTold {
  return {
    isTold: policies.usesHistory || shadow?.usesHistory === true,
    isToldHere: policies.usesHere || shadow?.usesHere === true,
  }
}

const COUNTS = {
  permitted: (act: ChainAct) => act.permitted,
  succeeded: (act: ChainAct) => act.succeeded,
} as const
const MOMENTS = {
  firstPermitted: (act: ChainAct) => act.firstMs,
  lastPermitted: (act: ChainAct) => act.lastMs,
  lastSucceeded: (act: ChainAct) => act.succeededMs,
} as const

const uid = (type: string, name: string): EntityUid => new EntityUid(`Remit::${type}`, name)
const refer = (type: string, names: object, place: string): CedarRecord =>
  Object.fromEntries(Object.keys(names).map((name) => [name, uid(type, `${place}${name}`)]))
const tellAt = (place: string): CedarRecord => ({
  ...refer('Counts', COUNTS, place),
  ...refer('Moments', MOMENTS, place),
})

/** What stands before the ids of what is told of one resource. */
const HERE = 'here/'
/** What a context says of history, and of what was done to the resource that is asked about. */
export const HISTORY_TOLD: CedarRecord = tellAt('')
export const HERE_TOLD: CedarRecord = tellAt(HERE)

/** What policies looked at of a history while they decided: a permit rests on just that. */
export interface HistoryLook extends TagWatch {
  readonly names: ReadonlySet<string>
  /** Told what was looked at of what was done to one resource. */
  at(resource: string): TagWatch
}

/** Makes a look that has seen nothing yet. */
export function createLook({ acts }: Pick<History, 'acts'>): HistoryLook {
  const names = new Set<string>()
  const watch = (nameOf: (tag: string) => string, done: () => readonly ChainAct[]): TagWatch => ({
    saw: (tag) => void names.add(nameOf(tag)),
    // whatever is done from now on moves the row of its class, be it there or not
    sawAll: () => {
      for (const tag of [...done().map((act) => act.name), ...ACTION_CLASSES]) names.add(nameOf(tag))
    },
  })
  return {
    names,
    ...watch(
      (tag) => tag,
      () => wholeOf(acts),
    ),
    at: (resource) =>
      watch(
        (tag) => nameAt(tag, resource),
        () => actsAt(acts, resource),
      ),
  }
}

const wholeOf = <A extends ChainAct>(acts: readonly A[]): readonly A[] => acts.filter(({ name }) => !isNameAt(name))

/** Gives what was done to a resource, each under the name of its tool or class alone. */
function actsAt(acts: readonly ChainAct[], resource: string): readonly ChainAct[] {
  const nameHere = namesAt(resource)
  return acts.flatMap((act) => {
    const name = nameHere(act.name)
    return name === null ? [] : [{ ...act, name }]
  })
}

/** Gives the entities that a question about this resource has of a history. */
export type TellHistory = (resource: string) => readonly Entity[]

/** Tells a history by entities whose tags it is: a tag for each tool and class that was used, none for one that was not. */
export function tellHistory({ acts, isTold, isToldHere }: History, look: HistoryLook): TellHistory {
  const whole = isTold ? tellActs('', wholeOf(acts), look) : []
  return isToldHere
    ? (resource) => [...whole, ...tellActs(HERE, actsAt(acts, resource), look.at(resource))]
    : () => whole
}

function tellActs(place: string, acts: readonly ChainAct[], watch: TagWatch): readonly Entity[] {
  const tell = (type: string, name: string, tagOf: (act: ChainAct) => Value | undefined): Entity => ({
    uid: uid(type, `${place}${name}`),
    attrs: {},
    parents: [],
    tags: Object.fromEntries(
      acts.flatMap((act) => {
        const tag = tagOf(act)
        return tag === undefined ? [] : [[act.name, tag]]
      }),
    ),
    watch,
  })
  const count = (value: number): Value | undefined => (value > 0 ? value : undefined)
  const moment = (ms: number): Value | undefined => (ms > 0 ? new Datetime(Math.floor(ms)) : undefined)
  return [
    ...Object.entries(COUNTS).map(([name, read]) => tell('Counts', name, (act) => count(read(act)))),
    ...Object.entries(MOMENTS).map(([name, read]) => tell('Moments', name, (act) => moment(read(act)))),
  ]
}

/** Gives the guards that a history is still as the policies saw it, act by act: others may go on meanwhile. */
export function guardHistory({ rootId, acts }: History, { names }: HistoryLook): readonly Change[] {
  return [...names].map((name) => {
    const act = acts.find((each) => each.name === name)
    return act === undefined
      ? requireAbsent('chain_acts', chainActKey(rootId, name))
      : requireVersion('chain_acts', act)
  })
}

/** Gives the names under which an act is counted: its own ones, and each of them at each of its resources where policies look at that. */
export function namesCounted(
  { isToldHere }: Pick<HistoryTold, 'isToldHere'>,
  names: readonly string[],
  resources: readonly Pick<JudgedResource, 'id'>[],
): readonly string[] {
  const at = isToldHere ? resources.flatMap(({ id }) => names.map((name) => nameAt(name, id))) : []
  return unique([...names, ...at])
}

/** Says why an act cannot be counted, as the chain has done so much else; null where it can. What was counted before goes on. */
export function findUncounted(
  { acts, isToldHere }: Pick<History, 'acts' | 'isToldHere'>,
  { name, resources }: { readonly name: string; readonly resources: readonly Pick<JudgedResource, 'id'>[] },
): string | null {
  if (acts.length < LIMITS.chainActsMax) return null
  const known = new Set(acts.map((act) => act.name))
  const places = acts.filter((act) => isNameAt(act.name)).length
  if (!known.has(name) && acts.length - places >= LIMITS.chainActsMax)
    return `The tasks of this chain have used ${LIMITS.chainActsMax} tools and classes of tools already.`
  const isNew = isToldHere && resources.some(({ id }) => !known.has(nameAt(name, id)))
  return isNew && places >= LIMITS.chainPlacesMax
    ? `The tasks of this chain have used tools on so many resources already that no further one can be counted (${LIMITS.chainPlacesMax}).`
    : null
}

/** Gives the changes that count one permitted act, under each of these names. */
export function countAct({ rootId, acts }: History, names: readonly string[], atMs: number): readonly Change[] {
  return names.map((name) => {
    const act = acts.find((each) => each.name === name)
    if (act !== undefined)
      return meter('chain_acts', chainActKey(rootId, name), {
        add: { permitted: 1 },
        raise: { lastMs: atMs },
        atMost: {},
      })
    return insert('chain_acts', {
      rootId,
      name,
      firstMs: atMs,
      permitted: 1,
      lastMs: atMs,
      succeeded: 0,
      succeededMs: 0,
    })
  })
}

/** Gives the changes that count that an act has succeeded, under each name under which it was counted when it was permitted. */
export function countSuccess(rootId: string, names: readonly string[], atMs: number): readonly Change[] {
  return names.map((name) =>
    meter('chain_acts', chainActKey(rootId, name), {
      add: { succeeded: 1 },
      raise: { succeededMs: atMs },
      atMost: {},
    }),
  )
}
