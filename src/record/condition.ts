import { type ErrorCode, RemitError } from '../ground/errors.ts'

/**
 * How a log stands. `doubtful`: a commit failed and the head could not be read since; `broken`: the log does not
 * verify, for good; `stopping`: what was accepted is being written.
 */
export interface LogCondition {
  readonly state: 'open' | 'doubtful' | 'broken' | 'stopping'
  /** What is wrong, and where; empty where nothing is. */
  readonly detail: string
  readonly facts: Readonly<Record<string, unknown>>
}

const REFUSALS: { readonly [State in LogCondition['state']]: ErrorCode | null } = {
  open: null,
  doubtful: 'log_unavailable',
  broken: 'log_broken',
  stopping: 'stopping',
}

/** Throws what a log in this condition answers to a new fact; an open log answers nothing. */
export function refuseUnlessOpen({ state, detail, facts }: LogCondition): void {
  const code = REFUSALS[state]
  // the detail names rows and entries: for operators, who see the condition; a caller gets the sentence of the table
  if (code !== null) throw new RemitError(code, { cause: detail, facts: state === 'broken' ? facts : {} })
}
