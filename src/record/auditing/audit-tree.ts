import { equalBytes } from '../../contract/log/bytes.ts'
import type { Checkpoint } from '../../contract/log/checkpoint.ts'
import { hashLeaf, rootFromTiles, rootOf } from '../../contract/log/merkle.ts'
import type { NoteKey } from '../../contract/log/note.ts'
import { tileWidthMax } from '../../contract/log/tile.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import { sha256 } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import { readCheckpoint } from '../checkpoint.ts'
import { parseEntry } from '../entry.ts'
import type { AuditFinding } from '../finding.ts'
import type { LogHead, RecordReads } from '../store.ts'

/** The log to audit: where it is kept, whose it is, and the key that signs it. */
export interface AuditSource {
  readonly store: RecordReads
  readonly org: string
  readonly origin: string
  readonly key: NoteKey
}

/** Checks a head: its signature, its name, its size, that nothing stands beyond it, and that the stored hashes give its root. */
export async function auditHead(source: AuditSource, head: LogHead): Promise<readonly AuditFinding[]> {
  return [...(await auditBeyond(source, head)), ...(await auditSigned(source, head))]
}

/** What stands beyond the head was signed by nobody, and stands in the way of what comes next. */
async function auditBeyond({ store }: AuditSource, { size }: LogHead): Promise<readonly AuditFinding[]> {
  for (let [level, span] = [0, 1]; span <= Number.MAX_SAFE_INTEGER; [level, span] = [level + 1, span * tileWidthMax]) {
    const n = Math.floor(size / span)
    const beyond = await store.readHashes(level, n, Number.MAX_SAFE_INTEGER)
    if (beyond.length === 0) continue
    if ((await store.readHead()).size !== size) return [] // it was written meanwhile, rightfully: the next look sees
    const what = level === 0 ? 'Entries' : `Tile roots of level ${level}`
    const detail = `${what} stand beyond the head, from ${n} on: they were put in beside the log.`
    return [{ what: level === 0 ? 'entry' : 'tile', detail, index: n * span }]
  }
  return []
}

async function auditSigned(source: AuditSource, head: LogHead): Promise<readonly AuditFinding[]> {
  if (head.size === 0 && head.note === '') return []
  const checkpoint = await readCheckpoint(head.note, source.origin, source.key)
  if ('malformed' in checkpoint)
    return [{ what: 'checkpoint', detail: `The checkpoint is not one: ${checkpoint.malformed}.` }]
  if (checkpoint.size !== head.size) {
    return [{ what: 'head', detail: `The head says ${head.size} entries, its checkpoint ${checkpoint.size}.` }]
  }
  return await auditRoot(source, checkpoint)
}

/** Checks that the stored hashes give the root that a checkpoint has signed. */
export async function auditRoot({ store }: AuditSource, { size, root }: Checkpoint): Promise<readonly AuditFinding[]> {
  const read = store.readHashes.bind(store)
  try {
    const computed = await rootFromTiles(sha256, read, { from: 0, to: size })
    if (equalBytes(computed, root)) return []
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault
    return [{ what: 'hash', detail: `Under the checkpoint of ${size} entries, ${fault.message}.`, index: 0, to: size }]
  }
  return [
    {
      what: 'root',
      detail: `The tree does not give the root that was signed for ${size} entries.`,
      index: 0,
      to: size,
    },
  ]
}

/** What was read of a bundle: its findings, and the entries that could be. */
export interface AuditedBundle {
  readonly findings: readonly AuditFinding[]
  readonly entries: ReadonlyMap<number, LogEntry>
}

