import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { usageError } from './command.ts'

/** Reads a certificate (PEM, the first of the file) and gives its SHA-256 as base64url (RFC 8705 section 3.1). */
export function readThumbprint(file: string): string {
  try {
    const certificate = new X509Certificate(readFileSync(file))
    return Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
  } catch {
    throw usageError(`${file} holds no certificate that can be read.`, 'Name a PEM file, such as agent.crt.')
  }
}
