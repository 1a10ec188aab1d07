import { type ErrorCode, RemitError } from './errors.ts'

/** What a thread says of what went wrong in it: an error of the table travels as what it says, any other one as it is. */
export type ToldFault =
  | { readonly refused: { readonly code: ErrorCode; readonly detail: string } }
  | { readonly fault: unknown }

/** Says what went wrong, so that it comes through a message. */
export function tellFault(error: unknown): ToldFault {
  return error instanceof RemitError ? { refused: { code: error.code, detail: error.detail } } : { fault: error }
}

/** Gives what went wrong, to be thrown here. */
export function hearFault(told: ToldFault): unknown {
  return 'refused' in told ? new RemitError(told.refused.code, { detail: told.refused.detail }) : told.fault
}
