import { createHash, randomUUID } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** Where the played server of tokens, and the server that takes them, are. */
export const ISSUER = 'https://remit.test'
export const AUDIENCE = 'https://api.example.org/v1'
export const LIST = `${ISSUER}/oauth/status/0`

/** A signing key with its public half. */
export interface Pair {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

/** Makes a key pair; ES256 where not said otherwise. */
export async function makePair(alg = 'ES256', kid: string = randomUUID()): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** Signs what is said, as `jose` does it. A member that is undefined is left out. */
export function signAs(pair: Pair, header: object, claims: object): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: pair.jwk.kid ?? '', ...header })
    .sign(pair.privateKey)
}

/** The claims of a token that counts; `nowMs` is the time of the test. */
export const claimsAt = (nowMs: number): Readonly<Record<string, unknown>> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'agent_1',
  client_id: 'agent_1',
  jti: randomUUID(),
  iat: Math.floor(nowMs / 1000),
  exp: Math.floor(nowMs / 1000) + 300,
  authorization_details: [{ type: 'urn:remit:task', task_id: 'task_1' }],
  status: { status_list: { idx: 5, uri: LIST } },
})

/** Packs the bytes of a list. */
export const pack = (bytes: Uint8Array): string => deflateSync(bytes, { level: 9 }).toString('base64url')

/** The claims of a status list. */
export const listAt = (nowMs: number, lst: string, more: object = {}): object => ({
  iss: ISSUER,
  sub: LIST,
  iat: Math.floor(nowMs / 1000),
  exp: Math.floor(nowMs / 1000) + 3600,
  ttl: 15,
  status_list: { bits: 1, lst },
  ...more,
})

/** A played server of tokens: what it answers may be changed, and how often it was asked is counted. */
export interface PlayedIssuer {
  readonly answers: Record<string, () => Promise<string> | string>
  readonly asked: string[]
  readonly fetch: (input: string | URL, init?: RequestInit) => Promise<Response>
}

/** Makes one whose addresses are in a table; what is not in it cannot be reached. */
export function playIssuer(answers: PlayedIssuer['answers']): PlayedIssuer {
  const asked: string[] = []
  return {
    answers,
    asked,
    fetch: async (input) => {
      asked.push(String(input))
      const answer = answers[String(input)]
      if (answer === undefined) throw new TypeError('fetch failed')
      return new Response(await answer())
    },
  }
}

/** Makes a DPoP proof as `jose` does it. */
export async function proveAs(pair: Pair, claims: object, header: object = {}): Promise<string> {
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = pair.jwk
  return new SignJWT({ jti: randomUUID(), ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })
    .sign(pair.privateKey)
}

/** RFC 7638. */
export const thumbprintOf = (pair: Pair): Promise<string> => calculateJwkThumbprint(pair.jwk)
/** RFC 9449 section 4.2. */
export const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url')
