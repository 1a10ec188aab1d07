import { tileWidthMax } from '../../contract/log/tile.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import { type AuditFinding, type AuditReport, keepFirst } from '../finding.ts'
import type { RowPlace } from '../store.ts'
import {
  type AuditedRows,
  auditRows,
  compareRow,
  createLastTouched,
  type LastTouched,
  listMissing,
  noteTouched,
} from './audit-rows.ts'
import { type AuditSource, auditBundle, auditHead, auditPathUp } from './audit-tree.ts'

/**
 * Audits a log wholly: every entry, hash, tile and root, the signature, and every state row against the entry that
 * explains it, both ways: of so many rows, since what the log said last of each lies in memory meanwhile. Takes 20 to
 * 30 µs for each entry and row; lets others run between a few of them. `noteStep` is told of each few hundred of them.
 */
export async function auditLog(
  source: AuditSource,
  rowsMax: number = LIMITS.auditRowsComparedMax,
  noteStep: () => void = () => undefined,
): Promise<AuditReport> {
  const head = await source.store.readHead()
  const findings: AuditFinding[] = [...(await auditHead(source, head))]
  const last = createLastTouched(rowsMax)
  for (let n = 0; n * tileWidthMax < head.size; n += 1) {
    const bundle = await auditBundle(source, n, head.size)
    findings.push(...keepFirst(bundle.findings))
    for (const [index, entry] of bundle.entries) noteTouched(last, index, entry)
    noteStep()
    await nextTurn()
  }
  const rows = await auditAllRows(source, last, head.size, noteStep)
  findings.push(...rows.findings)
  return report(head.size, head.size, rows.rowsChecked, last.isWhole, findings)
}

async function auditAllRows(
  source: AuditSource,
  last: LastTouched,
  size: number,
  noteStep: () => void,
): Promise<{ readonly findings: readonly AuditFinding[]; readonly rowsChecked: number }> {
  const findings: AuditFinding[] = []
  let rowsChecked = 0
  let after: RowPlace | null = null
  do {
    const step = await auditRows(source, after, LIMITS.auditRowsPerSlice)
    findings.push(...step.findings, ...step.rows.flatMap((row) => compareRow(last, row, size)))
    rowsChecked += step.rows.length
    after = step.next
    noteStep()
  } while (after !== null)
  return { findings: [...findings, ...(await listMissing(source, last))], rowsChecked }
}

/** Before every key that signs: they are few, and what a start does with them would explain what was edited. */
const KEYS: RowPlace = { table: 'signing_keys', key: '' }

/**
 * Audits a log before it is opened. Up to 20,000 entries: wholly. Above: the head, the last tiles, 64 tiles spread
 * over the rest with all that stands between them and the head, the keys that sign and the first rows; the running audit
 * does the rest.
 */
export async function auditAtStart(
  source: AuditSource,
  rowsMax: number = LIMITS.auditRowsAtStartMax,
): Promise<AuditReport> {
  const head = await source.store.readHead()
  if (head.size <= LIMITS.auditEntriesAtStartMax) return await auditLog(source)
  const findings: AuditFinding[] = [...(await auditHead(source, head))]
  let entriesChecked = 0
  for (const n of sampleTiles(head.size, head.note)) {
    const { findings: found, entries } = await auditBundle(source, n, head.size)
    findings.push(...found, ...(await auditPathUp(source, n, head.size)))
    entriesChecked += entries.size
  }
  const first = await auditSome(source, null, (_, checked) => checked < rowsMax)
  findings.push(...first.findings)
  if (first.next !== null)
    findings.push(...(await auditSome(source, KEYS, ({ table }) => table === KEYS.table)).findings)
  return report(head.size, entriesChecked, first.rowsChecked, false, findings)
}

/** `next` is null behind the last row. */
interface AuditedSome extends Pick<AuditedRows, 'findings' | 'next'> {
  readonly rowsChecked: number
}

/** Audits rows from a place on, a slice at a time, while it is to go on behind the last of them. */
async function auditSome(
  source: AuditSource,
  from: RowPlace | null,
  goesOn: (last: RowPlace, rowsChecked: number) => boolean,
): Promise<AuditedSome> {
  const findings: AuditFinding[] = []
  let rowsChecked = 0
  let after = from
  do {
    const step = await auditRows(source, after, LIMITS.auditRowsPerSlice)
    findings.push(...step.findings)
    rowsChecked += step.rows.length
    after = step.next
  } while (after !== null && goesOn(after, rowsChecked))
  return { findings, rowsChecked, next: after }
}

/** The last tiles, and others in even steps from a place that the head's signature gives: others after each commit. */
function sampleTiles(size: number, note: string): ReadonlySet<number> {
  const tiles = Math.ceil(size / tileWidthMax)
  const step = Math.ceil(tiles / LIMITS.auditTilesSampled)
  const offset = Array.from(note).reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % step, 0)
  const spread = Array.from({ length: LIMITS.auditTilesSampled }, (_, at) => (offset + at * step) % tiles)
  const tail = Array.from({ length: LIMITS.auditTilesAtEnd }, (_, at) => tiles - 1 - at)
  return new Set([...tail, ...spread])
}

function report(
  size: number,
  entriesChecked: number,
  rowsChecked: number,
  isComplete: boolean,
  findings: readonly AuditFinding[],
): AuditReport {
  return { size, entriesChecked, rowsChecked, isComplete, findings: keepFirst(findings) }
}
