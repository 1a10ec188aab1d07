import { type Change, insert } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { holdsRules } from '../../contract/register/value-rule.ts'
import { digestOf } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { ALGORITHM_NAMES, type AlgorithmName } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type Court, findMaker, type IssuerCourt, pickKeys } from '../assertion/assertion-kinds.ts'
import { pickBindings } from '../assertion/binding-keys.ts'
import { findBindings, type MatchedBindings } from '../assertion/bound-identity.ts'
import type { WorkloadCaller } from '../caller.ts'
import { type CompactJwt, checkHeader, parseCompactJwt } from '../compact-jwt.ts'
import { computeThumbprint } from '../dpop/proof.ts'
import { holdsSecret, importVerifyKey, type VerifyKey } from '../jws-algorithms.ts'
import { heldBy, nameCaller, type Proved, refuseSpentProof } from '../workload-proof.ts'
import type { Challenges } from './challenge.ts'

/** What a client shows of who made it (draft-ietf-oauth-attestation-based-client-auth-10). */
export interface ShownAttestation {
  /** `OAuth-Client-Attestation`: what its attester says of it and of its key. */
  readonly statement: string
  /** `OAuth-Client-Attestation-PoP`; null where the proof of possession is a DPoP proof by the same key. */
  readonly pop: string | null
}

/** The name that bindings have for an attester whose keys they hold themselves. */
const ownKeys = 'self'
const STATEMENT = { algorithms: ALGORITHM_NAMES, names: ['kid', 'typ'], typeRequired: true } as const
const windowMs = LIMITS.dpopWindowSeconds * 1000
const skewMs = LIMITS.clockSkewSeconds * 1000

/**
 * Finds the identity of a client that its attester vouches for, and that proves its key for this request: by a proof over our
 * challenge, once, or by a DPoP proof. It is attested where the attester is trusted with that and what comes of it is bound to
 * the key that it vouches for. Errors: `attestation_invalid` whatever does not hold, `use_fresh_attestation` for a statement
 * whose time is over, `use_attestation_challenge` for a proof without one that counts, `issuer_unavailable`.
 */
export async function findByAttestation(
  court: IssuerCourt,
  { statement, pop }: ShownAttestation,
  { challenges, ...proved }: Proved & { readonly challenges: Challenges },
): Promise<WorkloadCaller> {
  const attested = await verifyStatement(court, statement)
  const possession = heldBy(proved)
  const changes =
    pop === null ? requireSameKey(attested, proved) : await verifyPop(court, attested, { pop, challenges })
  await refuseSpentProof(court, proved)
  const isOwnKey = possession?.thumbprint === attested.thumbprint
  const evidence = {
    bindingKind: 'attestation',
    issuer: attested.issuer,
    subject: attested.subject,
    claims: attested.claims,
    strength: possession === null ? 'bearer' : isOwnKey && attested.isTrusted ? 'attested' : 'key-bound',
    bindingId: attested.bindingId,
    possession,
    changes: [...changes, ...(proved.proof?.changes ?? [])],
  } as const
  const caller = await nameCaller(court, evidence, attested.bindings)
  if (caller.kind === 'workload') return caller
  throw new RemitError('attestation_invalid', { detail: 'No identity has this client.' })
}

interface Statement {
  readonly issuer: string
  readonly subject: string
  readonly claims: JsonObject
  readonly isTrusted: boolean
  readonly key: VerifyKey
  readonly thumbprint: string
  readonly bindings: MatchedBindings
  readonly bindingId: string | undefined
}

async function verifyStatement(court: IssuerCourt, text: string): Promise<Statement> {
  const jwt = parseCompactJwt(text, 'attestation_invalid')
  const algorithm = readHeader(jwt, 'oauth-client-attestation+jwt')
  const { iss: issuer = ownKeys, sub: subject, cnf } = jwt.claims
  if (typeof issuer !== 'string' || typeof subject !== 'string' || !isName(subject)) return refuse('It lacks a sub.')
  const nowMs = court.clock.nowMs()
  const bindings = await findBindings(
    court.store,
    { bindingKind: 'attestation', issuer, subject, claims: jwt.claims },
    nowMs,
  )
  const bindingId = await findAttester(court, jwt, { algorithm, issuer, bindings: bindings.matching })
  checkTimes(jwt.claims, nowMs)
  const jwk = isMembers(cnf) && isMembers(cnf['jwk']) ? cnf['jwk'] : refuse('It names no key (cnf.jwk).')
  if (holdsSecret(jwk)) refuse('Its cnf.jwk holds a private key.')
  const key = importVerifyKey(jwk) ?? refuse('Its cnf.jwk is no public key that signatures can be verified with.')
  return {
    issuer,
    subject,
    claims: jwt.claims,
    isTrusted: issuer === ownKeys || court.trusts.get(issuer)?.attests === true,
    key,
    thumbprint: computeThumbprint(jwk),
    bindings,
    bindingId,
  }
}

