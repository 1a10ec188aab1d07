import type { Surveyed, Trial } from './worker/stage.ts'

/** What comes by a change a hundred times as often as any test does while the code is not changed has no end. */
const hitsFactor = 100
/** What takes so many times as long as it did, and this on top, hangs. It does not measure the machine. */
const msFactor = 5
const msAlways = 30_000
/** So often may a change be come by in any case. */
const hitsAlways = 10_000

/**
 * Says by which tests a change is tried, the quickest first: those that come by it only as they run, and all those of a
 * file that comes by it while it is loaded; of these files, those first that have noticed most of its like, which
 * `noticedBy` tells. Undefined where no test comes by it.
 */
export function planTrial(
  mutant: string,
  surveyed: readonly Surveyed[],
  noticedBy: (testFile: string) => number = () => 0,
): Trial | undefined {
  const loading = surveyed.filter((each) => each.loading[mutant] !== undefined)
  const running = surveyed
    .filter((each) => !loading.includes(each))
    .flatMap(({ file, tests }) => tests.map((test, at) => ({ file, at, ms: test.ms, hits: test.hits[mutant] ?? 0 })))
    .filter(({ hits }) => hits > 0)
  if (loading.length === 0 && running.length === 0) return undefined
  const all = surveyed.flatMap((each) => [each.loading, ...each.tests.map(({ hits }) => hits)])
  return {
    mutant,
    hitsMax: Math.max(hitsAlways, ...all.map((hits) => (hits[mutant] ?? 0) * hitsFactor)),
    msMax:
      msAlways +
      msFactor * (running.reduce((sum, { ms }) => sum + ms, 0) + loading.reduce((sum, each) => sum + msOf(each), 0)),
    tests: running.toSorted((a, b) => a.ms - b.ms).map(({ file, at }) => ({ file, at })),
    reloads: loading
      .toSorted((a, b) => noticedBy(b.file) - noticedBy(a.file) || msOf(a) - msOf(b))
      .map((each) => ({ file: each.file, first: orderOf(mutant, each) })),
  }
}

function msOf({ tests, loadMs }: Surveyed): number {
  return tests.reduce((sum, { ms }) => sum + ms, loadMs)
}

/** Those that come by the change as they run, then the others; of either, the quickest first. */
function orderOf(mutant: string, { tests }: Surveyed): readonly number[] {
  const running = (at: number): number => (tests[at]?.hits[mutant] === undefined ? 1 : 0)
  const order = tests.map((_, at) => at)
  return order.toSorted((a, b) => running(a) - running(b) || (tests[a]?.ms ?? 0) - (tests[b]?.ms ?? 0))
}
