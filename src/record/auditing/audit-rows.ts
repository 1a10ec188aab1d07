import type { Meters } from '../../contract/change.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import { digestRow } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import { parseEntry } from '../entry.ts'
import type { AuditFinding } from '../finding.ts'
import type { RowPlace, StateRow } from '../store.ts'
import type { AuditSource } from './audit-tree.ts'
import { RowWords } from './row-words.ts'

/**
 * Tables with counters. What a counter becomes is not known when its entry is written, so the entry names the row
 * without a version or a digest: the audit holds how often it was counted on, and its body as it was made, against the
 * log, but not the counters themselves. A lowered `uses` still shows in the entries, where each use is named.
 */
const METERED: { readonly [T in keyof Meters]: true } = {
  task_usage: true,
  approval_uses: true,
  catalogues: true,
  chain_acts: true,
  tallies: true,
}

/** Tables whose rows are cleared away when they have served: nothing follows from their absence. */
const CLEARED: readonly string[] = ['seen_proofs', 'held_assertions', 'sessions', 'login_links', 'payloads']

/** What a step over the rows found; `next` is null behind the last row. */
export interface AuditedRows {
  readonly findings: readonly AuditFinding[]
  readonly rows: readonly StateRow[]
  readonly next: RowPlace | null
}

/**
 * Checks the next rows: that each stands on an entry of the log that says it touched just this version of it, with just
 * this content. Reads of the house do not check this again: it would cost each the read of an entry.
 */
export async function auditRows(source: AuditSource, after: RowPlace | null, rowsMax: number): Promise<AuditedRows> {
  const rows = await source.store.readRows(after, rowsMax)
  const { size } = await source.store.readHead() // read after the rows: each of them is older than this
  const entries = await readEntriesUnder(source, rows, size)
  const findings: AuditFinding[] = []
  for (const [at, row] of rows.entries()) {
    if (at % LIMITS.auditChecksPerTurn === LIMITS.auditChecksPerTurn - 1) await nextTurn()
    const fault = auditRow(row, size, entries)
    if (fault !== null) findings.push({ what: 'row', detail: fault, row: nameRow(row), index: row.entry })
  }
  const last = rows.at(-1)
  const next = last === undefined || rows.length < rowsMax ? null : { table: last.table, key: last.key }
  return { findings, rows, next }
}

/** Gives an entry by its place; null where it cannot be read. */
type EntryAt = (index: number) => LogEntry | null

/** Reads the entries that rows stand on together; each is taken apart when the first of its rows is looked at. */
async function readEntriesUnder({ store }: AuditSource, rows: readonly StateRow[], size: number): Promise<EntryAt> {
  const places = new Set(rows.filter((row) => isPlaced(row, size)).map(({ entry }) => entry))
  const bytes = await store.readEntriesAt([...places])
  const parsed = new Map<number, LogEntry | null>()
  return (index) => {
    const known = parsed.get(index)
    if (known !== undefined) return known
    const found = bytes.get(index)
    const entry = found === undefined ? '' : parseEntry(found)
    const read = typeof entry === 'string' ? null : entry
    parsed.set(index, read)
    return read
  }
}

function isPlaced({ entry }: StateRow, size: number): boolean {
  return Number.isSafeInteger(entry) && entry >= 0 && entry < size
}

function auditRow(row: StateRow, size: number, entryAt: EntryAt): string | null {
  const name = nameRow(row)
  if (!isPlaced(row, size)) return `Row ${name} stands on entry ${row.entry}, and the log has ${size}.`
  const entry = entryAt(row.entry)
  if (entry === null) return `Row ${name} stands on entry ${row.entry}, which cannot be read.`
  if (entry.touched.includes(`${name}@${row.version}#${digestRow(row.salt, row.body)}`)) return findOddColumn(row)
  if (row.table in METERED && entry.touched.includes(name)) return findOddColumn(row)
  return entry.touched.some((touched) => touched.startsWith(`${name}@${row.version}#`))
    ? sayEdited(row, row.entry)
    : `Row ${name} in version ${row.version} stands on entry ${row.entry}, which did not make it.`
}

