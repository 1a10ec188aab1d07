import { type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { parseCompactJwt } from '../authenticate/compact-jwt.ts'
import { type Clock, toRfc3339 } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { signJwtAtOnce } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'

/** What a denial that people can be asked about says of itself, signed: whoever asks hands it back as it was. */
export interface SignedDenial {
  /** Index of the entry of the denied evaluation; unique, so that it is the `jti` too. */
  readonly evaluationId: string
  /** base64url SHA-256 over the canonical form of what was asked. */
  readonly binding: string
  /** The members of the context that are bound. */
  readonly members: readonly string[]
  readonly expiresMs: number
}

/** Makes and reads `binding_token` (AuthZEN access-request profile, draft 1, "Binding Token Integrity"). */
export interface DenialTokens {
  /** A JWS in compact form (ES256), to be verified with the keys at `jwks_uri`. */
  sign(denial: SignedDenial): string
  /** Whether its time is over is for whoever reads it. Errors: `invalid_denial_binding` for all that was not signed here and for this. */
  open(token: string): SignedDenial
}

/** What they are made of. `issuer` is the decision point, `audience` the address that takes requests for access. */
export interface DenialTokenParts {
  readonly key: () => OpenKey
  readonly keyOf: (id: string) => KeyObject | undefined
  readonly issuer: string
  readonly audience: string
  readonly clock: Clock
}

/** Of its own, so that none of our tokens passes for another. */
const TYPE = 'remit-denial+jwt'

const header = z.strictObject({ alg: z.literal('ES256'), typ: z.literal(TYPE), kid: z.string().max(200) })
const claims = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.int(),
  jti: z.string(),
  evaluation_id: z.string(),
  denial_expires_at: z.iso.datetime(),
  binding_context_members: z.array(z.string()),
  binding_hash: z.string(),
})

/** Makes the desk of these tokens. */
export function createDenialTokens(parts: DenialTokenParts): DenialTokens {
  return { sign: (denial) => signDenial(parts, denial), open: (token) => openDenial(parts, token) }
}

function signDenial({ key, issuer, audience, clock }: DenialTokenParts, denial: SignedDenial): string {
  const { evaluationId, binding, members, expiresMs } = denial
  const said = {
    iss: issuer,
    aud: audience,
    iat: Math.floor(clock.nowMs() / 1000),
    exp: Math.ceil(expiresMs / 1000),
    jti: evaluationId,
    evaluation_id: evaluationId,
    denial_expires_at: toRfc3339(expiresMs),
    binding_context_members: members,
    binding_hash: binding,
  }
  return signJwtAtOnce(key(), TYPE, said)
}

function openDenial({ keyOf, issuer, audience }: DenialTokenParts, token: string): SignedDenial {
  const jwt = parseCompactJwt(token, 'invalid_denial_binding')
  const head = header.safeParse(jwt.header)
  const key = head.success ? keyOf(head.data.kid) : undefined
  if (key === undefined) return refuse('No key of this decision point signed it.')
  const input = Buffer.from(jwt.signingInput, 'ascii')
  if (!verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, jwt.signature))
    return refuse('Its signature does not hold.')
  const said = claims.safeParse(jwt.claims)
  if (
    !said.success ||
    said.data.iss !== issuer ||
    said.data.aud !== audience ||
    said.data.jti !== said.data.evaluation_id
  )
    return refuse('It was not made for this address.')
  const expiresMs = Date.parse(said.data.denial_expires_at)
  const { evaluation_id: evaluationId, binding_hash: binding, binding_context_members: members } = said.data
  return { evaluationId, binding, members, expiresMs }
}

function refuse(why: string): never {
  throw new RemitError('invalid_denial_binding', { detail: `The binding_token is not ours: ${why}` })
}
