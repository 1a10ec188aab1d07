import { type KeyObject, verify } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { JsonObject } from '../contract/log-entry.ts'
import { findStandingFault } from '../contract/standing.ts'
import { confirm, type Possession, possessionOf } from '../contract/token/possession.ts'
import type { Clock } from '../ground/clock.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { Recent } from '../ground/recent.ts'
import { type AgentCaller, proveCaller } from './caller.ts'
import { parseCompactJwt } from './compact-jwt.ts'
import type { DpopProof } from './dpop/proof.ts'
import { type FootingStore, type KeptFooting, readFooting } from './footing.ts'
import type { Proved } from './workload-proof.ts'
import type { PeerCertificate } from './x509/peer-certificate.ts'

/** Who is behind one of our own access tokens. */
export interface AccessTokens {
  /** See `readAccessToken`. */
  byAccessToken(
    token: string,
    audience: string | null,
    proof: DpopProof | null,
    certificate?: PeerCertificate,
  ): Promise<AgentCaller>
  /** The same of a token without a proof, at once; undefined where what it rests on has to be read first. */
  recallAgent(token: string, audience: string | null, certificate: PeerCertificate | undefined): AgentCaller | undefined
  /** Gives the `jti` of a token that we signed and whose time is not over, taken back or not; undefined for anything else. */
  tokenId(token: string): string | undefined
  /** Gives what a token rests on that we signed, while it counts (`findStandingFault`); undefined for anything else. */
  standingOf(token: string): Promise<KeptFooting | undefined>
}

/**
 * Builds the desk at which access tokens are read. A signature is verified when it is first seen, and then remembered; what
 * a token rests on, for as long as nothing at all has been committed.
 */
export function createAccessTokens(parts: AccessTokenParts): AccessTokens {
  const desk: AccessTokenDesk = {
    ...parts,
    verified: new Recent(LIMITS.verifiedTokensMax),
    footings: new Recent(LIMITS.verifiedTokensMax),
  }
  return {
    byAccessToken: (token, audience, proof, certificate) =>
      readAccessToken(desk, token, audience, { proof: proof ?? undefined, certificate }),
    recallAgent: (token, audience, certificate) => recallAgent(desk, token, audience, { certificate }),
    tokenId: (token) => nameToken(desk, token),
    standingOf: (token) => findStanding(desk, token),
  }
}

function nameToken(desk: AccessTokenDesk, token: string): string | undefined {
  try {
    return verifyAccessToken(desk, token).jti
  } catch (error) {
    if (isError(error, 'token_invalid') || isError(error, 'token_expired')) return undefined
    throw error
  }
}

async function findStanding(desk: AccessTokenDesk, token: string): Promise<KeptFooting | undefined> {
  const id = nameToken(desk, token)
  const footing = id === undefined ? undefined : (recallFooting(desk, id) ?? (await findFooting(desk, id)))
  return footing !== undefined && findStandingFault(footing, desk.clock.nowMs()) === undefined ? footing : undefined
}

/** What verifying our own access tokens needs. `keyOf` gives a public key of ours by its id. */
export interface AccessTokenParts {
  readonly store: FootingStore
  readonly keyOf: (keyId: string) => KeyObject | undefined
  readonly issuer: string
  readonly clock: Clock
}

/** A token whose signature holds, and the key under which it does. */
interface VerifiedToken {
  readonly kid: string
  readonly key: KeyObject
  readonly claims: Claims
}

/** What a credential rests on, and the moves of the store at which it was read. */
interface ReadFooting {
  readonly footing: KeptFooting
  readonly moves: number
}

interface AccessTokenDesk extends AccessTokenParts {
  /** By the token itself: mathematics is done once. */
  readonly verified: Recent<VerifiedToken>
  /** By the credential. What it rests on is read again as soon as anything has moved, and held against the clock each time. */
  readonly footings: Recent<ReadFooting>
}

const header = z.object({ alg: z.literal('ES256'), typ: z.literal('at+jwt'), kid: z.string().max(200) })
const claims = z.object({
  iss: z.string(),
  aud: z.string(),
  jti: z.string().max(200),
  exp: z.number(),
  cnf: z.record(z.string(), z.string()).optional(),
})
type Claims = z.infer<typeof claims>

/**
 * Gives the agent behind one of our access tokens (RFC 9068), if the token and all that it rests on count now.
 * Errors: `token_invalid`, `token_expired`, `token_audience`, `token_revoked`, `task_not_active`, `identity_inactive`,
 * `cut_off`, and `proof_missing` or `proof_invalid` for a token bound to a key (RFC 9449 section 7.1).
 * One that is bound to a certificate is `token_invalid` over any other connection (RFC 8705 section 3).
 * `audience` null takes any audience of ours: for doors where the token speaks about itself.
 */
