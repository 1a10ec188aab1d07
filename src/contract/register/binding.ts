import type { ClientTerms } from './client.ts'
import type { IdentityId } from './identity.ts'
import { matchesPattern, type ValueRule } from './value-rule.ts'

/** How a workload can prove itself. */
export const BINDING_KINDS = ['oidc', 'spiffe', 'key', 'certificate', 'client', 'attestation', 'secret'] as const
export type BindingKind = (typeof BINDING_KINDS)[number]

/** The issuer that bindings by a static secret have: their subject is the `client_id`. */
export const secretIssuer = 'secret'

/** How an identity proves itself. Exactly one identity may match a proof. */
export interface Binding {
  readonly id: string
  readonly identityId: IdentityId
  readonly kind: BindingKind
  /**
   * OIDC issuer, SPIFFE trust domain, name of a certificate authority, `self` for a registered key or certificate, `client` or
   * `secret`.
   */
  readonly issuer: string
  /**
   * `sub` claim, SPIFFE ID, the client id of a registered key, the `client_id` of an OAuth client or of a static secret, the
   * SHA-256 of a registered certificate or a name in one of an authority (`dns:…`); with a pattern, the literal head of it.
   */
  readonly subject: string
  /** What the whole subject must match, where it is not one text; absent or null where it is. */
  readonly subjectPattern?: string | null
  /** Claims that must be so; a name that begins with `/` is a JSON pointer (RFC 6901). */
  readonly claims: Readonly<Record<string, ValueRule>>
  /** Public keys (JWK) of a `key` binding. */
  readonly keys: readonly JsonWebKeyPublic[]
  /** RFC 7638 thumbprints of the only keys by which possession may be proved with it; absent where any key may. */
  readonly keyThumbprints?: readonly string[]
  /** Of an OAuth client that people registered: where answers may go. */
  readonly client?: ClientTerms
  /** Hex SHA-256 of a static secret; it is told to nobody. */
  readonly secretDigest?: string
  /** When a static secret ends for good: nothing counts any more that rests on it. */
  readonly secretEndsMs?: number
  readonly createdMs: number
  readonly endedMs: number | null
  /** From when on it proves nothing any more, though tasks of before go on; absent or null where it has no end. */
  readonly endsMs?: number | null
  /** The binding in whose place this one was put by a rotation. */
  readonly replacesId?: string | null
  /** Until when both this one and the one that it replaces count. */
  readonly overlapEndsMs?: number | null
}

/** The public members of a JWK (RFC 7517) that Remit keeps. */
export interface JsonWebKeyPublic {
  readonly kty: string
  readonly kid?: string | undefined
  readonly alg?: string | undefined
  readonly use?: string | undefined
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
}

/** The part of a binding that says what proves it: all that people approve of it, and nothing else. */
export type Proof = Pick<Binding, 'kind' | 'issuer' | 'subject' | 'claims' | 'keys'> &
  Partial<Pick<Binding, 'subjectPattern' | 'keyThumbprints' | 'client' | 'secretEndsMs'>>

/** Gives what proves a binding. What it does not say is left out, so that it stays as it was approved. */
export function proofOf(binding: Proof): Proof {
  const { kind, issuer, subject, claims, keys, subjectPattern, keyThumbprints, client, secretEndsMs } = binding
  return {
    kind,
    issuer,
    subject,
    claims,
    keys,
    ...(subjectPattern === undefined || subjectPattern === null ? {} : { subjectPattern }),
    ...(keyThumbprints === undefined || keyThumbprints.length === 0 ? {} : { keyThumbprints }),
    ...(client === undefined ? {} : { client }),
    ...(secretEndsMs === undefined ? {} : { secretEndsMs }),
  }
}

/** Gives a binding as it may be told: without what is compared with a secret. */
export function tellable<B extends Binding>({ secretDigest: _secretDigest, ...binding }: B): Omit<B, 'secretDigest'> {
  return binding
}

/** True once nothing that rests on a binding counts any more: it was ended, or was a static secret whose time is over. */
export function hasEnded({ endedMs, secretEndsMs }: Binding, atMs: number): boolean {
  return endedMs !== null || (secretEndsMs !== undefined && atMs >= secretEndsMs)
}

/** True while a binding proves something: it has not ended, and its end by rotation has not come. */
export function isProving(binding: Binding, atMs: number): boolean {
  return !hasEnded(binding, atMs) && (binding.endsMs === undefined || binding.endsMs === null || atMs < binding.endsMs)
}

/** True where a binding means this subject, whatever it asks of the claims. */
export function meansSubject(binding: Pick<Binding, 'subject' | 'subjectPattern'>, subject: string): boolean {
  const { subjectPattern } = binding
  return subjectPattern === undefined || subjectPattern === null
    ? binding.subject === subject
    : matchesPattern(subjectPattern, subject)
}
