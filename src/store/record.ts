import type { TableName } from '../contract/change.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { RecordStore, Written } from '../record/store.ts'
import { applyWrites, type KnownGuard } from './apply-writes.ts'
import { ask, type Engine, type Script, type Statement } from './engine.ts'
import type { Hold, Place } from './hold.ts'
import { insertRows } from './insert-rows.ts'
import { createRecordReads } from './record-reads.ts'
import type { Resident } from './resident.ts'

/**
 * Keeps the record: the one write path of the house, and what the log reads of itself. `resident` is told of each
 * commit, and answers its guards where it knows the row.
 */
export function createRecordStore(
  engine: Engine,
  place: Place,
  hold: Hold,
  resident: Resident | null = null,
): RecordStore {
  const holds: KnownGuard = (guard) => resident?.holds(guard)
  const reads = createRecordReads(engine, place)
  return {
    ...reads,
    commit: async (expectedSize, writes, close) => {
      hold.refuseIfLost() // nothing goes into a file that was moved away
      try {
        const written = await engine.transact(() =>
          commitScript(place, { hold, isAlone: engine.isOwned, holds }, [expectedSize, writes, close]),
        )
        resident?.settle(expectedSize, writes, written)
        return written
      } catch (error) {
        resident?.clear() // it may have been kept all the same
        throw error
      }
    },
    touchHead: () => engine.transact(() => touchHead(place, hold)),
    readHead: async () => {
      hold.refuseIfLost()
      return await reads.readHead()
    },
    forget: (atMs, rowsMax) => engine.transact(() => forgetRows(place.org, hold, atMs, rowsMax)),
  }
}

interface Guarding {
  readonly hold: Hold
  /** True where nobody else can have moved the head: it is not read before, and moves only from where it should stand. */
  readonly isAlone: boolean
  readonly holds: KnownGuard
}

function* commitScript(
  place: Place,
  { hold, isAlone, holds }: Guarding,
  [expectedSize, writes, close]: Parameters<RecordStore['commit']>,
): Script<readonly Written[]> {
  const { org, log } = place
  if (!isAlone) {
    // nothing is sealed or signed for a place that somebody else has taken
    const readSize = { sql: 'select size from heads where org = ? and log = ?', values: [org, log] }
    const [head, ...held] = yield [readSize, ...hold.look]
    hold.judge(held)
    if (head?.rows[0]?.['size'] !== expectedSize) throw otherWriter(expectedSize)
  }
  const closeAll = (all: readonly Written[]): readonly Statement[] =>
    closeBatch(place, [expectedSize, writes, close], all)
  const { written, closed } = yield* applyWrites({ org, holds }, expectedSize, writes, isAlone ? closeAll : null)
  const end = closed === null ? closeAll(written) : []
  const outcomes = closed ?? (end.length === 0 ? [] : yield end)
  if (outcomes.length === 0) return written
  if (outcomes.some(({ violated }) => violated) || outcomes.at(-1)?.count !== 1) throw otherWriter(expectedSize)
  return written
}

/** Gives what puts the accepted entries, and moves the head over them; nothing where none was accepted. */
function closeBatch(
  { org, log }: Place,
  [expectedSize, writes, close]: Parameters<RecordStore['commit']>,
  written: readonly Written[],
): readonly Statement[] {
  const sealed = writes.flatMap((write, at) => {
    const result = written[at]
    return result !== undefined && 'index' in result ? write.seal(result.index) : []
  })
  const closed = close(
    expectedSize,
    sealed.map(({ leaf }) => leaf),
  )
  if (sealed.length === 0) return [] // said all the same: an earlier try of this batch had accepted more
  const entries = sealed.map(({ bytes, leaf }, at) => [org, log, expectedSize + at, bytes, leaf])
  const roots = closed.tileRoots.map(({ level, n, hash }) => [org, log, level, n, hash])
  return [
    ...insertRows('entries', ['org', 'log', 'idx', 'bytes', 'leaf'], entries),
    ...insertRows('tile_roots', ['org', 'log', 'level', 'n', 'hash'], roots),
    {
      sql: 'update heads set size = ?, note = ? where org = ? and log = ? and size = ?',
      values: [closed.head.size, closed.head.note, org, log, expectedSize],
      ends: 1,
    },
  ]
}

function* touchHead({ org, log }: Place, hold: Hold): Script<void> {
  hold.judge(yield hold.look)
  yield* ask('update heads set size = size where org = ? and log = ?', org, log)
}

function otherWriter(expectedSize: number): RemitError {
  return new RemitError('conflict', { detail: 'Another process has written to this log.', facts: { expectedSize } })
}

/** Makes the head of a new log, of size 0. */
export function* createHead({ org, log }: Place): Script<void> {
  yield* ask("insert into heads (org, log, size, note) values (?, ?, 0, '') on conflict do nothing", org, log)
}

/** Rows that have served, by what is found by `expires_ms`, and how long after that nothing can depend on them. */
const FORGOTTEN = [
  // two clocks that are right differ by up to twice the tolerance: half of that stands in the row's end already
  { table: 'seen_proofs', afterMs: LIMITS.clockSkewSeconds * 1000 },
  { table: 'seen_reads', afterMs: LIMITS.clockSkewSeconds * 1000 },
  { table: 'held_assertions', afterMs: LIMITS.clockSkewSeconds * 1000 },
  { table: 'sessions', afterMs: LIMITS.forgetAfterDays * 24 * 3600_000 },
  { table: 'authorization_codes', afterMs: LIMITS.forgetAfterDays * 24 * 3600_000 },
  { table: 'login_links', afterMs: LIMITS.forgetAfterDays * 24 * 3600_000 },
] as const satisfies readonly { table: TableName | 'seen_reads'; afterMs: number }[]

function* forgetRows(org: string, hold: Hold, atMs: number, rowsMax: number): Script<number> {
  hold.judge(yield hold.look)
  let rows = 0
  for (const { table, afterMs } of FORGOTTEN) {
    const some = `select key from ${table} where org = ? and expires_ms < ? order by expires_ms limit ?`
    const dueMs = atMs - afterMs
    // the bound is said again: to find a thousand by their keys seems dearer to PostgreSQL than to go through a whole table
    const gone = yield* ask(
      `delete from ${table} where org = ? and expires_ms < ? and key in (${some})`,
      org,
      dueMs,
      org,
      dueMs,
      rowsMax - rows,
    )
    rows += gone.count
  }
  return rows
}
