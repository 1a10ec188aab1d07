import type { JsonWebKeyPublic } from '../src/contract/register/binding.ts'
import { ES256, signJwt } from './sign-jwt.ts'

/** A private P-256 key (RFC 7518 section 6.2). */
export interface PrivateJwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y: string
  readonly d: string
}

/** A P-256 key pair as JWKs (RFC 7517). The private one stays with the agent; the public one becomes its binding. */
export interface AssertionKeys {
  readonly privateJwk: PrivateJwk
  readonly publicJwk: JsonWebKeyPublic
}

/** What an agent says of itself with a key of its own. */
export interface KeyAssertionOptions {
  /** The subject of its `key` binding. */
  readonly name: string
  /** The server's public URL. */
  readonly audience: string
  readonly privateJwk: PrivateJwk
}

const LIFE_SECONDS = 60

/** Makes a key pair for an agent whose platform gives it no identity. Where there is one, use that: it is no secret to keep. */
export async function createAssertionKeys(): Promise<AssertionKeys> {
  const pair = await crypto.subtle.generateKey(ES256, true, ['sign', 'verify'])
  const { x = '', y = '', d = '' } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return {
    privateJwk: { kty: 'EC', crv: 'P-256', x, y, d },
    publicJwk: { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', x, y },
  }
}

/** Gives the `assertion` callback of `createAgent`: a fresh `private_key_jwt` of one minute at each call (RFC 7523). */
export function createKeyAssertion(options: KeyAssertionOptions): () => Promise<string> {
  const { name, audience, privateJwk } = options
  const imported = crypto.subtle.importKey('jwk', privateJwk, ES256, false, ['sign'])
  imported.catch(() => undefined) // whoever asks for an assertion is told
  return async () => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: name, sub: name, aud: audience, jti: crypto.randomUUID(), iat, exp: iat + LIFE_SECONDS }
    return signJwt(await imported, { alg: 'ES256' }, claims)
  }
}
