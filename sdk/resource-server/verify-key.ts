import { type Members, type ReadJwt, textOf } from './read-jwt.ts'

/** A signature algorithm (RFC 7518 section 3.1, RFC 8037): which keys it takes, and how the platform is asked. */
interface AlgorithmRow {
  readonly kty: 'EC' | 'OKP' | 'RSA'
  readonly crv: string | undefined
  readonly imported: { readonly name: string; readonly namedCurve?: string; readonly hash?: string }
  readonly verified: { readonly name: string; readonly hash?: string; readonly saltLength?: number }
}

const ecdsa = (crv: string, hash: string): AlgorithmRow => ({
  kty: 'EC',
  crv,
  imported: { name: 'ECDSA', namedCurve: crv },
  verified: { name: 'ECDSA', hash },
})
const rsa = (name: string, hash: string, saltLength?: number): AlgorithmRow => ({
  kty: 'RSA',
  crv: undefined,
  imported: { name, hash },
  verified: saltLength === undefined ? { name } : { name, saltLength },
})
const ed25519: AlgorithmRow = {
  kty: 'OKP',
  crv: 'Ed25519',
  imported: { name: 'Ed25519' },
  verified: { name: 'Ed25519' },
}

const ALGORITHMS = {
  ES256: ecdsa('P-256', 'SHA-256'),
  ES384: ecdsa('P-384', 'SHA-384'),
  EdDSA: ed25519,
  Ed25519: ed25519,
  RS256: rsa('RSASSA-PKCS1-v1_5', 'SHA-256'),
  PS256: rsa('RSA-PSS', 'SHA-256', 32),
} as const satisfies Record<string, AlgorithmRow>

/** An algorithm that signatures are verified by here. None is symmetric, and none is `none`. */
export type Algorithm = keyof typeof ALGORITHMS

/** All of them. */
export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as readonly Algorithm[] // the keys of the table, as they are typed

/** The members of a public key, in the order of RFC 7638. */
const PUBLIC = { EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'], RSA: ['e', 'kty', 'n'] } as const

/** Of 2048 to 4096 bits, told by the length of the text before anything is calculated with it. */
const [modulusCharsMin, modulusCharsMax] = [342, 683]

/** A public key for one algorithm. */
export interface PublicKey {
  readonly algorithm: Algorithm
  /** The public members alone, in the order of RFC 7638. */
  readonly members: Readonly<Record<string, string>>
  readonly key: CryptoKey
}

/** Makes a public key of a JWK (RFC 7517); null for one of another kind, broken, weak, or slow to verify with. */
export async function importPublicKey(jwk: Members, algorithm: Algorithm): Promise<PublicKey | null> {
  const row: AlgorithmRow = ALGORITHMS[algorithm]
  if (textOf(jwk, 'kty') !== row.kty || textOf(jwk, 'crv') !== row.crv) return null
  if (Object.hasOwn(jwk, 'alg') && jwk['alg'] !== algorithm) return null
  const members: Record<string, string> = {}
  for (const name of PUBLIC[row.kty]) {
    const value = textOf(jwk, name)
    if (value === undefined) return null
    members[name] = value
  }
  if (row.kty === 'RSA' && !isQuickRsa(members)) return null
  try {
    const key = await crypto.subtle.importKey('jwk', members, row.imported, false, ['verify'])
    return { algorithm, members, key }
  } catch {
    return null // no point of its curve, or no key at all: it verifies nothing
  }
}

function isQuickRsa({ n = '', e }: Readonly<Record<string, string>>): boolean {
  return n.length >= modulusCharsMin && n.length <= modulusCharsMax && e === 'AQAB'
}

/** True where the key made the signature. */
export function isSignedBy({ algorithm, key }: PublicKey, { signature, input }: ReadJwt): Promise<boolean> {
  return crypto.subtle.verify(ALGORITHMS[algorithm].verified, key, signature, input)
}

/** Gives the algorithm that a header names, where it is among those that are allowed. */
export function algorithmOf(header: Members, allowed: readonly Algorithm[]): Algorithm | undefined {
  return allowed.find((name) => name === textOf(header, 'alg'))
}