async function readAccessToken(
  desk: AccessTokenDesk,
  token: string,
  audience: string | null,
  proved: Proved,
): Promise<AgentCaller> {
  const read = verifyFor(desk, token, audience)
  const footing = recallFooting(desk, read.jti) ?? (await findFooting(desk, read.jti))
  if (footing === undefined) throw new RemitError('token_invalid')
  return standOn(desk, read, footing, proved)
}

function recallAgent(
  desk: AccessTokenDesk,
  token: string,
  audience: string | null,
  proved: Proved,
): AgentCaller | undefined {
  const read = verifyFor(desk, token, audience)
  const footing = recallFooting(desk, read.jti)
  return footing === undefined ? undefined : standOn(desk, read, footing, proved)
}

function verifyFor(desk: AccessTokenDesk, token: string, audience: string | null): Claims {
  const read = verifyAccessToken(desk, token)
  if (audience !== null && read.aud !== audience) throw new RemitError('token_audience')
  return read
}

function standOn({ clock }: AccessTokenDesk, read: Claims, footing: KeptFooting, proved: Proved): AgentCaller {
  const fault = findStandingFault(footing, clock.nowMs())
  if (fault !== undefined) throw new RemitError(fault, { facts: { identityId: footing.identity.id } })
  requireProof(read, footing, proved)
  return proveCaller<AgentCaller>({
    kind: 'agent',
    identity: footing.identity,
    task: footing.task,
    credential: footing.credential,
    possession: possessionOf(footing.credential),
    changes: proved.proof?.changes ?? [],
  })
}

/** What a credential rests on, as long as nothing has moved since it was read. */
function recallFooting({ store, footings }: AccessTokenDesk, id: string): KeptFooting | undefined {
  const known = footings.get(id)
  return known !== undefined && known.moves === store.standingMoves() ? known.footing : undefined
}

async function findFooting({ store, footings }: AccessTokenDesk, id: string): Promise<KeptFooting | undefined> {
  const moves = store.standingMoves()
  const footing = await readFooting(store, id)
  if (footing !== undefined && moves !== null && store.standingMoves() === moves) footings.set(id, { footing, moves })
  return footing
}

function requireProof(read: Claims, footing: KeptFooting, { proof, certificate }: Proved): void {
  const bound = possessionOf(footing.credential)
  if (!isDeepStrictEqual(confirm(bound).cnf, read.cnf)) throw new RemitError('token_invalid')
  if (bound === null) return
  if (bound.kind === 'x5t#S256') requireCertificate(bound, certificate)
  else requireKey(bound, proof)
}

function requireKey({ thumbprint }: Possession, proof: DpopProof | undefined): void {
  if (proof === undefined) throw new RemitError('proof_missing')
  if (proof.thumbprint !== thumbprint) throw new RemitError('proof_invalid')
}

function requireCertificate({ thumbprint }: Possession, certificate: PeerCertificate | undefined): void {
  if (certificate?.thumbprint === thumbprint) return
  throw new RemitError('token_invalid', {
    detail: `The token is bound to a certificate, and this connection has ${certificate === undefined ? 'none' : 'another one'}.`,
  })
}

/** Checks form, signature and times of one of our tokens; nothing of what it rests on. */
function verifyAccessToken(desk: AccessTokenDesk, token: string): Claims {
  const { claims: read } = findVerified(desk, token) ?? verifyToken(desk, token)
  if (read.iss !== desk.issuer) throw new RemitError('token_invalid')
  if (read.exp * 1000 <= desk.clock.nowMs()) throw new RemitError('token_expired')
  return read
}

/** A key that is no longer published verifies nothing, whatever it once did. */
function findVerified({ verified, keyOf }: AccessTokenDesk, token: string): VerifiedToken | undefined {
  const known = verified.get(token)
  return known !== undefined && keyOf(known.kid) === known.key ? known : undefined
}

function verifyToken({ verified, keyOf }: AccessTokenDesk, token: string): VerifiedToken {
  const jwt = parseCompactJwt(token, 'token_invalid')
  const { kid } = readShape(header, jwt.header)
  const key = keyOf(kid)
  const signed = Buffer.from(jwt.signingInput, 'ascii')
  if (key === undefined || !verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, jwt.signature))
    throw new RemitError('token_invalid')
  const made = { kid, key, claims: readShape(claims, jwt.claims) }
  verified.set(token, made)
  return made
}

function readShape<T>(shape: z.ZodType<T>, part: JsonObject): T {
  const read = shape.safeParse(part)
  if (read.success) return read.data
  throw new RemitError('token_invalid', { cause: read.error })
}
