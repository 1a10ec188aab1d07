import { RemitError } from '../../ground/errors.ts'
import { parseSpiffeId } from '../assertion/spiffe-id.ts'
import { type Certificate, KEY_USES } from './certificate.ts'

/** An X.509-SVID by what it says of itself. */
export interface SvidName {
  readonly spiffeId: string
  readonly trustDomain: string
}

const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'

interface LeafRule {
  readonly says: string
  readonly holds: (leaf: Certificate) => boolean
}

/** X509-SVID sections 4.1, 4.3 and 4.4: a leaf. */
const LEAF_RULES: readonly LeafRule[] = [
  { says: 'It is an authority, and no workload.', holds: (leaf) => !leaf.isAuthority },
  { says: 'Its key usage is not marked as critical.', holds: ({ keyUses }) => keyUses?.isCritical === true },
  {
    says: 'Its key may not sign for itself.',
    holds: ({ keyUses }) => keyUses?.bits.has(KEY_USES.digitalSignature) === true,
  },
  {
    says: 'Its key may sign certificates or lists of revoked ones.',
    holds: ({ keyUses }) =>
      keyUses?.bits.has(KEY_USES.certSign) !== true && keyUses?.bits.has(KEY_USES.crlSign) !== true,
  },
  {
    says: 'Its purposes do not name both sides of TLS.',
    holds: ({ purposes }) =>
      purposes === null || [serverAuth, clientAuth].every((purpose) => purposes.includes(purpose)),
  },
]

/** True for a certificate that says that it is a workload's: that is judged by the rules of SPIFFE, and by no others. */
export function isSvid({ names }: Certificate): boolean {
  return names.uris.some((uri) => /^spiffe:/i.test(uri))
}

/**
 * Reads whose the leaf of an X.509-SVID is: exactly one URI, a SPIFFE ID with a path, and the marks of a leaf (X509-SVID
 * sections 2 to 5.2). Errors: `certificate_invalid`, `spiffe_id_invalid`.
 */
export function readSvid(leaf: Certificate): SvidName {
  const [spiffeId, ...more] = leaf.names.uris
  if (spiffeId === undefined || more.length > 0) return refuse('An X.509-SVID has exactly one URI, its SPIFFE ID.')
  const { trustDomain, path } = parseSpiffeId(spiffeId)
  if (path === '') refuse('Its SPIFFE ID has no path: it names a trust domain, and no workload.')
  const broken = LEAF_RULES.find((rule) => !rule.holds(leaf))
  return broken === undefined ? { spiffeId, trustDomain } : refuse(broken.says)
}

/** True for an authority that may sign SVIDs: one with a SPIFFE ID of its own has none with a path (X509-SVID section 4.2). */
export function mayIssueSvids(authority: Certificate): boolean {
  const { uris } = authority.names
  return uris.length === 0 || (uris.length === 1 && isTrustDomainId(uris[0] ?? ''))
}

function isTrustDomainId(uri: string): boolean {
  try {
    return !isSvidUri(uri) || parseSpiffeId(uri).path === ''
  } catch {
    return false // a name that is none signs nothing
  }
}

const isSvidUri = (uri: string): boolean => /^spiffe:/i.test(uri)

function refuse(detail: string): never {
  throw new RemitError('certificate_invalid', { detail: `The certificate does not count. ${detail}` })
}
