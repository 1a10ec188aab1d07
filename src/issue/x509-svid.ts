import type { KeyObject } from 'node:crypto'
import { computeThumbprint } from '../authenticate/dpop/proof.ts'
import type { Credential } from '../contract/credential.ts'
import type { Permit } from '../contract/decision.ts'
import { extension, named, toPem, writeCertificate } from '../ground/der/certificate.ts'
import { bits, oid, sequence, tagged } from '../ground/der/write.ts'
import { sha256 } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import { spend } from '../record/recorded.ts'
import { spiffeIdOf } from './jwt-svid.ts'
import type { OpenKey } from './signing-key.ts'
import { nameAuthority } from './x509-authority.ts'

/** A certificate of a workload in our own trust domain, as it leaves the house. */
export interface IssuedSvid {
  readonly spiffeId: string
  /** The leaf, as PEM; the authority that signed it is in the bundle. */
  readonly certificate: string
  readonly credential: Credential
  /** The key that signed it. */
  readonly keyId: string
}

/** Marks of a leaf (X509-SVID sections 4.1 to 4.4): no authority, a key that signs for itself, on both sides of TLS. */
const LEAF_MARKS = [
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, bits(Uint8Array.of(0b1000_0000), 7)),
  extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
]

/**
 * Turns a recorded permit into an X.509-SVID of the key that the permit names. Its subject is the id of the credential, so
 * that whoever sees it can name it to us. It ends with the credential, and so before the task. Errors: `permit_spent`.
 */
export function issueX509Svid(
  recorded: Recorded<Permit<'token'>>,
  authority: OpenKey,
  { trustDomain, holder }: { readonly trustDomain: string; readonly holder: KeyObject },
): IssuedSvid {
  const { credential, identity } = spend(recorded).grant
  if (computeThumbprint({ ...holder.export({ format: 'jwk' }) }) !== credential.keyThumbprint)
    throw new RemitError('internal', { cause: new Error('the certificate would be of another key than was permitted') })
  const spiffeId = spiffeIdOf(trustDomain, identity.id)
  const der = writeCertificate({
    serial: sha256(Buffer.from(credential.id)),
    issuer: nameAuthority(authority),
    subject: named(credential.id),
    fromMs: credential.issuedMs - LIMITS.svidBackdateMs,
    untilMs: credential.expiresMs,
    holder,
    signer: authority,
    extensions: [...LEAF_MARKS, extension('2.5.29.17', false, sequence(tagged(6, Buffer.from(spiffeId), false)))],
  })
  return { spiffeId, certificate: toPem(der), credential, keyId: authority.id }
}
