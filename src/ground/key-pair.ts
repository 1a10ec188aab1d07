import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A new key: drawing one is drawing randomness, so it happens here only. */
export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const MAKERS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
} as const satisfies Readonly<Record<string, () => KeyPair>>

/** Makes a key pair for an algorithm (RFC 7518 section 3.4, RFC 8037 section 3.1). */
export function makeKeyPair(algorithm: keyof typeof MAKERS): KeyPair {
  return MAKERS[algorithm]()
}
