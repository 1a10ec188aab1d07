import { type ErrorCode, RemitError } from '../ground/errors.ts'

/**
 * How a log stands. `failing`: facts are still tried, but the last commit was not kept, one has been under way for too
 * long, or the store cannot be read; `doubtful`: a commit failed and the head could not be read since; `broken`: the
 * log does not verify, for good; `stopping`: what was accepted is being written.
 */
export interface LogCondition {
  readonly state: 'open' | 'failing' | 'doubtful' | 'broken' | 'stopping'
  /** What is wrong, and where; empty where nothing is. An open log may have something wrong beside it. */
  readonly detail: string
  readonly facts: Readonly<Record<string, unknown>>
}

const REFUSALS: { readonly [State in LogCondition['state']]: ErrorCode | null } = {
  open: null,
  failing: null,
  doubtful: 'log_unavailable',
  broken: 'log_broken',
  stopping: 'stopping',
}

/** Gives the public words of a fault of the store; another's own words stay inside. */
export function sayFault(fault: unknown): string {
  return fault instanceof RemitError ? fault.detail : 'The store does not answer.'
}

/** Throws what a log in this condition answers to a new fact; an open log answers nothing. */
export function refuseUnlessOpen({ state, detail, facts }: LogCondition): void {
  const code = REFUSALS[state]
  // the detail names rows and entries: for operators, who see the condition; a caller gets the sentence of the table
  if (code !== null) throw new RemitError(code, { cause: detail, facts: state === 'broken' ? facts : {} })
}
