import type { Json, JsonObject } from '../../contract/log-entry.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'

/** What the claims of an assertion are held to. */
export interface ClaimRules {
  /** Of these it must name exactly one, alone. */
  readonly audiences: readonly string[]
  /** True where it may name several of these at once: all of them are ours. */
  readonly mayNameSeveral?: boolean
  readonly nowMs: number
  /** For how long after its `iat` it counts. */
  readonly maxAgeSeconds: number
  readonly issuedAtRequired: boolean
  readonly jtiRequired: boolean
}

/** What a checked assertion says for sure, once its signature holds. */
export interface CheckedClaims {
  readonly subject: string
  readonly jti: string | null
  /** When it was issued, by its own word; null where it says nothing of that. */
  readonly issuedMs: number | null
  /** The last moment at which the assertion would still be taken, the tolerance for clocks included. */
  readonly takenUntilMs: number
}

/** Our issuer URL, as it is and as libraries write an address without a path: with a slash behind it. */
export function formsOf(issuer: string): readonly string[] {
  return [issuer, `${issuer}/`]
}

/** True for an address by which we are an issuer ourselves: of tokens, of SVIDs, or of what clouds take. */
export function isOwnIssuer(issuer: string, publicUrl: string): boolean {
  return ['', '/spiffe', '/federation'].some((path) => formsOf(`${publicUrl}${path}`).includes(issuer))
}

const skewMs = LIMITS.clockSkewSeconds * 1000

/**
 * Checks audience, times, subject and `jti` (RFC 7519 section 4.1, RFC 7523 section 3). The audience must be ours
 * alone: a token for two is a token that either could show to the other (draft-ietf-oauth-rfc7523bis).
 * Errors: `assertion_audience`, `assertion_expired`, `assertion_not_yet_valid`, `assertion_claims`.
 */
export function checkClaims(claims: JsonObject, rules: ClaimRules): CheckedClaims {
  checkAudience(claims['aud'], rules)
  const expiresMs = readDate(claims, 'exp') ?? refuse('exp is required.')
  const notBeforeMs = readDate(claims, 'nbf')
  const issuedMs = readDate(claims, 'iat')
  if (issuedMs === undefined && rules.issuedAtRequired) refuse('iat is required.')
  const ageEndsMs = issuedMs === undefined ? Number.POSITIVE_INFINITY : issuedMs + rules.maxAgeSeconds * 1000
  const takenUntilMs = Math.min(expiresMs, ageEndsMs) + skewMs
  if (rules.nowMs >= takenUntilMs) {
    const detail = `The assertion has expired, or was issued more than ${rules.maxAgeSeconds} seconds ago.`
    throw new RemitError('assertion_expired', { detail })
  }
  if (Math.max(notBeforeMs ?? 0, issuedMs ?? 0) > rules.nowMs + skewMs) throw new RemitError('assertion_not_yet_valid')
  if (Math.min(expiresMs, ageEndsMs) > rules.nowMs + LIMITS.assertionLifetimeSecondsMax * 1000 + skewMs)
    refuse(`exp must lie within ${LIMITS.assertionLifetimeSecondsMax} seconds.`)
  return {
    subject: readSubject(claims),
    jti: readJti(claims, rules.jtiRequired),
    issuedMs: issuedMs ?? null,
    takenUntilMs,
  }
}

function checkAudience(
  aud: Json | undefined,
  { audiences, mayNameSeveral = false }: Pick<ClaimRules, 'audiences' | 'mayNameSeveral'>,
): void {
  const named: readonly Json[] = Array.isArray(aud) ? (aud as readonly Json[]) : aud === undefined ? [] : [aud] // a member of a JSON list is JSON
  const isOurs = named.every((each) => typeof each === 'string' && audiences.includes(each))
  const isOnceEach = mayNameSeveral && named.length > 1 && new Set(named).size === named.length
  if (isOurs && (named.length === 1 || isOnceEach)) return
  const detail = `The audience of the assertion must be ${audiences.join(' or ')} and nothing else.`
  throw new RemitError('assertion_audience', { detail, facts: { audience: audiences[0] ?? '' } })
}

/**
 * One with `act` is in the hands of somebody else, who acts for its subject (RFC 8693 section 4.1): whoever that is does not
 * become the subject. Error: `assertion_claims`, with who could say otherwise, if anybody.
 */
export function refuseActedFor(claims: JsonObject, unless = ''): void {
  if (Object.hasOwn(claims, 'act')) refuse(`It holds act: somebody else acts by it for its subject${unless}.`)
}

/** Reads a NumericDate (RFC 7519 section 2) as milliseconds. */
function readDate(claims: JsonObject, name: string): number | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  const isDate = typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER / 1000
  return isDate ? Math.floor(value * 1000) : refuse(`${name} must be a number of seconds.`)
}

function readSubject(claims: JsonObject): string {
  const { sub } = claims
  const isSubject =
    typeof sub === 'string' && sub.length > 0 && sub.length <= LIMITS.spiffeIdBytesMax && isPrintable(sub)
  return isSubject ? sub : refuse('sub must be a printable text.')
}

function readJti(claims: JsonObject, required: boolean): string | null {
  const { jti } = claims
  if (jti === undefined) return required ? refuse('jti is required.') : null
  const isJti = typeof jti === 'string' && jti.length > 0 && jti.length <= LIMITS.jtiCharsMax && jti.isWellFormed()
  return isJti ? jti : refuse('jti must be a text.')
}

/** True for a text without control, format or lone surrogate characters, so that it can be shown to a person. */
function isPrintable(text: string): boolean {
  return !/\p{C}/u.test(text)
}

function refuse(detail: string): never {
  throw new RemitError('assertion_claims', { detail })
}
