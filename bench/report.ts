import { statfsSync } from 'node:fs'
import { availableParallelism, cpus, release, type as systemName, totalmem } from 'node:os'
import { type Durations, type Measured, shareOut, TURNS, WARMING_TIMES } from './measures.ts'

/** How it was measured: figures without it mean nothing. */
export interface Method {
  readonly machine: string
  readonly node: string
  readonly load: string
  /** What evaluations ask. */
  readonly questions: string
  readonly store: string
  readonly durations: string
}

const TMPFS = 0x0102_1994
const COLUMNS = ['what', 'connections', 'requests/s', 'p50 ms', 'p99 ms', 'ratio', 'of']
/** Text stands at the left, figures at the right. */
const TEXT_COLUMNS = [0, 6]

/** Says how this machine and this run measured. */
export function describeMethod(folder: string, durations: Durations): Method {
  const turn = shareOut(durations)
  const isMemory = statfsSync(folder).type === TMPFS
  return {
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${systemName()} ${release()}`,
    node: process.version,
    load: 'autocannon over loopback, keep-alive, no pipelining, from another process; each server in one of its own',
    questions:
      'evaluation asks one question again and again, which is judged anew every few seconds; no two alike, and each is judged anew',
    store: `SQLite, WAL, synchronous=FULL${isMemory ? '; the folder is in memory, so syncing costs nothing here' : ''}; every answer of Remit waits for its entry`,
    durations: `each row ${TURNS} times ${turn.seconds.toFixed(2)} s after ${turn.warmSeconds.toFixed(2)} s of warm-up, in turn with those of as many connections, and the median; all after everything was asked for ${WARMING_TIMES * durations.seconds} s each; an exchange spends an assertion, so as many as fit are minted before`,
  }
}

/** Lays the rows out as an aligned table, a line each under the head. */
export function writeReport(rows: readonly Measured[]): readonly string[] {
  const cells = [COLUMNS, ...rows.map(writeRow)]
  const widths = COLUMNS.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return cells.map((row) =>
    row
      .map((cell, at) => (TEXT_COLUMNS.includes(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function writeRow({ what, connections, perSecond, p50Ms, p99Ms, ratio, against }: Measured): readonly string[] {
  return [
    what,
    String(connections),
    Math.round(perSecond).toLocaleString('en'),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    ratio === null ? '' : ratio.toFixed(3),
    against ?? '',
  ]
}
