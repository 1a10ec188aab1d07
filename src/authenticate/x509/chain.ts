import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type Certificate, isSameName, KEY_USES, readCertificate } from './certificate.ts'

/** Certificates as somebody shows them, their own first. */
export type Chain = readonly [Certificate, ...Certificate[]]

/**
 * Reads the certificates that somebody shows, their own first: at most `LIMITS.chainCertificatesMax`, none twice.
 * Errors: `certificate_invalid`.
 */
export function readChain(ders: readonly Uint8Array[]): Chain {
  if (ders.length > LIMITS.chainCertificatesMax)
    refuse(`More than ${LIMITS.chainCertificatesMax} certificates were shown.`)
  const [leaf, ...above] = ders.map(readCertificate)
  if (leaf === undefined) throw new RemitError('certificate_missing')
  return [leaf, ...above]
}

/**
 * True where a chain leads to an authority that counts (RFC 5280 section 6.1): from the leaf over any of the others that
 * were shown, each once, up to one of `authorities`, each of them in its time, every signature by an authority that may
 * sign certificates and whose bound on the path is kept. At most `LIMITS.pathTriesMax` signatures are looked at. An
 * authority that counts is taken by its bytes: it need not have signed itself, nor say what its key is for. The leaf's own
 * marks and times are for the caller to judge.
 */
export function hasPath(chain: Chain, authorities: readonly Certificate[], nowMs: number): boolean {
  const [leaf, ...above] = chain
  return leadsUp({ authorities, nowMs, triesLeft: LIMITS.pathTriesMax }, leaf, above, 0)
}

interface Search {
  readonly authorities: readonly Certificate[]
  readonly nowMs: number
  triesLeft: number
}

/** `below` counts the authorities between `from` and the leaf, those that issued themselves left out. */
function leadsUp(search: Search, from: Certificate, left: readonly Certificate[], below: number): boolean {
  const issues = (by: Certificate): boolean => mayIssue(search, by, below) && hasSigned(search, by, from)
  if (search.authorities.some((by) => issues(by))) return true
  return left.some(
    (by) =>
      by.keyUses !== null &&
      issues(by) &&
      leadsUp(
        search,
        by,
        left.filter((each) => each !== by),
        below + (isSameName(by.subject, by.issuer) ? 0 : 1),
      ),
  )
}

function mayIssue({ nowMs }: Search, by: Certificate, below: number): boolean {
  return (
    by.isAuthority &&
    by.keyUses?.bits.has(KEY_USES.certSign) !== false &&
    isTimely(by, nowMs) &&
    (by.pathLengthMax === null || below <= by.pathLengthMax)
  )
}

function hasSigned(search: Search, by: Certificate, what: Certificate): boolean {
  if (!isSameName(by.subject, what.issuer) || search.triesLeft === 0) return false
  search.triesLeft -= 1
  return by.signed(what)
}

const isTimely = ({ notBeforeMs, notAfterMs }: Certificate, nowMs: number): boolean =>
  notBeforeMs <= nowMs && nowMs <= notAfterMs

/** Refuses (`certificate_invalid`) a certificate that is not valid at this moment. No tolerance: its authority left some. */
export function requireTimely(certificate: Certificate, nowMs: number): void {
  if (isTimely(certificate, nowMs)) return
  refuse(nowMs > certificate.notAfterMs ? 'It has expired.' : 'It is not valid yet.')
}

function refuse(detail: string): never {
  throw new RemitError('certificate_invalid', { detail: `The certificate does not count. ${detail}` })
}
