import { type Change, insert, type Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { RemitError } from '../../ground/errors.ts'
import { ALGORITHM_NAMES } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { checkClaims, refuseActedFor } from '../assertion/assertion-claims.ts'
import { type Court, pickKeys, rememberAssertion, requireSignature } from '../assertion/assertion-kinds.ts'
import { readBound } from '../assertion/bound-identity.ts'
import { proveCaller, type WorkloadCaller } from '../caller.ts'
import { checkHeader, parseCompactJwt } from '../compact-jwt.ts'
import type { VerifyKey } from '../jws-algorithms.ts'
import { heldBy, type Proved } from '../workload-proof.ts'

const HEADER_RULES = {
  algorithms: ALGORITHM_NAMES,
  names: ['kid', 'typ'],
  types: ['JWT', 'jwt', 'client-authentication+jwt'],
}

/** A client that brings a document of its own, with the keys that stand there. */
export interface DocumentClient {
  readonly binding: Kept<Binding>
  readonly keys: readonly VerifyKey[]
}

/**
 * Holds a client to the keys of its own document: its assertion (RFC 7523 section 3) names itself twice and us alone, and
 * counts once. Errors: `assertion_*`, `proof_invalid` for a DPoP proof that was shown before.
 */
export async function proveByDocument(
  court: Court,
  text: string,
  { binding, keys }: DocumentClient,
  proved: Proved,
): Promise<WorkloadCaller> {
  const jwt = parseCompactJwt(text)
  const algorithm = checkHeader(jwt.header, HEADER_RULES)
  const checked = checkClaims(jwt.claims, {
    audiences: [court.audience],
    nowMs: court.clock.nowMs(),
    maxAgeSeconds: LIMITS.assertionAgeSecondsMax,
    issuedAtRequired: true,
    jtiRequired: true,
  })
  refuseActedFor(jwt.claims)
  const clientId = binding.subject
  if (jwt.claims['iss'] !== clientId || checked.subject !== clientId)
    throw new RemitError('assertion_claims', { detail: 'iss and sub of the assertion are the client_id.' })
  await requireSignature(jwt, algorithm, pickKeys(jwt.header, algorithm)(keys))
  const seen = rememberAssertion(['client', clientId], jwt, checked)
  if ((await court.store.getSeenProof(seen.id)) !== undefined) throw new RemitError('assertion_replayed')
  const identity = await readBound(court.store, binding)
  const possession = heldBy(proved)
  const changes: readonly Change[] = [insert('seen_proofs', seen), ...(proved.proof?.changes ?? [])]
  const strength = possession === null ? 'bearer' : 'key-bound'
  return proveCaller<WorkloadCaller>({ kind: 'workload', identity, binding, strength, possession, changes })
}
