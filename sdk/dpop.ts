import { encodeBase64url } from './base64url.ts'
import type { PrivateJwk } from './key-assertion.ts'
import { ES256, signJwt } from './sign-jwt.ts'

/** A key that an agent proves to hold; the private part never leaves the runtime. */
export interface ProofKey {
  readonly publicJwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  /** RFC 7638 thumbprint of the public part: what `cnf.jkt` of a bound token says. */
  readonly thumbprint: string
  /** Signs for one request (RFC 9449 section 4.2); with `token` for this token alone, with the `nonce` that a server asked for. */
  prove(method: string, url: string, token?: string, nonce?: string): Promise<string>
}

/** Makes a new P-256 key whose private part cannot be exported. It ends with the process. */
export async function createProofKey(): Promise<ProofKey> {
  const pair = await crypto.subtle.generateKey(ES256, false, ['sign', 'verify'])
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return proofKeyOf(pair.privateKey, { x, y })
}

/**
 * Makes a proof key of a private one that is kept, as `remit key make` writes it: a workload that starts again, and shows an
 * assertion again that its platform hands out for longer, is known by it.
 */
export async function importProofKey(privateJwk: PrivateJwk): Promise<ProofKey> {
  return proofKeyOf(await crypto.subtle.importKey('jwk', privateJwk, ES256, false, ['sign']), privateJwk)
}

async function proofKeyOf(
  privateKey: CryptoKey,
  { x, y }: { readonly x: string; readonly y: string },
): Promise<ProofKey> {
  const publicJwk = { kty: 'EC', crv: 'P-256', x, y } as const
  return {
    publicJwk,
    thumbprint: await digest(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })),
    prove: async (method, url, token, nonce) => {
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: withoutQuery(url),
        iat: Math.floor(Date.now() / 1000),
        ...(token === undefined ? {} : { ath: await digest(token) }),
        ...(nonce === undefined ? {} : { nonce }),
      }
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk } as const
      return signJwt(privateKey, header, claims)
    },
  }
}

async function digest(text: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
