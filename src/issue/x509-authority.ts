import type { SigningKey } from '../contract/credential.ts'
import { extension, named, writeCertificate } from '../ground/der/certificate.ts'
import { bits, integer, sequence, tagged, truth } from '../ground/der/write.ts'
import { LIMITS } from '../ground/limits.ts'
import { type OpenKey, openSigningKey } from './signing-key.ts'

/** Marks of an authority that signs leaves alone (X509-SVID sections 4.1 and 4.3): no path below it, and certificates only. */
const AUTHORITY_MARKS = [
  extension('2.5.29.19', true, sequence(truth(), integer(Uint8Array.of(0)))),
  extension('2.5.29.15', true, bits(Uint8Array.of(0b0000_0100), 2)),
]

/** The name of an authority: by its key, so that a path is found at once where several are published. */
export const nameAuthority = ({ id }: Pick<OpenKey, 'id'>) => named(id)

/**
 * Gives a key of the use `x509-ca` the certificate by which its trust domain is known (X509-SVID section 4.2: its SPIFFE ID
 * has no path). It lives as long as the key is published, and counts a little before, for those whose clock is behind.
 */
export function certifyAuthority(key: SigningKey, masterKey: Uint8Array, trustDomain: string): SigningKey {
  const signer = openSigningKey(key, masterKey)
  const name = nameAuthority(key)
  const uri = tagged(6, Buffer.from(`spiffe://${trustDomain}`, 'ascii'), false)
  const der = writeCertificate({
    serial: Buffer.from(key.id.slice(-16), 'ascii'),
    issuer: name,
    subject: name,
    fromMs: key.createdMs - LIMITS.svidBackdateMs,
    untilMs: key.retiresMs ?? key.createdMs,
    holder: signer.publicKey,
    signer,
    extensions: [...AUTHORITY_MARKS, extension('2.5.29.17', false, sequence(uri))],
  })
  return { ...key, certificate: der.toString('base64') }
}
