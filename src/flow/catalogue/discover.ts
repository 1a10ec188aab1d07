import type { Stranger } from '../../authenticate/caller.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { discoverIdentity } from '../../register/identity.ts'
import type { House } from '../house.ts'

/**
 * Refuses a workload that nobody registered, after it is on record: it stands in the register as `discovered`, inert,
 * with the proof that it showed. Always throws: `identity_unknown`, or `assertion_replayed`.
 */
export async function refuseStranger(house: House, stranger: Stranger): Promise<never> {
  const [missed] = stranger.missedIdentityIds
  // the name is bound to an identity, but under claims that this proof lacks: nothing new to adopt
  if (missed !== undefined)
    throw new RemitError('identity_unknown', {
      detail: 'This proof lacks claims that the binding of the identity asks for.',
      facts: { identityId: missed },
    })
  if ((await house.register.identityCount('discovered')) >= LIMITS.discoveredMax)
    throw new RemitError('identity_unknown', {
      detail: 'This workload is not registered, and too many unknown ones wait for a person already.',
    })
  const { identity, fact } = discoverIdentity(stranger, house.ids, house.clock.nowMs())
  try {
    const recorded = await house.log.record(fact)
    throw new RemitError('identity_unknown', { facts: { identityId: identity.id, entry: recorded.index } })
  } catch (error) {
    if (isError(error, 'conflict') && error.facts['table'] === 'seen_proofs')
      throw new RemitError('assertion_replayed', { cause: error })
    throw isError(error, 'conflict') ? new RemitError('identity_unknown', { cause: error }) : error
  }
}
