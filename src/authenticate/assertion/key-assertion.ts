import { RemitError } from '../../ground/errors.ts'
import { ALGORITHM_NAMES } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { checkHeader } from '../compact-jwt.ts'
import { checkClaims, refuseActedFor } from './assertion-claims.ts'
import { type AssertionKind, type Court, pickKeys, rememberAssertion, requireSignature } from './assertion-kinds.ts'
import { pickBindings } from './binding-keys.ts'
import { findBindings } from './bound-identity.ts'

/** The name that bindings of registered keys have for their issuer. */
const selfIssuer = 'self'

const HEADER_RULES = {
  algorithms: ALGORITHM_NAMES,
  names: ['kid', 'typ'],
  types: ['JWT', 'jwt', 'client-authentication+jwt'],
}

/** The kind of a client assertion signed by a registered key, `private_key_jwt` (RFC 7523 section 3): `iss` is `sub`. */
export function createKeyKind(court: Court): AssertionKind {
  return {
    maker: 'key',
    takes: ({ iss, sub }) => typeof iss === 'string' && iss === sub,
    async verify(jwt) {
      const algorithm = checkHeader(jwt.header, HEADER_RULES)
      const rules = {
        audiences: [court.audience],
        nowMs: court.clock.nowMs(),
        maxAgeSeconds: LIMITS.assertionAgeSecondsMax,
        issuedAtRequired: true,
        jtiRequired: false,
      }
      const checked = checkClaims(jwt.claims, rules)
      refuseActedFor(jwt.claims)
      const shown = { bindingKind: 'key', issuer: selfIssuer, subject: checked.subject, claims: jwt.claims } as const
      const { matching } = await findBindings(court.store, shown, rules.nowMs)
      if (matching.length === 0)
        throw new RemitError('issuer_unknown', { detail: 'No key is registered under this name.' })
      const keyed = pickBindings(matching, pickKeys(jwt.header, algorithm))
      const maker = await requireSignature(
        jwt,
        algorithm,
        keyed.flatMap(({ keys }) => keys),
      )
      const by = keyed.find(({ keys }) => keys.includes(maker))
      const seen = rememberAssertion(['key', checked.subject], jwt, checked)
      return { ...shown, attested: false, bindingId: by?.binding.id, seen }
    },
  }
}