function findOddColumn({ oddColumn, ...row }: Omit<StateRow, 'salt'>): string | null {
  if (oddColumn === null) return null
  return `Row ${nameRow(row)} says something else in its column ${oddColumn} than in its body: it was edited.`
}

function sayEdited(row: StateRow, index: number): string {
  return `Row ${nameRow(row)} is not what entry ${index} made of it: it was edited.`
}

function nameRow({ table, key }: Pick<StateRow, 'table' | 'key'>): string {
  return `${table}/${key}`
}

/** The last word of the log on each row, as far as memory goes. */
export interface LastTouched {
  /** Rows that must be there. */
  readonly kept: RowWords
  /** Rows of the cleared tables that went on from their first version: what stands in that explains itself. */
  readonly cleared: RowWords
  /** Most rows in each of the two. */
  readonly rowsMax: number
  /** False once a row could not be noted: that it is gone, or was put back, would not be noticed. */
  isWhole: boolean
}

/** Knows of no row yet. */
export function createLastTouched(rowsMax: number): LastTouched {
  return { kept: new RowWords(), cleared: new RowWords(), rowsMax, isWhole: true }
}

function wordsOn({ kept, cleared }: LastTouched, table: string): RowWords {
  return CLEARED.includes(table) ? cleared : kept
}

/** What an entry touched: table, key, and, but for counters, version and digest. */
const touchedPattern = /^([^/]+)\/(.*?)(?:@([0-9]+)#([0-9a-f]+))?$/s

function readTouched(name: string) {
  const [, table = '', key = '', version, digest = ''] = touchedPattern.exec(name) ?? []
  return { table, row: `${table}/${key}`, version, digest }
}

/** Notes what an entry touched. Beyond so many rows it stops noting, and `isWhole` says so: all has to fit in memory. */
export function noteTouched(last: LastTouched, index: number, { touched }: LogEntry): void {
  for (const name of touched) {
    const { table, row, version, digest } = readTouched(name)
    const words = wordsOn(last, table)
    const isCounted = version === undefined
    words.note(row, (before) => {
      if (words === last.cleared && version === '1') return null
      if (before === undefined && words.size >= last.rowsMax) {
        last.isWhole = false
        return null
      }
      const counted = { version: (before?.version ?? 0) + 1, digest: before?.digest ?? '' }
      // of what is never counted on, the entry that made it says the digest when the row is looked at
      const put = { version: Number(version), digest: table in METERED ? digest : '' }
      return { index, ...(isCounted ? counted : put) }
    })
  }
}

/** Compares a row with the last word of the log on it; `size` is how far the log had been read. */
export function compareRow(last: LastTouched, row: StateRow, size: number): readonly AuditFinding[] {
  const name = nameRow(row)
  const words = wordsOn(last, row.table)
  const said = words.take(name)
  if (said === undefined || row.entry >= size) return []
  const isLast = row.entry === said.index && row.version === said.version
  const isEdited = row.table in METERED && said.digest !== digestRow(row.salt, row.body)
  if (isLast && !isEdited) return []
  const detail = isLast
    ? sayEdited(row, said.index)
    : `Row ${name} is in version ${row.version} of entry ${row.entry}; entry ${said.index} made version ${said.version}.`
  return [{ what: 'row', detail, row: name, index: said.index }]
}

/** Lists the first of the rows that the log has made and nobody cleared away, and that are gone. */
export async function listMissing({ store }: AuditSource, { kept }: LastTouched): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = []
  for (const { index, isOf } of kept.left(LIMITS.auditFindingsMax)) {
    const row = await findTouched(store, index, isOf)
    const detail = `Row ${row ?? 'of a name that cannot be read'} is gone; entry ${index} made it.`
    findings.push({ what: 'row', detail, index, ...(row === undefined ? {} : { row }) })
  }
  return findings
}

/** Gives the name of a row out of an entry that touched it. */
async function findTouched(
  store: AuditSource['store'],
  index: number,
  isOf: (row: string) => boolean,
): Promise<string | undefined> {
  const bytes = (await store.readEntriesAt([index])).get(index)
  const entry = bytes === undefined ? '' : parseEntry(bytes)
  if (typeof entry === 'string') return undefined
  return entry.touched.map((name) => readTouched(name).row).find(isOf)
}
