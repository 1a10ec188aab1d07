import type { Fact } from '../contract/change.ts'
import type { Clock } from '../ground/clock.ts'
import { sha256 } from '../ground/digest.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { everyAlone, type Repeated } from '../ground/every-alone.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import type { ThreadStanding } from '../ground/thread-standing.ts'
import { auditAtStart } from './auditing/audit.ts'
import { type AuditSource, auditRoot } from './auditing/audit-tree.ts'
import { type Auditors, createRunningAudit } from './auditing/running-audit.ts'
import { createWholeAudit } from './auditing/whole-audit.ts'
import { readCheckpoint, signHead } from './checkpoint.ts'
import { isDamage, type LogCondition } from './condition.ts'
import { parseEntry } from './entry.ts'
import type { AuditFinding, AuditReport } from './finding.ts'
import { Flush, type Tail } from './flush.ts'
import { readFrontier } from './frontier.ts'
import { type HeadFile, openHeadFile } from './head-file.ts'
import type { Recorded } from './recorded.ts'
import type { LogSigner } from './signer.ts'
import type { LogHead, RecordStore } from './store.ts'
import { createReader, type LogReader } from './tiles.ts'

/** What a log is opened with. */
export interface LogOptions {
  readonly store: RecordStore
  /** Id of the organisation; stands in every entry. */
  readonly org: string
  /** Name of the log in its checkpoints: a URL without scheme. */
  readonly origin: string
  readonly signer: LogSigner
  readonly clock: Clock
  /** Where the salts of rows come from. */
  readonly ids: Pick<Ids, 'secret'>
  /** Told each time that the running audit could not read what it wanted to. */
  readonly noteUnread?: (fault: RemitError) => void
  /** Told of each commit that was kept how long it took, in milliseconds. */
  readonly noteCommit?: (tookMs: number) => void
  /** Told once, and by what, when the log breaks: nobody may ask in a while. */
  readonly noteBroken?: (detail: string) => void
  /** Threads for audits; without them these take their turns on the event loop. */
  readonly auditors?: Auditors | null
  /** Path of the file that holds the newest checkpoint beside the store. Without it a replaced store goes unnoticed. */
  readonly headFile?: string
}

/** The record of the house: append-only, Merkle-hashed, signed. */
export interface Log extends LogReader {
  readonly origin: string
  /** The public key of the log, as `<name>+<key id>+<key>`. */
  readonly vkey: string
  /**
   * Writes a fact: its entry and its changes, together or not at all. Resolves when both are on disk under a signed
   * head. Errors: `conflict` (one of its changes no longer fits; nothing was written; facts: table, key, op),
   * `entry_too_large`, `request_invalid`, `clock_behind` (the clock is behind the last entry, and the fact would let
   * something be done), `log_unavailable` (not written, or nobody knows: facts.outcome is
   * `unknown`), `log_broken`, `store_locked` (another process of
   * ours has taken the log over), `stopping`.
   */
  record<T extends Fact>(fact: T): Promise<Recorded<T>>
  /** The newest durable head. */
  head(): LogHead
  /** Time of the newest entry that was taken in, 0 for an empty log: for the house no earlier time comes after it. */
  lastMs(): number
  /** The newest signed checkpoint (C2SP signed-note); of an empty log too. */
  checkpoint(): string
  condition(): LogCondition
  /** Audits all of it; who asks while one audit runs is given the report of that one. A finding breaks the log. */
  audit(): Promise<AuditReport>
  /** How the running audit stands with its thread; null where it was given none. */
  auditStanding(): ThreadStanding | null
  /** Writes what was accepted and ends. */
  close(): Promise<void>
}

/**
 * Opens the log of a store, after auditing it. Errors: `log_broken` where it does not verify, or is behind the head
 * file or at odds with it: the store was edited, truncated or replaced (detail and facts say what and where);
 * `log_unavailable` where the head file cannot be used; `store_failed`, `store_damaged`.
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const { store, org, origin, signer, clock, ids, noteCommit, noteBroken } = options
  const source: AuditSource = { store, org, origin, key: signer.key }
  const headFile = options.headFile === undefined ? null : openHeadFile(options.headFile)
  try {
    refuseFindings((await auditAtStart(source)).findings)
    const tail = await readTail(options)
    if (headFile !== null) refuseFindings(await auditHeadFile(source, headFile, tail.head))
    const flush = new Flush(
      { store, signer, clock, ids, org, origin, headFile, noteCommit, noteBroken },
      tail,
      await readLastMs(store, tail.head.size),
    )
    return createLog(options, source, flush, headFile)
  } catch (error) {
    headFile?.close()
    throw error
  }
}

function createLog(options: LogOptions, source: AuditSource, flush: Flush, headFile: HeadFile | null): Log {
  const watch = watchLog(options, source, flush)
  const whole = createWholeAudit(source, options.auditors ?? null, options.clock)
  let auditing: Promise<AuditReport> | null = null
  const audit = async (): Promise<AuditReport> => {
    try {
      const report = await whole.run()
      breakOn(flush, report.findings)
      return report
    } catch (fault) {
      if (!isDamage(fault)) throw fault
      const findings = [sayUnreadable(fault)]
      breakOn(flush, findings)
      return { size: flush.head.size, entriesChecked: 0, rowsChecked: 0, isComplete: false, findings }
    } finally {
      auditing = null
    }
  }
  return {
    ...createReader(options.store, () => flush.head),
    origin: options.origin,
    vkey: options.signer.vkey,
    record: (fact) => flush.record(fact),
    head: () => flush.head,
    lastMs: () => flush.lastAtMs,
    checkpoint: () => flush.head.note,
    condition: () => {
      const { condition } = flush
      return condition.state === 'open' ? (watch.condition() ?? condition) : condition
    },
    audit: async () => {
      auditing ??= audit()
      return await auditing
    },
    auditStanding: () => watch.auditStanding(),
    close: async () => {
      await flush.stop()
      await Promise.all([watch.stop(), whole.close()])
      headFile?.close()
    },
  }
}

interface Watch extends Repeated {
  /** What the last look says of the store; null where it could be read. */
  condition(): LogCondition | null
  auditStanding(): ThreadStanding | null
}

