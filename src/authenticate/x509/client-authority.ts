import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { reportUnknown } from '../../ground/report.ts'
import { type Certificate, isSameName, readCertificate } from './certificate.ts'
import { type RevocationList, readRevocationLists } from './revocation-list.ts'

/** An authority whose certificates prove clients (RFC 8705 section 2.1), under the name by which bindings know it. */
export interface ClientAuthority {
  readonly name: string
  /** Its certificates as PEM, one or several. */
  readonly pem: string
  /** Gives its lists of revoked certificates as PEM, where it has some: asked again each `LIMITS.revocationReadMs`. */
  readonly readRevoked?: (() => string) | undefined
}

/** An authority that was read. */
export interface OpenAuthority {
  readonly name: string
  readonly certificates: readonly Certificate[]
  /** The lists of what it revoked, as they are now; null where it is not asked for any. */
  readonly revoked: (() => readonly RevocationList[]) | null
}

/** The issuer of bindings of certificates that nobody signed but their own key: no authority bears it. */
export const selfIssuer = 'self'

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** Reads authorities. Errors: `config_invalid` for one that holds no certificate of an authority, and for a name twice. */
export function openAuthorities(rows: readonly ClientAuthority[], clock: Clock): readonly OpenAuthority[] {
  const names = rows.map(({ name }) => name)
  if (new Set([selfIssuer, ...names]).size !== names.length + 1)
    throw new RemitError('config_invalid', {
      detail: 'The same client authority is configured twice, or is named self.',
    })
  return rows.map(({ name, pem, readRevoked }) => {
    const certificates = readAuthorities(name, pem)
    return {
      name,
      certificates,
      revoked: readRevoked === undefined ? null : keepRevoked(name, readRevoked, certificates, clock),
    }
  })
}

/**
 * Where they cannot be read again, those of before count up to their own end; what they say of certificates is never forgotten
 * early.
 */
function keepRevoked(
  name: string,
  read: () => string,
  certificates: readonly Certificate[],
  clock: Clock,
): () => readonly RevocationList[] {
  let text: string | undefined
  let atMs = clock.monotonicMs()
  let lists: readonly RevocationList[] = []
  const renew = (): void => {
    const next = read()
    if (next !== text) lists = requireNoOlder(lists, readRevocationLists(next, certificates))
    text = next
  }
  try {
    renew()
  } catch (cause) {
    const why = cause instanceof RemitError ? `: ${cause.detail}` : '.'
    throw new RemitError('config_invalid', {
      detail: `The crlFile of the client authority ${name} cannot be read${why}`,
      cause,
    })
  }
  return () => {
    if (clock.monotonicMs() - atMs < LIMITS.revocationReadMs) return lists
    atMs = clock.monotonicMs()
    try {
      renew()
    } catch (error) {
      reportUnknown(error)
    }
    return lists
  }
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

/** An older list that is put back would forget what was revoked since. */
function requireNoOlder(before: readonly RevocationList[], next: readonly RevocationList[]): readonly RevocationList[] {
  const isOlder = before.some(({ issuer, fromMs }) =>
    next.every((list) => !isSameName(list.issuer, issuer) || list.fromMs < fromMs),
  )
  if (isOlder)
    throw new RemitError('certificate_invalid', {
      detail: 'A list of revoked certificates is older than the one in use.',
    })
  return next
}
