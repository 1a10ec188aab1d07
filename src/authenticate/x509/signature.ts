import { type KeyObject, verify } from 'node:crypto'
import { type DerNode, expectTag, readOid, TAGS } from '../../ground/der/read.ts'

/** Signatures of lists and requests that count, and the hash of each (RFC 5754, RFC 5758, RFC 4055): no SHA-1, and no EdDSA. */
export const SIGNATURE_HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256', // RSA
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', // ECDSA
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
}

/** Says whether a key made a signature over a value. */
export type IsSigned = (body: DerNode, key: KeyObject) => boolean

/**
 * Reads a signature (a BIT STRING) and its algorithm; undefined for an algorithm that does not count. Errors: those of a value
 * that is not what it has to be.
 */
export function readSignature(algorithm: DerNode | undefined, signature: DerNode | undefined): IsSigned | undefined {
  const name = readOid(expectTag(algorithm, TAGS.sequence).children()[0])
  const hash = Object.hasOwn(SIGNATURE_HASHES, name) ? SIGNATURE_HASHES[name] : undefined
  const [unused, ...made] = expectTag(signature, TAGS.bitString).bytes
  if (hash === undefined) return undefined
  return (body, key) => unused === 0 && verify(hash, body.whole, key, Uint8Array.from(made))
}
