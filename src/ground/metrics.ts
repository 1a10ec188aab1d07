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
  return {
    count: (name, labels, by = 1) => add(name, writeLabels(labels), by),
    counter: (name, labels) => {
      const written = writeLabels(labels)
      return () => add(name, written, 1)
    },
    gauge: (name, read) => void gauges.set(name, read),
    write() {
      const read = [...gauges].map(([name, value]) => [name, [['', value()]]] as const)
      return [...counters, ...read]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, series]) => writeFamily(name, [...series]))
        .join('')
    },
  }
}

function writeFamily(name: Name, series: readonly (readonly [labels: string, value: number])[]): string[] {
  const { type, help } = METRICS[name]
  const lines = series.map(([labels, value]) => `${name}${labels} ${value}`).sort()
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].map((line) => `${line}\n`)
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
