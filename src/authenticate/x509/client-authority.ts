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
  readonly look: () => AuthorityStatus
}

/** How long an authority goes on proving clients as it is. Times in epoch milliseconds. */
export interface AuthorityStatus {
  readonly name: string
  /** When the first of its names has no certificate left that counts. */
  readonly endsMs: number
  /**
   * When the first of its names has no list of revoked certificates left, and for how long such a list was good; null where none is asked
   * for.
   */
  readonly revoked: { readonly endsMs: number; readonly spanMs: number } | null
  /** Why its lists could not be read again; null while they could. */
  readonly problem: string | null
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
    const kept = readRevoked === undefined ? null : keepRevoked(name, readRevoked, certificates, clock)
    return {
      name,
      certificates,
      revoked: kept === null ? null : kept.lists,
      look: () => ({
        name,
        endsMs: Math.min(...certificates.map((each) => endOfName(each.subject, certificates))),
        revoked: kept === null ? null : findFirstEnd(certificates, kept.lists()),
        problem: kept === null ? null : kept.problem(),
      }),
    }
  })
}

/** Of several certificates of one name the last to end counts: the next one lies beside the one before. */
const endOfName = (name: Uint8Array, certificates: readonly Certificate[]): number =>
  Math.max(...certificates.filter(({ subject }) => isSameName(subject, name)).map(({ notAfterMs }) => notAfterMs))

/** Of whom no list says whether they were revoked, nobody counts: the list of a name that has none ended long ago. */
function findFirstEnd(
  certificates: readonly Certificate[],
  lists: readonly RevocationList[],
): { readonly endsMs: number; readonly spanMs: number } {
  const ends = certificates.map(({ subject }) => {
    const own = lists.filter(({ issuer }) => isSameName(issuer, subject))
    const [last] = [...own].sort((x, y) => y.untilMs - x.untilMs)
    return last === undefined ? { endsMs: 0, spanMs: 0 } : { endsMs: last.untilMs, spanMs: last.untilMs - last.fromMs }
  })
  return ends.reduce((first, each) => (each.endsMs < first.endsMs ? each : first))
}

/** Lists as they are now, and why they could not be read again. */
interface KeptLists {
  readonly lists: () => readonly RevocationList[]
  readonly problem: () => string | null
}

/**
 * Where they cannot be read again, those of before count up to their own end; what they say of certificates is never forgotten
 * early.
 */
function keepRevoked(name: string, read: () => string, certificates: readonly Certificate[], clock: Clock): KeptLists {
  let text: string | undefined
  let problem: string | null = null
  let atMs = clock.monotonicMs()
  let lists: readonly RevocationList[] = []
  const renew = (): void => {
    const next = read()
    if (next !== text) lists = requireNoOlder(lists, readRevocationLists(next, certificates))
    text = next
    problem = null
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
  const keep = (): readonly RevocationList[] => {
    if (clock.monotonicMs() - atMs < LIMITS.revocationReadMs) return lists
    atMs = clock.monotonicMs()
    try {
      renew()
    } catch (error) {
      problem = error instanceof RemitError ? error.detail : 'The file cannot be read.'
      const detail = `The crlFile of the client authority ${name} is not taken.`
      reportUnknown(new RemitError('certificate_invalid', { detail, cause: error }))
    }
    return lists
  }
  return { lists: keep, problem: () => problem }
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
