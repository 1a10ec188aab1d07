import type { Actor } from '../log-entry.ts'
import type { Envelope } from './envelope.ts'

/** Where a question to people came in as an access request (AuthZEN access-request profile). */
export interface AccessRequest {
  /** Who asked: only they, and whoever it is about, may see it or take it back. */
  readonly by: Pick<Actor, 'kind' | 'id'>
  /** Hex SHA-256 of the `Idempotency-Key` that it came with; null where it came with none. */
  readonly keyDigest: string | null
  /** Hex SHA-256 over all that was submitted, as it was read: a key is for one submission. */
  readonly bodyDigest: string
  /** base64url SHA-256 over the canonical form of what the denied evaluation was about. */
  readonly binding: string
  /** Index of the entry of the denied evaluation. */
  readonly evaluation: number
  /** Where several were asked together. */
  readonly bundle?: Bundle
  /** Where and of what the asker wants to be told; of several, kept with the first. */
  readonly callback?: AccessCallback
}

/** Where somebody wants to be told what became of their request. */
export interface AccessCallback {
  readonly endpoint: string
  /** Given back as it came. */
  readonly state?: unknown
  /** Of which ends; not given: of every one. */
  readonly events?: readonly AccessEvent[] | undefined
}

/** What somebody can be told of. */
export const ACCESS_EVENTS = ['approved', 'denied', 'expired', 'cancelled', 'failed', 'partial'] as const
export type AccessEvent = (typeof ACCESS_EVENTS)[number]

/** Its place among what was asked together; each is a question to people of its own. */
export interface Bundle {
  /** The id of the first of them, by which all are read and taken back. */
  readonly id: string
  /** Its place, from 0. */
  readonly at: number
  /** All that were asked, as they were submitted and in their order; kept with the first. */
  readonly items?: readonly BundleItem[]
}

/** One action on one resource, as it was submitted. */
export interface BundleItem {
  readonly resource: Readonly<Record<string, unknown>>
  readonly action: Readonly<Record<string, unknown>>
}

/** What the asker wishes beside a yes to exactly this, once. None of it counts for anything until people say so. */
export interface AccessWish {
  readonly envelope?: Envelope | undefined
  /** Epoch milliseconds. */
  readonly untilMs?: number | undefined
  readonly isEmergency?: boolean | undefined
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