/**
 * Walks the log while it runs, a slice at a time, in a thread where there is one for it. A store that does not answer is no
 * finding: the next turn asks again. One that holds what we never write is one.
 */
function watchLog(options: LogOptions, source: AuditSource, flush: Flush): Watch {
  const { store, clock, noteUnread, auditors = null } = options
  const audit = createRunningAudit(source, auditors, clock)
  let condition: LogCondition | null = null
  const look = async (): Promise<void> => {
    await flush.probe()
    const { size } = flush.head
    const kept = await store.readHead()
    if (kept.size < size) breakOn(flush, [isBehind(kept.size, size)])
    breakOn(flush, await audit.step())
    condition = null
  }
  const noteFault = (fault: unknown): void => {
    if (isError(fault, 'store_locked')) flush.lose(fault)
    else if (isDamage(fault)) breakOn(flush, [sayUnreadable(fault)])
    else if (fault instanceof RemitError) {
      condition = { state: 'failing', detail: fault.detail, facts: {} }
      noteUnread?.(fault)
    } else breakOn(flush, [{ what: 'head', detail: `The log cannot be audited: ${String(fault)}.` }])
  }
  const looks = everyAlone(clock, LIMITS.auditSliceEveryMs, look, noteFault)
  const stop = async (): Promise<void> => {
    await looks.stop()
    await audit.close()
  }
  return { condition: () => condition, auditStanding: () => audit.standing(), stop }
}

/** What cannot be read because somebody wrote it would keep the audit from all that stands behind it. */
function sayUnreadable({ detail }: RemitError): AuditFinding {
  return { what: 'head', detail }
}

function breakOn(flush: Flush, [first]: readonly AuditFinding[]): void {
  if (first !== undefined) flush.break(first.detail)
}

function refuseFindings([first]: readonly AuditFinding[]): void {
  if (first !== undefined) throw new RemitError('log_broken', { detail: first.detail, facts: placeOf(first) })
}

function placeOf({ detail: _detail, ...place }: AuditFinding): Readonly<Record<string, unknown>> {
  return place
}

/** Reads where the log ends. An empty one gets a signed head in memory, so that there is a checkpoint from the start. */
async function readTail({ store, signer, origin }: LogOptions): Promise<Tail> {
  const head = await store.readHead()
  const frontier = await readFrontier(sha256, store.readHashes.bind(store), head.size)
  return { frontier, head: head.size === 0 ? signHead(signer, origin, frontier) : head }
}

async function readLastMs(store: RecordStore, size: number): Promise<number> {
  const [bytes] = size === 0 ? [] : await store.readEntries(size - 1, size)
  const entry = bytes === undefined ? '' : parseEntry(bytes)
  return typeof entry === 'string' ? 0 : entry.atMs
}

/** Compares the store with the checkpoint beside it, and brings that up to date. */
async function auditHeadFile(source: AuditSource, file: HeadFile, head: LogHead): Promise<readonly AuditFinding[]> {
  if (file.note !== '') {
    const checkpoint = await readCheckpoint(file.note, source.origin, source.key)
    if ('malformed' in checkpoint)
      return [{ what: 'head', detail: `The head file is not one of this log: ${checkpoint.malformed}.` }]
    if (checkpoint.size > head.size) return [isBehind(head.size, checkpoint.size)]
    const findings = await auditRoot(source, checkpoint)
    if (findings.length > 0) return findings
  }
  file.write(head.note)
  return []
}

function isBehind(size: number, signedSize: number): AuditFinding {
  const detail = `The store ends at ${size} entries, and ${signedSize} were signed: it was truncated or replaced.`
  return { what: 'head', detail, index: size, to: signedSize }
}
