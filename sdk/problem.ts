import { isMembers } from '../src/contract/read-entry.ts'

/** What a refusal says beside its code. */
export interface ProblemMore {
  readonly detail: string
  /** Public facts for machines: `reasons`, `nearest` and `ask` for a denial, `limit` for a bound. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** Index of the log entry that recorded the refusal; absent where no known caller was involved. */
  readonly entry?: number
}

/** A refusal by Remit: problem+json (RFC 9457), an OAuth error (RFC 6749 section 5.2), or no answer at all. */
export class RemitProblem extends Error {
  /** A code of the error table, or `unreachable` or `answer_malformed` where there was no answer of Remit. */
  readonly code: string
  /** HTTP status; 0 where there was no answer. */
  readonly status: number
  readonly detail: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly entry: number | undefined

  constructor(code: string, status: number, more: ProblemMore, cause?: unknown) {
    super(`${code}: ${more.detail}`, { cause })
    this.name = 'RemitProblem'
    this.code = code
    this.status = status
    this.detail = more.detail
    this.facts = more.facts ?? {}
    this.entry = more.entry
  }
}

/** True where `error` is a refusal, and has this code if one is asked for. */
export function isProblem(error: unknown, code?: string): error is RemitProblem {
  return error instanceof RemitProblem && (code === undefined || error.code === code)
}

/** What the head of a refusal says: the code of an AuthZEN error, the nonce that a proof has to hold (RFC 9449 section 8). */
export interface ProblemHead {
  readonly code: string | null
  readonly nonce: string | null
}

/**
 * Makes the problem that an answer outside 2xx stands for; `body` is what its text held, parsed where it was JSON. An
 * AuthZEN error is a sentence alone: its code stands in the header `remit-error`.
 */
export function readProblem(
  status: number,
  body: unknown,
  { code: told, nonce }: ProblemHead = { code: null, nonce: null },
): RemitProblem {
  const facts = nonce === null ? {} : { nonce }
  if (told !== null && typeof body === 'string') return new RemitProblem(told, status, { detail: body, facts })
  const fields = isMembers(body) ? body : {}
  const code = textOf(fields['code']) ?? textOf(fields['error']) ?? 'answer_malformed'
  const detail =
    textOf(fields['detail']) ??
    textOf(fields['error_description']) ??
    textOf(fields['title']) ??
    `The server answered ${status} without a reason.`
  return new RemitProblem(code, status, {
    detail,
    facts: { ...(isMembers(fields['facts']) ? fields['facts'] : {}), ...facts },
    ...(typeof fields['entry'] === 'number' ? { entry: fields['entry'] } : {}),
  })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
