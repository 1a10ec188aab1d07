import type { Binding } from '../../contract/register/binding.ts'
import { RemitError } from '../../ground/errors.ts'
import { ALGORITHM_NAMES } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { checkHeader } from '../compact-jwt.ts'
import { importVerifyKey, type VerifyKey, verifySignature } from '../jws-algorithms.ts'
import { checkClaims } from './assertion-claims.ts'
import { type AssertionKind, type Court, pickKeys, rememberAssertion, requireSignature } from './assertion-kinds.ts'
import { findBindings } from './bound-identity.ts'

/** The name that bindings of registered keys have for their issuer. */
const selfIssuer = 'self'

const HEADER_RULES = {
  algorithms: ALGORITHM_NAMES,
  names: ['kid', 'typ'],
  types: ['JWT', 'jwt', 'client-authentication+jwt'],
}

function keysOf({ keys }: Binding): readonly VerifyKey[] {
  return keys.map((jwk) => importVerifyKey({ ...jwk })).filter((key): key is VerifyKey => key !== undefined)
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
      const shown = { bindingKind: 'key', issuer: selfIssuer, subject: checked.subject, claims: jwt.claims } as const
      const { matching } = await findBindings(court.store, shown, rules.nowMs)
      if (matching.length === 0)
        throw new RemitError('issuer_unknown', { detail: 'No key is registered under this name.' })
      const pick = pickKeys(jwt.header, algorithm)
      requireSignature(
        jwt,
        algorithm,
        matching.flatMap((binding) => pick(keysOf(binding))),
      )
      const by = matching.find((binding) =>
        pick(keysOf(binding)).some((key) => verifySignature(algorithm, key, jwt.signingInput, jwt.signature)),
      )
      const seen = rememberAssertion(['key', checked.subject], jwt, checked)
      return { ...shown, attested: false, bindingId: by?.id, seen }
    },
  }
}
