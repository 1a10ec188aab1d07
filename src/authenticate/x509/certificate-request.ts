import { createPublicKey, type KeyObject } from 'node:crypto'
import { expectTag, readDer, readSmallInteger, TAGS } from '../../ground/der/read.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { computeThumbprint } from '../dpop/proof.ts'
import { isSoundKey } from './certificate.ts'
import { readSignature } from './signature.ts'

/** A key, and that somebody who asks for a certificate of it holds it. */
export interface CertifiedKey {
  readonly publicKey: KeyObject
  /** RFC 7638, SHA-256 as base64url. */
  readonly thumbprint: string
}

const PEM = /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END \1?CERTIFICATE REQUEST-----\s*$/

/**
 * Reads a certification request (PKCS #10, RFC 2986) as PEM, and verifies that its key made it. Of all that it says only the
 * key counts: names and extensions in it are wishes, and who gets a certificate is known already. Errors: `request_invalid`.
 */
export function readCertificateRequest(pem: string): CertifiedKey {
  try {
    return readRequest(Buffer.from(PEM.exec(pem)?.[2] ?? '', 'base64'))
  } catch (cause) {
    const why = cause instanceof RemitError ? cause.detail : 'Its key cannot be read.'
    throw new RemitError('request_invalid', { detail: `The certification request does not count. ${why}`, cause })
  }
}

function readRequest(der: Uint8Array): CertifiedKey {
  if (der.length > LIMITS.certificateBytesMax) refuse(`It holds more than ${LIMITS.certificateBytesMax} bytes.`)
  const [body, algorithm, signature, ...more] = expectTag(readDer(der), TAGS.sequence).children()
  if (body === undefined || more.length > 0) refuse('It is not one.')
  const [version, , spki] = expectTag(body, TAGS.sequence).children()
  if (readSmallInteger(version) !== 0) refuse('It is of another version.')
  const isSigned = readSignature(algorithm, signature)
  if (isSigned === undefined) refuse('It is signed with an algorithm that is not allowed.')
  const publicKey = createPublicKey({
    key: Buffer.from(expectTag(spki, TAGS.sequence).whole),
    format: 'der',
    type: 'spki',
  })
  if (!isSoundKey(publicKey)) refuse('It holds a key of a kind or size that does not count here.')
  if (!isSigned(body, publicKey)) refuse('Its signature is not by its key.')
  return { publicKey, thumbprint: computeThumbprint({ ...publicKey.export({ format: 'jwk' }) }) }
}

function refuse(detail: string): never {
  throw new RemitError('certificate_invalid', { detail })
}
