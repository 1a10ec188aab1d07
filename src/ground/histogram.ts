/** Upper ends of the parts in which times are counted, in seconds: an answer takes from half a millisecond to seconds. */
const BOUNDS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const

/** How long something took, each time: counted by the part that it lies in, so that it takes the same room for ever. */
export interface Histogram {
  add(ms: number): void
  /** How many lie in each part; the last one has no upper end. */
  readonly counts: readonly number[]
  /** All of them together, in milliseconds. */
  readonly sumMs: () => number
}

/** Makes an empty one. */
export function createHistogram(): Histogram {
  const counts = [...BOUNDS_SECONDS.map(() => 0), 0]
  let sumMs = 0
  return {
    add: (ms) => {
      const found = BOUNDS_SECONDS.findIndex((bound) => ms <= bound * 1000)
      const part = found === -1 ? BOUNDS_SECONDS.length : found
      counts[part] = (counts[part] ?? 0) + 1
      sumMs += ms
    },
    counts,
    sumMs: () => sumMs,
  }
}

/** Gives how many there are in all of these. */
export function countAll(histograms: readonly Histogram[]): number {
  return histograms.reduce((sum, { counts }) => counts.reduce((more, count) => more + count, sum), 0)
}

/**
 * Gives the upper end, in milliseconds, of the first part within which at least that share of all lies; null where that is the last
 * part, which has none, or where there are none.
 */
export function findWithin(histograms: readonly Histogram[], share: number): number | null {
  const wanted = share * countAll(histograms)
  if (wanted === 0) return null
  let within = 0
  for (const [part, bound] of BOUNDS_SECONDS.entries()) {
    for (const { counts } of histograms) within += counts[part] ?? 0
    if (within >= wanted) return bound * 1000
  }
  return null
}

/** Writes it as Prometheus reads it (text format 0.0.4, "Histograms and summaries"); `label` writes the labels and one more, or none. */
export function writeHistogram(
  name: string,
  { counts, sumMs }: Histogram,
  label: (end: string | null) => string,
): readonly string[] {
  let below = 0
  const parts = counts.map((count, part) => {
    below += count
    return `${name}_bucket${label(String(BOUNDS_SECONDS[part] ?? '+Inf'))} ${below}`
  })
  return [...parts, `${name}_sum${label(null)} ${sumMs() / 1000}`, `${name}_count${label(null)} ${below}`]
}
