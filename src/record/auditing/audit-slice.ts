import { tileWidthMax } from '../../contract/log/tile.ts'
import { LIMITS } from '../../ground/limits.ts'
import { hearFault, type ToldFault, tellFault } from '../../ground/thread-fault.ts'
import type { AuditFinding } from '../finding.ts'
import type { LogHead, RowPlace } from '../store.ts'
import { auditRows } from './audit-rows.ts'
import { type AuditSource, auditBundle, auditHead } from './audit-tree.ts'

/** Where a walk over a log goes on: with which bundle, and behind which row. */
export interface WalkPlace {
  readonly n: number
  readonly after: RowPlace | null
}

/** What a thread is asked: the slice at a place, of the log that had this head when it was asked. */
export interface SliceAsked extends WalkPlace {
  readonly head: LogHead
}

/** What is wrong in a slice, and where the walk goes on behind it. */
export interface AuditedSlice {
  readonly findings: readonly AuditFinding[]
  readonly next: WalkPlace
}

/**
 * Audits the next slice of a walk that never ends: one bundle and some rows, and behind the last ones from the start again.
 * Takes a few milliseconds, however long the log, and lets others run meanwhile. Errors are the store's.
 */
export async function auditSlice(source: AuditSource, place: WalkPlace): Promise<AuditedSlice> {
  const head = await source.store.readHead()
  const n = place.n * tileWidthMax < head.size ? place.n : 0
  const findings = [...(n === 0 ? await auditHead(source, head) : [])]
  if (head.size > 0) findings.push(...(await auditBundle(source, n, head.size)).findings)
  const rows = await auditRows(source, place.after, LIMITS.auditRowsPerSlice)
  return { findings: [...findings, ...rows.findings], next: { n: n + 1, after: rows.next } }
}

/**
 * Audits what was asked of a thread, which reads the store by itself; null where what it reads is not the log that is written, but
 * an older state of it, or another one: a file that was put in the place of ours. Errors are the store's.
 */
export async function auditAsked(source: AuditSource, { head, ...place }: SliceAsked): Promise<AuditedSlice | null> {
  return (await isOurs(source, head)) ? await auditSlice(source, place) : null
}

/** True where what is read is the log that had this head, or has gone on from it; false for an older state of it, or another one. */
export async function isOurs({ store }: AuditSource, head: LogHead): Promise<boolean> {
  const { size, note } = await store.readHead()
  return size > head.size || (size === head.size && note === head.note)
}

/** What a thread says of a slice. */
export type SliceTold = { readonly slice: AuditedSlice | null } | ToldFault

/** Says what came of a slice. */
export async function tellSlice(audit: () => Promise<AuditedSlice | null>): Promise<SliceTold> {
  try {
    return { slice: await audit() }
  } catch (error) {
    return tellFault(error)
  }
}

/** Gives what was said of a slice. Throws what auditing it threw. */
export function hearSlice(told: SliceTold): AuditedSlice | null {
  if ('slice' in told) return told.slice
  throw hearFault(told)
}
