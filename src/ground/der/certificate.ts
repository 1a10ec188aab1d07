import { createHash, type KeyObject, sign } from 'node:crypto'
import { toRfc3339 } from '../clock.ts'
import { bits, type Der, integer, octets, oid, sequence, set, tagged, text, truth, utcTime } from './write.ts'

/** What a certificate is to say (RFC 5280 section 4.1): names and extensions as DER, times in epoch milliseconds. */
export interface CertificateParts {
  /** Any bytes that no other certificate of this issuer is made of; 16 of them are used. */
  readonly serial: Uint8Array
  readonly issuer: Der
  readonly subject: Der
  readonly fromMs: number
  readonly untilMs: number
  readonly holder: KeyObject
  readonly signer: KeyPair
  readonly extensions: readonly Der[]
}

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/**
 * Writes a certificate of version 3, signed with ECDSA and SHA-256. Which keys are meant is added (RFC 5280 section 4.2.1.1).
 */
export function writeCertificate(parts: CertificateParts): Der {
  const { serial, issuer, subject, fromMs, untilMs, holder, signer, extensions } = parts
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const number = Buffer.from(serial.subarray(0, 16))
  number[0] = ((number[0] ?? 0) & 0x3f) | 0x40
  const body = sequence(
    tagged(0, integer(Uint8Array.of(2)), true),
    integer(number),
    algorithm,
    issuer,
    sequence(utcTime(toRfc3339(fromMs)), utcTime(toRfc3339(untilMs))),
    subject,
    encodeKey(holder),
    tagged(3, sequence(...extensions, ...identifyKeys(holder, signer.publicKey)), true),
  )
  return sequence(body, algorithm, bits(sign('sha256', body, signer.privateKey)))
}

/** Writes an extension (RFC 5280 section 4.2). */
export const extension = (id: string, isCritical: boolean, value: Der): Der =>
  sequence(oid(id), ...(isCritical ? [truth()] : []), octets(value))

/** A name of one part, its common name. */
export const named = (commonName: string): Der => sequence(set(sequence(oid('2.5.4.3'), text(commonName))))

/** Writes a certificate as others read it in files (RFC 7468). */
export function toPem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

const encodeKey = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' })

/** The name of a key in certificates: a digest of it. */
export const digestKey = (key: KeyObject): Uint8Array =>
  createHash('sha256').update(encodeKey(key)).digest().subarray(0, 20)

/** Which key it is of and which signed it (RFC 5280 sections 4.2.1.2 and 4.2.1.1): strict readers ask for both. */
const identifyKeys = (holder: KeyObject, signer: KeyObject): readonly Der[] => [
  extension('2.5.29.14', false, octets(digestKey(holder))),
  extension('2.5.29.35', false, sequence(tagged(0, digestKey(signer), false))),
]
