import { createHistogram, type Histogram, writeHistogram } from './histogram.ts'

/** Every metric: what it is to Prometheus, and what it says. */
const METRICS = {
  process_resident_memory_bytes: { type: 'gauge', help: 'Resident memory size in bytes.' },
  remit_audit_threads_ended_total: {
    type: 'counter',
    help: 'Threads that audit the log and have ended: another one is started, and until then the thread that answers audits it.',
  },
  remit_audit_unread_total: {
    type: 'counter',
    help: 'Looks of the running audit that could not read the store, by code.',
  },
  remit_callbacks_total: {
    type: 'counter',
    help: 'Those who asked for access and were to be told: told, refused or given-up.',
  },
  remit_client_cert_headers_ignored_total: {
    type: 'counter',
    help: 'Requests with a Client-Cert header from somebody who is not in trustedProxies.',
  },
  remit_commit_seconds: {
    type: 'histogram',
    help: 'Time that a commit of the log took until it was durable; facts that come together share one.',
  },
  remit_connections_refused_total: {
    type: 'counter',
    help: 'Connections that were closed at once, as so many were open already, or so many of one address.',
  },
  remit_decision_seconds: {
    type: 'histogram',
    help: 'Time from a question to its decision with the durable record of it, by kind and outcome.',
  },
  remit_issuers_unreachable: {
    type: 'gauge',
    help: 'Issuers and trust domains whose keys could not be read when they were looked at last.',
  },
  remit_log_entries: { type: 'gauge', help: 'Entries of the log.' },
  remit_open_streams: { type: 'gauge', help: 'Streams and calls that are open at the gateway.' },
  remit_pivots_total: {
    type: 'counter',
    help: 'Calls outside the scope or purpose of their task, by tier and outcome: denied, or held for a person.',
  },
  remit_requests_total: {
    type: 'counter',
    help: 'Requests by door and outcome: answered, or the code of the refusal.',
  },
  remit_static_secrets: { type: 'gauge', help: 'Static secrets that count, when they were looked at last: debt.' },
  remit_verify_threads_ended_total: {
    type: 'counter',
    help: 'Threads that verify signatures and have ended: each is started again, and until then the thread that answers verifies signatures.',
  },
  remit_write_threads_ended_total: {
    type: 'counter',
    help: 'Threads that write to SQLite what is large or slow and have ended: each is started again, and until then the thread that answers writes it.',
  },
} as const
type Name = keyof typeof METRICS

/** Counts what happens, for the people who run it. */
export interface Metrics {
  /** Adds to a counter. Label values must be of a small, fixed set. */
  count(name: Name, labels: Readonly<Record<string, string>>, by?: number): void
  /** Gives what adds one to a counter each time it is called: for what is counted often. */
  counter(name: Name, labels: Readonly<Record<string, string>>): () => void
  /** Gives what counts how long something took, which is the same for the same labels. */
  histogram(name: Name, labels: Readonly<Record<string, string>>): Histogram
  /** Says how to read a value at the moment of writing. */
  gauge(name: Name, read: () => number): void
  /** Everything that was counted or can be read, in Prometheus text format 0.0.4. */
  write(): string
}

/** Makes empty metrics. */
export function createMetrics(): Metrics {
  const counters = new Map<Name, Map<string, number>>()
  const add = (name: Name, written: string, by: number): void => {
    const series = counters.get(name) ?? new Map<string, number>()
    counters.set(name, series.set(written, (series.get(written) ?? 0) + by))
  }
  const gauges = new Map<Name, () => number>()
  const histograms = new Map<Name, Map<string, Timed>>()
  return {
    count: (name, labels, by = 1) => add(name, writeLabels(labels), by),
    counter: (name, labels) => {
      const written = writeLabels(labels)
      return () => add(name, written, 1)
    },
    histogram: (name, labels) => {
      const series = histograms.get(name) ?? new Map<string, Timed>()
      histograms.set(name, series)
      const written = writeLabels(labels)
      const timed = series.get(written) ?? { labels, histogram: createHistogram() }
      series.set(written, timed)
      return timed.histogram
    },
    gauge: (name, read) => void gauges.set(name, read),
    write() {
      const counted = [...counters].map(([name, series]) => [name, writeValues(name, [...series])] as const)
      const read = [...gauges].map(([name, value]) => [name, writeValues(name, [['', value()]])] as const)
      const timed = [...histograms].map(([name, series]) => [name, writeTimes(name, series)] as const)
      return [...counted, ...read, ...timed]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, lines]) => writeFamily(name, lines))
        .join('')
    },
  }
}

interface Timed {
  readonly labels: Readonly<Record<string, string>>
  readonly histogram: Histogram
}

function writeFamily(name: Name, lines: readonly string[]): readonly string[] {
  const { type, help } = METRICS[name]
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].map((line) => `${line}\n`)
}

function writeValues(name: Name, series: readonly (readonly [labels: string, value: number])[]): readonly string[] {
  return series.map(([labels, value]) => `${name}${labels} ${value}`).sort()
}

/** The parts of one stay in their order. */
function writeTimes(name: Name, series: ReadonlyMap<string, Timed>): readonly string[] {
  return [...series.keys()].sort().flatMap((key) => {
    const { labels, histogram } = series.get(key) as Timed // one of its own keys
    return writeHistogram(name, histogram, (le) => writeLabels(le === null ? labels : { ...labels, le }))
  })
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
