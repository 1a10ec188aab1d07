import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { type Change, insert, type Kept, meter, requireAbsent, requireVersion } from '../../contract/change.ts'
import { type ChainAct, chainActKey } from '../../contract/counters/chain-act.ts'
import type { JudgedResource } from '../../contract/decision.ts'
import type { TaskId } from '../../contract/task.ts'
import { digestBase64url } from '../../ground/digest.ts'
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
  readonly rootId: TaskId
  /** What was done to a resource is told where its place is the root. */
  readonly acts: readonly Kept<ChainAct>[]
}

type ResourceNamed = Pick<JudgedResource, 'id'>

/**
 * Gives what stands for the chain where only what was done to one resource is meant: no id of a task has this sign. It holds the digest
 * of the name, as that may be long, and keys of rows stand in entries and indexes.
 */
export function placeIn(rootId: TaskId, resource: string): string {
  return `${rootId}@${digestBase64url(resource)}`
}

/**
 * Reads what a chain has done where a policy looks at it, or with `counts` something is added, and what of it to these resources where
 * one looks at that: nothing else is read.
 */
export async function readHistory(
  { store, policies, shadow }: Pick<Hearing, 'store' | 'policies' | 'shadow'>,
  rootId: TaskId,
  resources: readonly ResourceNamed[],
  counts = false,
): Promise<History> {
  const told = findHistoryTold({ policies, shadow })
  const whole = told.isTold || counts ? [rootId] : []
  const here = told.isToldHere ? resources.map(({ id }) => placeIn(rootId, id)) : []
  const acts = await Promise.all([...whole, ...here].map((of) => store.chainActs(of)))
  return { rootId, acts: acts.flat(), ...told }
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
  /** The keys of the rows that were looked for. */
  readonly keys: ReadonlySet<string>
  /** Told what was looked at of what was done to one resource. */
  at(resource: string): TagWatch
}

/** Makes a look that has seen nothing yet. */
export function createLook({ rootId, acts }: Pick<History, 'rootId' | 'acts'>): HistoryLook {
  const keys = new Set<string>()
  const watch = (of: ChainAct['rootId']): TagWatch => ({
    saw: (tag) => void keys.add(chainActKey(of, tag)),
    // whatever is done from now on moves the row of its class, be it there or not
    sawAll: () => {
      for (const tag of [...actsOf(acts, of).map((act) => act.name), ...ACTION_CLASSES]) keys.add(chainActKey(of, tag))
    },
  })
  return { keys, ...watch(rootId), at: (resource) => watch(placeIn(rootId, resource)) }
}

function actsOf(acts: readonly ChainAct[], of: ChainAct['rootId']): readonly ChainAct[] {
  return acts.filter(({ rootId }) => rootId === of)
}

/** Gives the entities that a question about this resource has of a history. */
export type TellHistory = (resource: string) => readonly Entity[]

/** Tells a history by entities whose tags it is: a tag for each tool and class that was used, none for one that was not. */
export function tellHistory({ rootId, acts, isTold, isToldHere }: History, look: HistoryLook): TellHistory {
  const whole = isTold ? tellActs('', actsOf(acts, rootId), look) : []
  return isToldHere
    ? (resource) => [...whole, ...tellActs(HERE, actsOf(acts, placeIn(rootId, resource)), look.at(resource))]
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
export function guardHistory({ acts }: History, { keys }: HistoryLook): readonly Change[] {
  return [...keys].map((key) => {
    const act = findAct(acts, key)
    return act === undefined ? requireAbsent('chain_acts', key) : requireVersion('chain_acts', act)
  })
}

function findAct(acts: History['acts'], key: string): Kept<ChainAct> | undefined {
  return acts.find(({ rootId, name }) => chainActKey(rootId, name) === key)
}

/** Where an act is counted. */
type Counted = Pick<ChainAct, 'rootId' | 'name'>

/** Gives where an act of these names is counted: in the chain, and at each of its resources where policies look at that. */
export function findCounted(
  { rootId, isToldHere }: Omit<History, 'acts'>,
  names: readonly string[],
  resources: readonly ResourceNamed[],
): readonly Counted[] {
  const places = isToldHere ? resources.map(({ id }) => placeIn(rootId, id)) : []
  return [rootId, ...places].flatMap((of) => unique(names).map((name) => ({ rootId: of, name })))
}

/** Gives the changes that count one permitted act, at each of these. */
export function countAct({ acts }: History, counted: readonly Counted[], atMs: number): readonly Change[] {
  return counted.map((each) => {
    const key = chainActKey(each.rootId, each.name)
    if (findAct(acts, key) === undefined)
      return insert('chain_acts', { ...each, firstMs: atMs, permitted: 1, lastMs: atMs, succeeded: 0, succeededMs: 0 })
    return meter('chain_acts', key, { add: { permitted: 1 }, raise: { lastMs: atMs }, atMost: {} })
  })
}

/** Gives the changes that count that an act has succeeded, in each row, by its key, that counted it when it was permitted. */
export function countSuccess(keys: readonly string[], atMs: number): readonly Change[] {
  return keys.map((key) =>
    meter('chain_acts', key, { add: { succeeded: 1 }, raise: { succeededMs: atMs }, atMost: {} }),
  )
}
