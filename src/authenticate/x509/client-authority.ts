import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type Certificate, readCertificate } from './certificate.ts'

/** An authority whose certificates prove clients (RFC 8705 section 2.1), under the name by which bindings know it. */
export interface ClientAuthority {
  readonly name: string
  /** Its certificates as PEM, one or several. */
  readonly pem: string
}

/** An authority that was read. */
export interface OpenAuthority {
  readonly name: string
  readonly certificates: readonly Certificate[]
}

/** The issuer of bindings of certificates that nobody signed but their own key: no authority bears it. */
export const selfIssuer = 'self'

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** Reads authorities. Errors: `config_invalid` for one that holds no certificate of an authority, and for a name twice. */
export function openAuthorities(rows: readonly ClientAuthority[]): readonly OpenAuthority[] {
  const names = rows.map(({ name }) => name)
  if (new Set([selfIssuer, ...names]).size !== names.length + 1)
    throw new RemitError('config_invalid', {
      detail: 'The same client authority is configured twice, or is named self.',
    })
  return rows.map(({ name, pem }) => ({ name, certificates: readAuthorities(name, pem) }))
}

function readAuthorities(name: string, pem: string): readonly Certificate[] {
  const blocks = [...pem.matchAll(BLOCK)].map(([, text = '']) => Buffer.from(text, 'base64'))
  const refuse = (why: string, cause?: unknown): never => {
    throw new RemitError('config_invalid', { detail: `The client authority ${name} cannot be trusted: ${why}.`, cause })
  }
  if (blocks.length === 0 || blocks.length > LIMITS.authoritiesMax)
    refuse(`its file must hold 1 to ${LIMITS.authoritiesMax} certificates as PEM`)
  try {
    const read = blocks.map(readCertificate)
    return read.every(({ isAuthority }) => isAuthority) ? read : refuse('a certificate in its file is of no authority')
  } catch (cause) {
    return refuse(cause instanceof RemitError ? cause.detail : 'its file cannot be read', cause)
  }
}
