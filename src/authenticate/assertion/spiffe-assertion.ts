import { RemitError } from '../../ground/errors.ts'
import type { AlgorithmName } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { checkHeader } from '../compact-jwt.ts'
import { checkClaims, refuseActedFor } from './assertion-claims.ts'
import {
  type AssertionKind,
  type Court,
  rememberAssertion,
  requireKnownSignature,
  requirePublished,
  requireSignature,
} from './assertion-kinds.ts'
import type { KeySource } from './key-source.ts'
import { parseSpiffeId } from './spiffe-id.ts'

/** JWT-SVID section 2.1: no EdDSA. */
const ALGORITHMS: readonly AlgorithmName[] = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
]
/** JWT-SVID section 2.3 names both types, and no other way to write them. */
const HEADER_RULES = { algorithms: ALGORITHMS, names: ['kid', 'typ'], types: ['JWT', 'JOSE'], typesExact: true }

/**
 * The kind of a SPIFFE JWT-SVID (JWT-SVID sections 2 to 4), unless it names a trusted OIDC issuer. A SPIFFE binding is
 * attested: its authority hands SVIDs to workloads that it has recognised where they run.
 */
export function createSpiffeKind(
  court: Court,
  issuers: ReadonlyMap<string, unknown>,
  domains: { readonly sources: ReadonlyMap<string, KeySource>; readonly cached: ReadonlySet<string> },
): AssertionKind {
  return {
    maker: 'spiffe',
    takes: ({ iss, sub }) =>
      typeof sub === 'string' && /^spiffe:/i.test(sub) && !(typeof iss === 'string' && issuers.has(iss)),
    async verify(jwt) {
      const { sub } = jwt.claims
      const { trustDomain, path } = parseSpiffeId(typeof sub === 'string' ? sub : '')
      if (path === '')
        throw new RemitError('spiffe_id_invalid', {
          detail: 'The SPIFFE ID is of the trust domain, and of no workload in it.',
        })
      const source = domains.sources.get(trustDomain)
      if (source === undefined)
        throw new RemitError('issuer_unknown', { detail: 'The trust domain of the SVID is not trusted here.' })
      const algorithm = checkHeader(jwt.header, HEADER_RULES)
      const rules = {
        audiences: [court.audience],
        nowMs: court.clock.nowMs(),
        maxAgeSeconds: LIMITS.assertionAgeSecondsMax,
        issuedAtRequired: false,
        jtiRequired: false,
      }
      const checked = checkClaims(jwt.claims, rules)
      const isCached = domains.cached.has(trustDomain)
      const require = isCached ? requireKnownSignature : requireSignature
      await requirePublished(jwt, algorithm, source, require)
      refuseActedFor(jwt.claims)
      const seen = rememberAssertion(['spiffe', trustDomain], jwt, checked)
      return {
        bindingKind: 'spiffe',
        issuer: trustDomain,
        subject: checked.subject,
        claims: jwt.claims,
        attested: true,
        isCached,
        seen,
      }
    },
  }
}