/** Checks bundle `n`: each entry against its hash, its form and its time; then the tiles above that it completes. */
export async function auditBundle(source: AuditSource, n: number, size: number): Promise<AuditedBundle> {
  const [from, to] = [n * tileWidthMax, Math.min(size, (n + 1) * tileWidthMax)]
  const before = Math.max(0, from - 1)
  const bytes = await source.store.readEntries(before, to)
  const hashes = await source.store.readHashes(0, from, to)
  const findings: AuditFinding[] = []
  const entries = new Map<number, LogEntry>()
  let lastMs = from === 0 ? 0 : timeOf(bytes[0])
  for (let index = from; index < to; index += 1) {
    // whoever waits for an answer does not wait for the whole bundle
    if ((index - from) % LIMITS.auditChecksPerTurn === LIMITS.auditChecksPerTurn - 1) await nextTurn()
    const found = auditEntry(source, index, bytes[index - before], hashes[index - from])
    if (Array.isArray(found)) findings.push(...found)
    else {
      entries.set(index, found)
      if (found.atMs < lastMs)
        findings.push({ what: 'time', detail: `Entry ${index} is older than the one before.`, index })
      lastMs = Math.max(lastMs, found.atMs)
    }
  }
  return { findings: [...findings, ...(await auditTilesAbove(source, n, size))], entries }
}

function timeOf(bytes: Uint8Array | undefined): number {
  const entry = bytes === undefined ? '' : parseEntry(bytes)
  return typeof entry === 'string' ? 0 : entry.atMs // what is wrong with it is found in its own bundle
}

function auditEntry(
  { org }: AuditSource,
  index: number,
  bytes: Uint8Array | undefined,
  leaf: Uint8Array | undefined,
): LogEntry | AuditFinding[] {
  if (bytes === undefined) return [{ what: 'entry', detail: `Entry ${index} is missing.`, index }]
  if (leaf === undefined) return [{ what: 'hash', detail: `The hash of entry ${index} is missing.`, index }]
  if (!equalBytes(hashLeaf(sha256, bytes), leaf)) {
    return [{ what: 'entry', detail: `Entry ${index} is not what was hashed: it was edited.`, index }]
  }
  const entry = parseEntry(bytes)
  if (typeof entry === 'string') return [{ what: 'entry', detail: `Entry ${index}: ${entry}.`, index }]
  if (entry.org !== org) return [{ what: 'entry', detail: `Entry ${index} is of another organisation.`, index }]
  if (entry.answers === undefined || (Number.isSafeInteger(entry.answers) && entry.answers < index)) return entry
  return [{ what: 'entry', detail: `Entry ${index} answers an entry that is not before it.`, index }]
}

/** Checks the tile over bundle `n`, and where that tile is the last of one above, that one too, up to the top. */
async function auditTilesAbove(source: AuditSource, n: number, size: number): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = []
  for (let [level, tile, span] = [0, n, tileWidthMax]; (tile + 1) * span <= size; level += 1) {
    findings.push(...(await auditTile(source, level, tile)))
    if ((tile + 1) % tileWidthMax !== 0) break
    ;[tile, span] = [Math.floor(tile / tileWidthMax), span * tileWidthMax]
  }
  return findings
}

/** Checks that full tile `n` of a level gives the root that is kept one level above. */
async function auditTile({ store }: AuditSource, level: number, n: number): Promise<readonly AuditFinding[]> {
  const hashes = await store.readHashes(level, n * tileWidthMax, (n + 1) * tileWidthMax)
  const [above] = await store.readHashes(level + 1, n, n + 1)
  const isWhole = hashes.length === tileWidthMax && above !== undefined
  if (isWhole && equalBytes(rootOf(sha256, hashes), above)) return []
  const span = tileWidthMax ** (level + 1)
  const [index, to] = [n * span, (n + 1) * span]
  return [
    {
      what: 'tile',
      detail: `The hashes of tile ${n} at level ${level} (entries ${index} to ${to - 1}) do not give its root.`,
      index,
      to,
    },
  ]
}

/** Checks the tiles from bundle `n` up to the edge of the tree: that what is below is what the head stands on. */
export async function auditPathUp(source: AuditSource, n: number, size: number): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = []
  let [tile, span] = [Math.floor(n / tileWidthMax), tileWidthMax ** 2]
  for (let level = 1; (tile + 1) * span <= size; level += 1) {
    findings.push(...(await auditTile(source, level, tile)))
    ;[tile, span] = [Math.floor(tile / tileWidthMax), span * tileWidthMax]
  }
  return findings
}
