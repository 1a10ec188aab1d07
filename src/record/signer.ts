import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { createNoteKey, formatVkey, type NoteKey, type SignBytes, type VerifySignature } from '../contract/log/note.ts'
import { sha256 } from '../ground/digest.ts'

/** The key of a log: it signs every checkpoint. Its name is the origin of the log. */
export interface LogSigner {
  readonly key: NoteKey
  /** What others verify with: `<name>+<key id>+<public key>`. Public. */
  readonly vkey: string
  /** Ed25519 (RFC 8032); the same bytes give the same signature. */
  readonly sign: SignBytes
}

/** Makes the signer of a log out of its Ed25519 private key; another kind of key is a RangeError. */
export function createSigner(name: string, privateKey: KeyObject): LogSigner {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new RangeError('a log signs with Ed25519')
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const key = createNoteKey(sha256, name, Uint8Array.from(Buffer.from(x, 'base64url')))
  return { key, vkey: formatVkey(key), sign: (message) => sign(null, message, privateKey) }
}

/** Verifies an Ed25519 signature; a key that is none verifies nothing. */
export const verifyEd25519: VerifySignature = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url')
  return verify(null, message, createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } }), signature)
}
