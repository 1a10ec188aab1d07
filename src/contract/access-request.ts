import type { Actor } from './log-entry.ts'

/** Where a question to people came in as an access request (AuthZEN access-request profile). */
export interface AccessRequest {
  /** Who asked: only they, and whoever it is about, may see it or take it back. */
  readonly by: Pick<Actor, 'kind' | 'id'>
  /** Hex SHA-256 of the `Idempotency-Key` that it came with; null where it came with none. */
  readonly keyDigest: string | null
  /** base64url SHA-256 over the canonical form of what the denied evaluation was about. */
  readonly binding: string
  /** Index of the entry of the denied evaluation. */
  readonly evaluation: number
}

/** Members of an AuthZEN context that are machinery, or never the same twice: no approval is bound to them. */
export const UNBOUND_CONTEXT: readonly string[] = [
  'approval',
  'access_request',
  'evaluation_id',
  'evaluated_at',
  'reason',
  'time',
]

/** Why an approval that was shown with an evaluation did not help, with what to do next. */
export const NEXT_ACTIONS = {
  approval_expired: 'request',
  out_of_scope: 'request',
  policy_denied: 'none',
  approval_unverifiable: 'none',
} as const
export type ShownFault = keyof typeof NEXT_ACTIONS