/** Gives the binding whose own key made the signature, undefined where it was a key of a configured attester. */
async function findAttester(
  { sources, trusts }: IssuerCourt,
  jwt: CompactJwt,
  on: { readonly algorithm: AlgorithmName; readonly issuer: string; readonly bindings: readonly Binding[] },
): Promise<string | undefined> {
  const { algorithm, issuer, bindings } = on
  const pick = pickKeys(jwt.header, algorithm)
  if (issuer === ownKeys) return await findOwnAttester(jwt, algorithm, pickBindings(bindings, pick))
  const [source, trust] = [sources.get(issuer), trusts.get(issuer)]
  if (bindings.length === 0 || source === undefined || trust === undefined || trust.serves === 'people')
    return refuseUnsigned()
  const isItsOwn = trust.algorithms.includes(algorithm)
  if (!isItsOwn || (await findMaker(jwt, algorithm, await source.find(pick))) === undefined) return refuseUnsigned()
  if (!holdsRules(trust.claimRules ?? {}, jwt.claims)) refuse('It lacks what is asked of every token of its issuer.')
  return undefined
}

async function findOwnAttester(
  jwt: CompactJwt,
  algorithm: AlgorithmName,
  keyed: ReturnType<typeof pickBindings<Binding>>,
): Promise<string> {
  const all = keyed.flatMap(({ keys }) => keys)
  const maker = (await findMaker(jwt, algorithm, all)) ?? refuseUnsigned()
  return (keyed.find(({ keys }) => keys.includes(maker)) ?? refuseUnsigned()).binding.id
}

const refuseUnsigned = (): never => refuse('No attester of such a client signed it.')

function checkTimes({ exp: told, nbf, iat }: JsonObject, nowMs: number): void {
  const exp = typeof told === 'number' ? told : refuse('It has no exp.')
  if (nowMs >= exp * 1000 + skewMs) throw new RemitError('use_fresh_attestation')
  if (exp * 1000 > nowMs + LIMITS.assertionLifetimeSecondsMax * 1000 + skewMs) refuse('Its exp lies too far ahead.')
  for (const begin of [nbf, iat])
    if (begin !== undefined && (typeof begin !== 'number' || begin * 1000 > nowMs + skewMs))
      refuse('It is not valid yet.')
}

/** Without a proof of its own, the DPoP proof has to be by the key that is vouched for (`attest_jwt_client_auth_dpop`). */
function requireSameKey({ thumbprint }: Statement, { proof }: Proved): readonly Change[] {
  if (proof?.thumbprint !== thumbprint) return refuse('No proof of the key that it vouches for was shown.')
  return []
}

/** Holds the proof of possession to key, audience, challenge and age, and gives the change by which it counts once. */
async function verifyPop(
  { audience, clock, store }: Court,
  { key, thumbprint }: Statement,
  { pop, challenges }: { readonly pop: string; readonly challenges: Challenges },
): Promise<readonly Change[]> {
  const jwt = parseCompactJwt(pop, 'attestation_invalid')
  const algorithm = readHeader(jwt, 'oauth-client-attestation-pop+jwt')
  const { aud, jti, iat, challenge } = jwt.claims
  if (aud !== audience) return refuse(`The audience of the proof is ${audience} and nothing else.`)
  if (typeof jti !== 'string' || !isName(jti)) return refuse('The proof lacks a jti.')
  const nowMs = clock.nowMs()
  if (typeof iat !== 'number' || iat * 1000 > nowMs + skewMs || nowMs >= iat * 1000 + windowMs + skewMs)
    return refuse('The proof lacks an iat of now.')
  if ((await findMaker(jwt, algorithm, [key])) === undefined)
    return refuse('The proof is not signed by the key that it vouches for.')
  if (typeof challenge !== 'string' || !challenges.holds(challenge))
    throw new RemitError('use_attestation_challenge', { facts: { challenge: challenges.make() } })
  const id = digestOf(['attestation-pop', thumbprint, jti])
  if ((await store.getSeenProof(id)) !== undefined) return refuse('The proof was shown before; each counts once.')
  return [insert('seen_proofs', { id, expiresMs: Math.floor(iat * 1000) + windowMs + 2 * skewMs })]
}

const isName = (text: string): boolean =>
  text.length > 0 && text.length <= LIMITS.jtiCharsMax && text.isWellFormed() && !/\p{C}/u.test(text)

function readHeader(jwt: CompactJwt, type: string): AlgorithmName {
  try {
    return checkHeader(jwt.header, { ...STATEMENT, types: [type] })
  } catch (cause) {
    throw new RemitError('attestation_invalid', {
      detail: `Its header has an asymmetric alg, the typ ${type}, at most a kid, and nothing else.`,
      cause,
    })
  }
}

function refuse(detail: string): never {
  throw new RemitError('attestation_invalid', { detail: `The client attestation does not count here: ${detail}` })
}
