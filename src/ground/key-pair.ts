import { generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

/** A new key: drawing one is drawing randomness, so it happens here only. */
export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const MAKERS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
} as const satisfies Readonly<Record<string, () => KeyPair>>

const drawRsa = promisify(generateKeyPair)

/** Makes an RSA key pair of 3072 bits beside the event loop: to find its primes takes up to a second. */
export function makeRsaPair(): Promise<KeyPair> {
  return drawRsa('rsa', { modulusLength: 3072 })
}

/** Makes a key pair for an algorithm (RFC 7518 section 3.4, RFC 8037 section 3.1). */
export function makeKeyPair(algorithm: keyof typeof MAKERS): KeyPair {
  return MAKERS[algorithm]()
}
