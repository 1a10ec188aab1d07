/** How often each change was come by, by its id. */
export type Hits = Readonly<Record<string, number>>

/** What instrumented code reads and writes, as Stryker's instrumenter lays it out. */
interface Switch {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> }
}

const ns: Switch = {}
Object.assign(globalThis, { __stryker__: ns })

/** Runs something and gives, beside what came of it, which changes it came by and how often. */
export async function countHits<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly hits: Hits }> {
  // instrumented code holds on to this object from its first call on, and to no member of it
  ns.mutantCoverage ??= { static: {}, perTest: {} }
  ns.mutantCoverage.perTest = {}
  ns.currentTestId = 'this'
  const result = await work()
  ns.currentTestId = undefined
  return { result, hits: ns.mutantCoverage.perTest['this'] ?? {} }
}

/** Runs something with a change switched on, which throws wherever it is come by too often. */
export async function withMutant<T>(
  mutant: string,
  hitsMax: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly isEndless: boolean }> {
  Object.assign(ns, { activeMutant: mutant, hitCount: 0, hitLimit: hitsMax })
  try {
    const result = await work()
    return { result, isEndless: (ns.hitCount ?? 0) > hitsMax }
  } finally {
    Object.assign(ns, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined })
  }
}
