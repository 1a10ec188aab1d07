import { encodeBase64url, encodeText } from './base64url.ts'

/** The one algorithm that this client signs with: ES256 (RFC 7518 section 3.4). */
export const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Signs claims with a P-256 key as a compact JWT (RFC 7515). `header` must say `alg: ES256`. */
export async function signJwt(key: CryptoKey, header: { readonly alg: 'ES256' }, claims: object): Promise<string> {
  const input = `${encodeText(JSON.stringify(header))}.${encodeText(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign(ES256, key, new TextEncoder().encode(input))
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`
}
