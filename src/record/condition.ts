import type { EntryKind } from '../contract/log-entry.ts'
import { type ErrorCode, isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'

/**
 * How a log stands. `late`: the clock is so far behind the last entry that nothing is permitted; `failing`: facts are
 * still tried, but the last commit was not kept, one has been under way for too long, or the store cannot be read;
 * `doubtful`: a commit failed and the head could not be read since; `broken`: the log does not verify, for good;
 * `taken`: another process of ours writes it now, for good; `stopping`: what was accepted is being written.
 */
export interface LogCondition {
  readonly state: 'open' | 'late' | 'failing' | 'doubtful' | 'broken' | 'taken' | 'stopping'
  /** What is wrong, and where; empty where nothing is. An open log may have something wrong beside it. */
  readonly detail: string
  readonly facts: Readonly<Record<string, unknown>>
}

const REFUSALS: { readonly [State in LogCondition['state']]: ErrorCode | null } = {
  open: null,
  late: null,
  failing: null,
  doubtful: 'log_unavailable',
  broken: 'log_broken',
  taken: 'store_locked',
  stopping: 'stopping',
}

/** Gives the public words of a fault of the store; another's own words stay inside. */
export function sayFault(fault: unknown): string {
  return fault instanceof RemitError ? fault.detail : 'The store does not answer.'
}

/** True where the store answers, with what no program of ours has written: to ask again does not help, and the log breaks. */
export function isDamage(fault: unknown): fault is RemitError {
  return isError(fault, 'store_edited') || isError(fault, 'store_damaged')
}

/** Gives what a log in this condition answers to a new fact; null for one that takes it. */
export function refusalOf({ state, detail }: LogCondition): RemitError | null {
  const code = REFUSALS[state]
  // rows and entries are named to operators, who see the condition; a caller gets the sentence of the table
  return code === null ? null : new RemitError(code, { cause: detail })
}

/** Throws what a log in this condition answers to a new fact; an open log answers nothing. */
export function refuseUnlessOpen(condition: LogCondition): void {
  const refusal = refusalOf(condition)
  if (refusal !== null) throw refusal
}

/**
 * What is taken although the clock is behind the log: what takes away, refuses, tells of what happened, and what people
 * need to come in and do so. Its time is that of the entry before, as time never goes back, and the entry says beside
 * it what the clock said. All else lets something be done until a time, and those times would be false.
 */
const TAKEN_LATE: readonly EntryKind[] = [
  'log.created',
  'key.created',
  'key.rotated',
  'key.resealed',
  'trust-bundle.kept',
  'policy.loaded',
  'person.left',
  'person-login.ended',
  'person.signed-in',
  'person.signed-out',
  'login.offered',
  'tool.quarantined',
  'identity.discovered',
  'identity.returned',
  'identity.suspended',
  'identity.retired',
  'binding.ended',
  'entitlement.ended',
  'right.ended',
  'delegation.ended',
  'approval.asked',
  'decision.denial',
  'refusal',
  'task.ended',
  'credential.revoked',
  'call.finished',
  'cutoff.made',
  'proof.spent',
  'evidence.packed',
]

/** True for a clock so far behind the last entry that entries may not say its time as theirs. */
export function isLate(behindMs: number): boolean {
  return behindMs > LIMITS.clockBehindMsMax
}

export function isTakenLate(kind: EntryKind): boolean {
  return TAKEN_LATE.includes(kind)
}
