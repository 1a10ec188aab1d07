import { RemitError } from '../../ground/errors.ts'
import type { Court } from '../assertion/assertion-kinds.ts'
import type { KeySource } from '../assertion/key-source.ts'
import { type Certificate, KEY_USES } from './certificate.ts'
import { type Chain, hasPath, requireTimely } from './chain.ts'
import { type OpenAuthority, selfIssuer } from './client-authority.ts'
import { writeDistinguishedName } from './distinguished-name.ts'
import { refuseRevoked } from './revocation-list.ts'
import { isSvid, readSvid } from './svid.ts'

/** Who a certificate is said to be by somebody who may say so: one name, or several of which bindings know one. */
export interface VerifiedCertificate {
  readonly bindingKind: 'spiffe' | 'certificate'
  readonly names: readonly { readonly issuer: string; readonly subject: string }[]
  /** True where its authority vouches for where the workload runs. */
  readonly attested: boolean
}

/** By whom certificates are judged. */
export interface CertificateCourt extends Pick<Court, 'clock'> {
  /** The bundles of trust domains, by their names. */
  readonly domains: ReadonlyMap<string, KeySource>
  readonly authorities: readonly OpenAuthority[]
}

/**
 * Verifies the certificate of a connection. One with a SPIFFE ID is an X.509-SVID, judged by the bundle of the trust domain
 * that it names, and by nothing else. Any other one is its own name (RFC 8705 section 2.2: whoever registered it vouches
 * for it), and one of an authority that is configured has its alternative names too (section 2.1).
 * Errors: `certificate_invalid`, `certificate_missing`, `spiffe_id_invalid`, `issuer_unknown`, `issuer_unavailable`.
 */
export async function verifyCertificate(court: CertificateCourt, chain: Chain): Promise<VerifiedCertificate> {
  requireTimely(chain[0], court.clock.nowMs())
  return isSvid(chain[0]) ? await verifySvid(court, chain) : verifyClient(court, chain)
}

async function verifySvid(court: CertificateCourt, chain: Chain): Promise<VerifiedCertificate> {
  const { spiffeId, trustDomain } = readSvid(chain[0])
  const source = court.domains.get(trustDomain)
  if (source === undefined)
    throw new RemitError('issuer_unknown', { detail: 'The trust domain of the SVID is not trusted here.' })
  const nowMs = court.clock.nowMs()
  const found = await source.findAuthorities((known) => (hasPath(chain, known, nowMs) ? known : []))
  if (found.length === 0)
    throw new RemitError('certificate_invalid', {
      detail:
        'No path leads from the certificate to an authority of its trust domain: by signatures, times, uses and bounds.',
    })
  return { bindingKind: 'spiffe', names: [{ issuer: trustDomain, subject: spiffeId }], attested: true }
}

const clientAuth = '1.3.6.1.5.5.7.3.2'

function verifyClient({ authorities, clock }: CertificateCourt, chain: Chain): VerifiedCertificate {
  const [leaf] = chain
  const nowMs = clock.nowMs()
  const above = authorities.filter(({ certificates }) => hasPath(chain, certificates, nowMs))
  // what an authority has revoked is nobody's of hers, and not even that of whoever registered it by itself, for whatever it was
  for (const { revoked } of above) if (revoked !== null) refuseRevoked(chain, revoked(), nowMs)
  const vouching = isClient(leaf) ? above : []
  const names = vouching.flatMap(({ name }) => namesOf(leaf).map((subject) => ({ issuer: name, subject })))
  return {
    bindingKind: 'certificate',
    names: [{ issuer: selfIssuer, subject: leaf.thumbprint }, ...names],
    attested: false,
  }
}

/** A certificate that an authority gave to a server proves no client, and one that signs others is nobody's. */
function isClient({ isAuthority, keyUses, purposes }: Certificate): boolean {
  return (
    !isAuthority &&
    keyUses?.bits.has(KEY_USES.digitalSignature) !== false &&
    (purposes === null || purposes.includes(clientAuth))
  )
}

const isNameless = (subject: Uint8Array): boolean => subject.length === 2

/**
 * As bindings write them: `tls_client_auth_san_dns`, `_uri`, `_email` and `_ip` of RFC 8705 section 2.1.2, each with its form,
 * and `tls_client_auth_subject_dn`.
 */
function namesOf({ names, subject }: Certificate): readonly string[] {
  return [
    ...names.dns.map((name) => `dns:${name.toLowerCase()}`),
    ...names.uris.map((name) => `uri:${name}`),
    ...names.emails.map((name) => `email:${name}`),
    ...names.ips.map((name) => `ip:${name}`),
    ...(isNameless(subject) ? [] : [`dn:${writeDistinguishedName(subject)}`]),
  ]
}
