import { encodeBase64url, encodeText } from './base64url.ts'

/** A key that an agent proves to hold; the private part never leaves the runtime. */
export interface ProofKey {
  readonly publicJwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  /** RFC 7638 thumbprint of the public part: what `cnf.jkt` of a bound token says. */
  readonly thumbprint: string
  /** Signs for one request (RFC 9449 section 4.2); with `token` the proof counts for this token alone. */
  prove(method: string, url: string, token?: string): Promise<string>
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const

/** Makes a new P-256 key whose private part cannot be exported. */
export async function createProofKey(): Promise<ProofKey> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const publicJwk = { kty: 'EC', crv: 'P-256', x, y } as const
  return {
    publicJwk,
    thumbprint: await digest(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })),
    prove: async (method, url, token) => {
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: withoutQuery(url),
        iat: Math.floor(Date.now() / 1000),
        ...(token === undefined ? {} : { ath: await digest(token) }),
      }
      return signJwt(pair.privateKey, { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk }, claims)
    },
  }
}

async function signJwt(key: CryptoKey, header: object, claims: object): Promise<string> {
  const input = `${encodeText(JSON.stringify(header))}.${encodeText(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign(SIGNATURE, key, new TextEncoder().encode(input))
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`
}

async function digest(text: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
