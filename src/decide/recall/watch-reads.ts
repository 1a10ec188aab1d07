import type { DecideStore } from '../store.ts'

/**
 * Reads that ask by a key or for a whole list: asked again, they tell whether what they gave is as it was. What is added up
 * in a window, found by a moment that moves, or used up is not among them.
 */
const REPEATABLE: ReadonlySet<string> = new Set<keyof DecideStore>([
  'identities',
  'identityNamed',
  'persons',
  'purposes',
  'entitlementsOf',
  'rightsOf',
  'tasks',
  'usages',
  'chainActs',
  'credential',
  'credentials',
  'rights',
  'grants',
  'logins',
  'grantsBetween',
  'bindings',
  'bindingsOf',
  'toolRule',
  'resourceRules',
  'limits',
  'cutoffs',
])

/** A read with what it gave. */
export interface Read {
  readonly answer: unknown
  readonly again: () => Promise<unknown>
}

/** A store that notes what is read of it. */
export interface ReadWatch {
  readonly store: DecideStore
  /** Null as soon as anything was read that is not repeatable. */
  readonly reads: () => readonly Read[] | null
}

/** Lets a store be read as before, and notes each read. */
export function watchReads(store: DecideStore): ReadWatch {
  const reads: Read[] = []
  let isRepeatable = true
  const watch = (name: string, read: (...asked: readonly unknown[]) => Promise<unknown>) => {
    return async (...asked: readonly unknown[]): Promise<unknown> => {
      isRepeatable &&= REPEATABLE.has(name)
      const answer = await read(...asked)
      reads.push({ answer, again: () => read(...asked) })
      return answer
    }
  }
  const { moves, standingMoves, ...others } = store
  const watched = Object.entries(others).map(([name, read]) => [name, watch(name, read as Parameters<typeof watch>[1])])
  return {
    store: { moves, standingMoves, ...Object.fromEntries(watched) } as DecideStore, // each read under its own name
    reads: () => (isRepeatable ? reads : null),
  }
}

/** True where every read gives what it gave. Errors: as of the reads. */
export async function readAlike(reads: readonly Read[]): Promise<boolean> {
  for (const { answer, again } of reads) if (!isAlike(await again(), answer, 2)) return false
  return true
}

/** Rows are never written into: one that is the same object says the same, and so do two whose members are the same. */
function isAlike(one: unknown, other: unknown, depth: number): boolean {
  if (one === other) return true
  if (depth === 0 || typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false
  const names = Object.keys(one)
  const [mine, its] = [one as Record<string, unknown>, other as Record<string, unknown>]
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(its, name) && isAlike(mine[name], its[name], depth - 1))
  )
}

/** Gives the moments that rows name which are later than this one: before the first of them, the clock changes nothing. */
export function momentsAfter(atMs: number, reads: readonly Read[]): readonly number[] {
  return reads.flatMap(({ answer }) => gatherMoments(answer)).filter((momentMs) => momentMs > atMs)
}

const gathered = new WeakMap<object, readonly number[]>()

/** Rows are held in memory and long lists are seldom read anew: each is looked through once. */
function gatherMoments(told: unknown): readonly number[] {
  if (typeof told !== 'object' || told === null) return []
  const known = gathered.get(told)
  if (known !== undefined) return known
  const moments = Object.entries(told).flatMap(([name, member]: [string, unknown]) =>
    typeof member === 'number' ? (name.endsWith('Ms') ? [member] : []) : gatherMoments(member),
  )
  gathered.set(told, moments)
  return moments
}
