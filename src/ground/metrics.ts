/** Counts what happens, for the people who run it. */
export interface Metrics {
  /** Adds to a counter. Label values must be of a small, fixed set. */
  count(name: string, labels: Readonly<Record<string, string>>, by?: number): void
  /** Says how to read a value at the moment of writing. */
  gauge(name: string, read: () => number): void
  /** Everything, in Prometheus text format 0.0.4. */
  write(): string
}

/** Makes empty metrics. */
export function createMetrics(): Metrics {
  const counters = new Map<string, number>()
  const gauges = new Map<string, () => number>()
  return {
    count(name, labels, by = 1) {
      const series = `${name}${writeLabels(labels)}`
      counters.set(series, (counters.get(series) ?? 0) + by)
    },
    gauge: (name, read) => void gauges.set(name, read),
    write() {
      const lines = [...counters].map(([series, value]) => `${series} ${value}`)
      const read = [...gauges].map(([name, value]) => `${name} ${value()}`)
      return `${[...lines, ...read].sort().join('\n')}\n`
    },
  }
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
