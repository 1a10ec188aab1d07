import { requireVersion } from '../../contract/change.ts'
import type { Json, JsonObject } from '../../contract/log-entry.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CheckedClaims, checkClaims } from '../assertion/assertion-claims.ts'
import { type IssuerCourt, rememberAssertion, requirePublished } from '../assertion/assertion-kinds.ts'
import { type ProvenPerson, provePerson } from '../caller.ts'
import { type CompactJwt, checkHeader, parseCompactJwt } from '../compact-jwt.ts'
import { heldBy, keysOf, markShown, type Proved, refuseSpentProof, requireOwnKey } from '../workload-proof.ts'
import { findKnown, requirePeopleClaims, requirePeopleIssuer } from './known-person.ts'

/** A token of an issuer that serves people whose signature, audience and times hold. */
interface VerifiedPersonToken {
  readonly issuer: string
  readonly checked: CheckedClaims
  readonly jwt: CompactJwt
  readonly isCached: boolean
}

const HEADER_NAMES = ['kid', 'typ', 'x5t', 'x5t#S256']
/** An ID token is a plain JWT; access tokens (`at+jwt`), logout tokens and grants say so of themselves. */
const TYPES = ['JWT', 'jwt']

/**
 * Verifies an ID token (OpenID Connect Core section 2) of an issuer that serves people, and finds the person whom it knows by
 * that subject. Errors: `assertion_*`, `issuer_unknown` (also for one that serves workloads), `issuer_unavailable`,
 * `proof_missing` and `proof_invalid` (a token bound to a key), `login_unknown` for a subject that is nobody's here.
 */
export async function findPersonByToken(court: IssuerCourt, raw: string, proved: Proved): Promise<ProvenPerson> {
  const verified = await verifyIdToken(court, parseCompactJwt(raw))
  const { issuer, jwt, checked } = verified
  const possession = heldBy(proved)
  requireOwnKey(jwt.claims, keysOf(proved))
  const seen = rememberAssertion(['oidc', issuer], jwt, checked)
  const shown = await markShown(court, { isCached: verified.isCached, seen }, possession)
  await refuseSpentProof(court, proved)
  const { person, login } = await findKnown(court, issuer, { ...checked, email: jwt.claims['email'] })
  return provePerson({
    kind: 'vouched',
    person,
    login,
    issuer,
    jti: checked.jti,
    claims: jwt.claims,
    possession,
    guards: [requireVersion('persons', person), requireVersion('person_logins', login)],
    changes: [...shown, ...(proved.proof?.changes ?? [])],
  })
}

async function verifyIdToken(court: IssuerCourt, jwt: CompactJwt): Promise<VerifiedPersonToken> {
  const { trust, source } = requirePeopleIssuer(court, jwt.claims)
  const algorithm = checkHeader(jwt.header, { algorithms: trust.algorithms, names: HEADER_NAMES, types: TYPES })
  const checked = checkClaims(jwt.claims, {
    audiences: trust.audiences ?? [court.audience],
    nowMs: court.clock.nowMs(),
    maxAgeSeconds: trust.maxAgeSeconds ?? LIMITS.assertionAgeSecondsMax,
    issuedAtRequired: true,
    jtiRequired: trust.requireJti,
  })
  refuseOtherTokens(jwt.claims)
  await requirePublished(jwt, algorithm, source)
  requirePeopleClaims(trust, jwt.claims)
  return { issuer: trust.issuer, checked, jwt, isCached: trust.liveness === 'cached' }
}

/** What an ID token never says, and what other tokens of the same issuer, with the same key and subject, do. */
const OF_OTHER_TOKENS: Readonly<Record<string, string>> = {
  scope: 'an access token',
  scp: 'an access token',
  client_id: 'an access token',
  cid: 'an access token',
  events: 'a logout token or a security event',
  act: 'a token of somebody who acts for the person',
}
/** Claims by which issuers without types of their own tell their tokens apart: Keycloak, Amazon Cognito. */
const KIND_CLAIMS: Readonly<Record<string, readonly string[]>> = { typ: ['ID', 'id_token'], token_use: ['id'] }

/** An issuer without types signs access tokens as it signs ID tokens: only what these say tells them apart. */
function refuseOtherTokens(claims: JsonObject): void {
  for (const [name, what] of Object.entries(OF_OTHER_TOKENS))
    if (Object.hasOwn(claims, name)) refuse(`It holds ${name}: this is ${what}, and no ID token.`)
  for (const [name, values] of Object.entries(KIND_CLAIMS)) {
    const { [name]: value } = claims
    if (value !== undefined && !values.some((each) => each === value)) refuse(`Its ${name} is not that of an ID token.`)
  }
  const { azp, aud, nonce } = claims
  const audience: Json | undefined = Array.isArray(aud) ? (aud[0] as Json) : aud // a member of a JSON list is JSON
  // OpenID Connect Core section 3.1.3.7: whom it was issued to is whom it is for
  if (azp !== undefined && azp !== audience) refuse('It was issued to another client than it is for.')
  if (nonce !== undefined && (typeof nonce !== 'string' || nonce.length > LIMITS.jtiCharsMax))
    refuse('nonce must be a text.')
}

function refuse(detail: string): never {
  throw new RemitError('assertion_claims', { detail })
}
