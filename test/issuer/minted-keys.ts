import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

/** A key pair with which assertions are signed. */
export interface MintedKey {
  readonly kid: string
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

/** Makes a key pair for an algorithm. */
export async function mintKey(algorithm: string, kid: string): Promise<MintedKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return { kid, algorithm, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm } }
}

/** What an assertion says; a claim that is undefined is left out. */
export type Claims = Readonly<Record<string, unknown>>

/** Signs claims as they are; a header member that is undefined is left out. */
export function signClaims(
  key: MintedKey,
  claims: Claims,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const whole = { alg: key.algorithm, kid: key.kid, typ: 'JWT', ...header }
  const told = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))
  return new SignJWT(claims as JWTPayload).setProtectedHeader({ ...told, alg: key.algorithm }).sign(key.privateKey)
}
