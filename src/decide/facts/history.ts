import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { type Change, insert, type Kept, meter, requireAbsent, requireVersion } from '../../contract/change.ts'
import { type ChainAct, chainActKey } from '../../contract/counters/chain-act.ts'
import type { Entity, TagWatch } from '../cedar/entities.ts'
import { type CedarRecord, Datetime, EntityUid, type Value } from '../cedar/values/value.ts'
import type { Hearing } from '../hearing.ts'

/** What a chain has done, as it was read for one decision. */
export interface History {
  /** The task at its root. */
  readonly rootId: string
  readonly acts: readonly Kept<ChainAct>[]
  /** False where no policy looks at it. */
  readonly isTold: boolean
}

/** Reads what a chain has done where a policy looks at it, or with `counts` something is added; else that costs nothing. */
export async function readHistory(
  hearing: Pick<Hearing, 'store' | 'policies' | 'shadow'>,
  rootId: string,
  counts = false,
): Promise<History> {
  const { store } = hearing
  const isTold = isHistoryTold(hearing)
  return { rootId, acts: isTold || counts ? await store.chainActs(rootId) : [], isTold }
}

/** True where a policy looks at what a chain has done: one that decides, or one that is observed beside these. */
export function isHistoryTold({ policies, shadow }: Pick<Hearing, 'policies' | 'shadow'>): boolean {
  return policies.usesHistory || shadow?.usesHistory === true
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
const refer = (type: string, names: object): CedarRecord =>
  Object.fromEntries(Object.keys(names).map((name) => [name, uid(type, name)]))

/** What a context says of history. */
export const HISTORY_TOLD: CedarRecord = { ...refer('Counts', COUNTS), ...refer('Moments', MOMENTS) }

/** What policies looked at of a history while they decided: a permit rests on just that. */
export interface HistoryLook extends TagWatch {
  readonly names: ReadonlySet<string>
}

/** Makes a look that has seen nothing yet. */
export function createLook({ acts }: History): HistoryLook {
  const names = new Set<string>()
  return {
    names,
    saw: (name) => void names.add(name),
    // whatever is done from now on moves the row of its class, be it there or not
    sawAll: () => {
      for (const name of [...acts.map((act) => act.name), ...ACTION_CLASSES]) names.add(name)
    },
  }
}

/** Gives the entities whose tags are a history: a tag for each tool and class that was used, none for one that was not. */
export function tellHistory({ acts, isTold }: History, watch: TagWatch): readonly Entity[] {
  if (!isTold) return []
  const tell = (type: string, name: string, tagOf: (act: ChainAct) => Value | undefined): Entity => ({
    uid: uid(type, name),
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

/** Gives the changes that count one permitted act, under its own name and under its class. */
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
