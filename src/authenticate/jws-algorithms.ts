import { type AsymmetricKeyDetails, constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { AlgorithmName } from '../ground/jws-names.ts'
import { LIMITS } from '../ground/limits.ts'

/** One signature algorithm: which keys it takes and how node:crypto is asked. */
interface AlgorithmRow {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv: string | null
  readonly hash: string | null
  readonly padding: number | null
}

const rsa = (hash: string): AlgorithmRow => ({
  kty: 'RSA',
  crv: null,
  hash,
  padding: constants.RSA_PKCS1_PADDING,
})
const pss = (hash: string): AlgorithmRow => ({ ...rsa(hash), padding: constants.RSA_PKCS1_PSS_PADDING })
const ecdsa = (crv: string, hash: string): AlgorithmRow => ({
  kty: 'EC',
  crv,
  hash,
  padding: null,
})
const ed25519: AlgorithmRow = { kty: 'OKP', crv: 'Ed25519', hash: null, padding: null }

/** Every algorithm that any proof may be signed with. */
const ALGORITHMS: Readonly<Record<AlgorithmName, AlgorithmRow>> = {
  RS256: rsa('sha256'),
  RS384: rsa('sha384'),
  RS512: rsa('sha512'),
  PS256: pss('sha256'),
  PS384: pss('sha384'),
  PS512: pss('sha512'),
  ES256: ecdsa('P-256', 'sha256'),
  ES384: ecdsa('P-384', 'sha384'),
  ES512: ecdsa('P-521', 'sha512'),
  EdDSA: ed25519,
  Ed25519: ed25519,
}

/** A public key that may verify signatures. `kid` and `alg` are null where the JWK does not say. */
export interface VerifyKey {
  readonly kid: string | null
  readonly alg: string | null
  readonly kty: string
  readonly crv: string | null
  readonly object: KeyObject
}

/** The public members of each key type that matter here (RFC 7518 section 6, RFC 8037 section 2); others never reach the import. */
const PUBLIC_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
}

/** Gives the public members of a JWK in the order of RFC 7638, or undefined where it is of no known type or lacks one. */
export function pickPublicMembers(
  jwk: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> | undefined {
  const names =
    typeof jwk['kty'] === 'string' && Object.hasOwn(PUBLIC_MEMBERS, jwk['kty']) ? PUBLIC_MEMBERS[jwk['kty']] : undefined
  if (names === undefined) return undefined
  const members: Record<string, string> = {}
  for (const name of names) {
    const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined
    if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value)) return undefined
    members[name] = value
  }
  return members
}

/** Makes a key out of a JWK (RFC 7517); undefined where it cannot be used: unknown type, broken, too weak or too big. */
export function importVerifyKey(jwk: Readonly<Record<string, unknown>>): VerifyKey | undefined {
  const members = pickPublicMembers(jwk)
  const object = members === undefined ? undefined : importPublic(members)
  if (members === undefined || object === undefined || !isSound(object)) return undefined
  const text = (name: string): string | null => (typeof jwk[name] === 'string' ? jwk[name] : null)
  return { kid: text('kid'), alg: text('alg'), kty: members['kty'] ?? '', crv: members['crv'] ?? null, object }
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** True for a JWK that holds what nobody else may know: whoever shows it has shown its secret. */
export function holdsSecret(jwk: Readonly<Record<string, unknown>>): boolean {
  return PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))
}

function importPublic(members: Readonly<Record<string, string>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...members }, format: 'jwk' })
  } catch {
    return undefined // a key that does not import verifies nothing; callers say so in their own words
  }
}

function isSound({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): boolean {
  return type !== 'rsa' || isSoundRsa(details)
}

/** An RSA modulus or exponent out of bounds is weak, or slow enough to be used against us. */
export function isSoundRsa({ modulusLength = 0, publicExponent = 0n }: AsymmetricKeyDetails): boolean {
  return (
    modulusLength >= LIMITS.rsaBitsMin &&
    modulusLength <= LIMITS.rsaBitsMax &&
    publicExponent > 2n &&
    publicExponent < 2n ** 33n
  )
}

/** True where the key may be used with the algorithm: its type, its curve and, where it names one, its algorithm. */
export function fitsAlgorithm(key: VerifyKey, name: AlgorithmName): boolean {
  const row = ALGORITHMS[name]
  if (key.kty !== row.kty || key.crv !== row.crv) return false
  const isSameRow =
    key.alg !== null && Object.hasOwn(ALGORITHMS, key.alg) && ALGORITHMS[key.alg as AlgorithmName] === row
  return key.alg === null || key.alg === name || isSameRow
}

/**
 * True where the signature over `signingInput` verifies; ECDSA in fixed length only, never DER. On the spot: requests verify by
 * `verifying/`, beside the event loop.
 */
export function verifySignature(
  name: AlgorithmName,
  key: VerifyKey,
  signingInput: string,
  signature: Uint8Array,
): boolean {
  const row: AlgorithmRow = ALGORITHMS[name]
  if (!fitsAlgorithm(key, name)) return false
  const options =
    row.padding === null
      ? { key: key.object, dsaEncoding: 'ieee-p1363' as const }
      : { key: key.object, padding: row.padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return verify(row.hash, Buffer.from(signingInput, 'latin1'), options, signature)
}
