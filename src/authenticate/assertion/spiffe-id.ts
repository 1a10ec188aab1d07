import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'

/** A SPIFFE ID, taken apart. `path` is empty for the trust domain itself, else it begins with a slash. */
export interface SpiffeId {
  readonly trustDomain: string
  readonly path: string
}

/** On the raw text: a URL parser would normalise `..`, percent-encoding and case away, and hide the fault. */
const SPIFFE_ID = /^spiffe:\/\/([a-z0-9._-]+)((?:\/[A-Za-z0-9._-]+)*)$/

/** Reads a SPIFFE ID (SPIFFE-ID section 2). At most 2,048 bytes, trust domain at most 255. Error: `spiffe_id_invalid`. */
export function parseSpiffeId(text: string): SpiffeId {
  const [, trustDomain = '', path = ''] = (text.length <= LIMITS.spiffeIdBytesMax && SPIFFE_ID.exec(text)) || []
  const isSound = isTrustDomain(trustDomain) && !path.split('/').some((segment) => segment === '.' || segment === '..')
  if (!isSound) throw new RemitError('spiffe_id_invalid')
  return { trustDomain, path }
}

/** True for the name of a trust domain (SPIFFE-ID section 2.1). */
export function isTrustDomain(name: string): boolean {
  return name.length <= LIMITS.spiffeTrustDomainBytesMax && /^[a-z0-9._-]+$/.test(name)
}
