import type { Missed, Stranger } from '../../authenticate/caller.ts'
import { quoteUnlessWord } from '../../contract/approval/quote.ts'
import { meansSubject } from '../../contract/register/binding.ts'
import { headsOf } from '../../contract/register/value-rule.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import { discoverIdentity } from '../../register/identity.ts'
import type { House } from '../house.ts'

/**
 * Refuses a workload that nobody registered, after it is on record: it stands in the register as `discovered`, inert,
 * with the proof that it showed. Always throws: `identity_unknown`, or `assertion_replayed`.
 */
export async function refuseStranger(house: House, stranger: Stranger): Promise<never> {
  const missed = await findTaken(house, stranger)
  // the name is bound to an identity, but under claims that this proof lacks: nothing new to adopt
  if (missed !== undefined)
    throw new RemitError('identity_unknown', {
      detail: `This proof lacks claims that the binding of the identity asks for: ${missed.claims.map(quoteUnlessWord).join(', ')}.`,
      facts: { ...missed },
    })
  const trust = house.authenticate.trustOf(stranger.issuer)
  const most = trust?.discoveredMax ?? LIMITS.discoveredMax
  await requireFewUnknown(house, stranger.issuer, most)
  const { identity, fact } = discoverIdentity(
    { ...stranger, vendor: trust?.vendor ?? null },
    house.ids,
    house.clock.nowMs(),
  )
  try {
    const recorded = await house.bindInTurn(async () => {
      await requireStillUnknown(house, stranger)
      await requireFewUnknown(house, stranger.issuer, most) // many at once would all find few
      return await house.log.record(fact)
    })
    throw new RemitError('identity_unknown', { facts: { identityId: identity.id, entry: recorded.index } })
  } catch (error) {
    if (isError(error, 'conflict') && error.facts['table'] === 'seen_proofs')
      throw new RemitError('assertion_replayed', { cause: error })
    throw isError(error, 'conflict') ? new RemitError('identity_unknown', { cause: error }) : error
  }
}

async function requireFewUnknown(house: House, issuer: string, most: number): Promise<void> {
  const [here, everywhere] = await Promise.all([
    house.register.discoveredAt(issuer),
    house.register.identityCount('discovered'),
  ])
  if (here >= most || everywhere >= LIMITS.discoveredEverywhereMax)
    throw new RemitError('identity_unknown', {
      detail: 'This workload is not registered, and too many unknown ones wait for a person already.',
    })
}

/** A binding may have been put for it since it was looked for: of two that match neither would count. */
async function requireStillUnknown(house: House, stranger: Stranger): Promise<void> {
  const { bindingKind, issuer, subject, missed } = stranger
  const names = [subject, ...headsOf(subject, LIMITS.patternSegmentsMax)]
  const kept = await house.register.bindingsFor(issuer, unique(names))
  const isKnown = kept.some(
    (row) =>
      row.kind === bindingKind &&
      row.endedMs === null &&
      meansSubject(row, subject) &&
      missed.every(({ identityId }) => identityId !== row.identityId),
  )
  if (isKnown) throw new RemitError('identity_unknown', { detail: 'It has just been bound; show a new proof.' })
}

/** Gives an identity that is bound to this name, but by other claims. One that nobody answers for takes no name from others. */
async function findTaken(house: House, { missed }: Stranger): Promise<Missed | undefined> {
  const identities = await Promise.all(missed.map(({ identityId }) => house.register.identity(identityId)))
  return missed.find((_, at) => (identities[at]?.state ?? 'discovered') !== 'discovered')
}
