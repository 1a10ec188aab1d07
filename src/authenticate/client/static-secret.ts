import { timingSafeEqual } from 'node:crypto'
import { isProving, secretIssuer } from '../../contract/register/binding.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Court } from '../assertion/assertion-kinds.ts'
import { readBound } from '../assertion/bound-identity.ts'
import { proveCaller, type WorkloadCaller } from '../caller.ts'
import { heldBy, type Proved, refuseSpentProof } from '../workload-proof.ts'

/** A `client_id` with its `client_secret` (RFC 6749 section 2.3.1), as a request showed them. */
export interface ShownSecret {
  readonly clientId: string
  readonly secret: string
}

/** Of nobody: what is shown for a client that is not there is compared all the same. */
const nobody = digestText('')

/**
 * Finds the identity that a static secret proves. Only digests of equal length are compared, whoever the client is, in a time
 * that says nothing about them; and as a secret has 256 bits that only we make, one round of SHA-256 keeps it, and nobody makes
 * us work by showing wrong ones. Nothing is spent by it: it can be carried off for as long as it counts, which is why only
 * the tier T0 takes it. Errors: `secret_refused`, whatever of it is wrong; `secret_not_allowed` for an identity of any other
 * tier; those of the proof beside it.
 */
export async function findBySecret(
  court: Pick<Court, 'store' | 'clock' | 'spent'>,
  { clientId, secret }: ShownSecret,
  proved: Proved,
): Promise<WorkloadCaller> {
  const isBounded = clientId.length <= LIMITS.clientIdCharsMax && secret.length <= LIMITS.secretCharsMax
  const kept = isBounded ? await court.store.findBindings(secretIssuer, [clientId]) : []
  const binding = kept.find((row) => row.kind === 'secret' && isProving(row, court.clock.nowMs()))
  const isRight = isSameDigest(digestText(isBounded ? secret : ''), binding?.secretDigest ?? nobody)
  if (!isRight || binding?.secretDigest === undefined) throw new RemitError('secret_refused')
  const identity = await readBound(court.store, binding)
  if (!TIER_TERMS[identity.tier].staticSecretAllowed)
    throw new RemitError('secret_not_allowed', { facts: { identityId: identity.id, tier: identity.tier } })
  await refuseSpentProof(court, proved)
  const possession = heldBy(proved)
  return proveCaller<WorkloadCaller>({
    kind: 'workload',
    identity,
    binding,
    strength: possession === null ? 'bearer' : 'key-bound',
    possession,
    changes: proved.proof?.changes ?? [],
  })
}

/** Both are 64 hexadecimal digits: how long it takes says nothing of where they differ. */
function isSameDigest(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'))
}
