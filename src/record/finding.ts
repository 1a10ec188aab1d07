import { LIMITS } from '../ground/limits.ts'

/** Something that is not as it was signed: what, where, and in which words. */
export interface AuditFinding {
  readonly what: 'head' | 'checkpoint' | 'root' | 'tile' | 'hash' | 'entry' | 'time' | 'row'
  readonly detail: string
  /** First entry that it is about. */
  readonly index?: number
  /** Where it is about several entries: the one after the last. */
  readonly to?: number
  /** The state row that it is about: `table/key`. */
  readonly row?: string
}

/** What an audit has looked at and what it found. Without findings, all of it verifies. */
export interface AuditReport {
  /** Entries in the log as its head says. */
  readonly size: number
  readonly entriesChecked: number
  readonly rowsChecked: number
  /** True where every entry, every hash and every row was looked at, and no row that is gone could go unnoticed. */
  readonly isComplete: boolean
  /** The first 100. */
  readonly findings: readonly AuditFinding[]
}

/** Keeps the first findings, so that a log that is broken throughout gives a report and not a flood. */
export function keepFirst(findings: readonly AuditFinding[]): readonly AuditFinding[] {
  return findings.slice(0, LIMITS.auditFindingsMax)
}
