import { ERRORS } from './error-table.ts'

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS

/** What an error carries beside its code. `detail` is public; `cause` is not. */
export interface ErrorMore {
  /** A public sentence more exact than the table's; never with a secret or a stranger's text unescaped. */
  readonly detail?: string
  readonly cause?: unknown
  /** Public facts for machines. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** The OAuth error, where the place of what is wrong asks for another one than the table's. */
  readonly oauth?: string
}

/** The one error class. Doors turn it into an answer; nothing else does. */
export class RemitError extends Error {
  readonly code: ErrorCode
  readonly detail: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly oauth: string

  constructor(code: ErrorCode, more: ErrorMore = {}) {
    super(`${code}: ${more.detail ?? ERRORS[code].sentence}`, { cause: more.cause })
    this.name = 'RemitError'
    this.code = code
    this.detail = more.detail ?? ERRORS[code].sentence
    this.facts = more.facts ?? {}
    this.oauth = more.oauth ?? ERRORS[code].oauth
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}

/** True where `error` is ours and has this code. */
export function isError(error: unknown, code: ErrorCode): error is RemitError {
  return error instanceof RemitError && error.code === code
}

/** True for a code of the table. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code)
}

const causesMax = 5

/** What led to an error, from the outside in, with stacks where there are any: for those who run the house, never for callers. */
export function listCauses(error: unknown, atMost = causesMax): readonly string[] {
  if (error === undefined || atMost === 0) return []
  if (!(error instanceof Error)) return [typeof error === 'string' ? error : 'something that is no error']
  return [error.stack ?? error.message, ...listCauses(error.cause, atMost - 1)]
}
