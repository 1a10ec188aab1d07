import type { ActionClass } from '../../contract/action-class.ts'
import type { Person } from '../../contract/register/person.ts'
import { TIER_TERMS, type TierTerms } from '../../contract/register/tier.ts'
import { CLIENT_COMPOSITION_LAW } from '../../decide/laws/composition.ts'
import { digestOf } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { type ConsentOffer, offerConsent } from '../../register/consent-offer.ts'
import type { House } from '../house.ts'
import type { FoundClient } from './find-client.ts'

/** What a client asks a person for, once all of it is known to be well-formed. */
export interface ConsentAsk {
  readonly redirectUri: string
  /** RFC 7636 S256 challenge. */
  readonly challenge: string
  /** A server behind the gateway, by name; a code is never for the house itself. */
  readonly server: string
  /** RFC 8707: the address of that server. */
  readonly resource: string
  readonly wanted: readonly ActionClass[]
  /** RFC 9449 section 10 `dpop_jkt`. */
  readonly keyThumbprint: string | null
}

/** A question to a person, as it would be put now. */
export interface PreparedConsent {
  readonly client: FoundClient
  readonly ask: ConsentAsk
  readonly offer: ConsentOffer
  readonly terms: TierTerms
  /** Digest of all that the person is shown: another one means that something moved meanwhile. */
  readonly shown: string
  /** Digest of what was asked, by which the same ask is known again. */
  readonly asked: string
}

/**
 * Works out what a person could let a client do: what its identity is entitled to, what they may do themselves, and the
 * reviewed tools of the server. Errors: `identity_inactive` where nobody answers for it, `denied` where its tier takes more
 * than a client can show, `composition_changed` where it was approved as it is made.
 */
export async function prepareConsent(
  house: House,
  person: Person,
  client: FoundClient,
  ask: ConsentAsk,
): Promise<PreparedConsent> {
  const { identity, owner } = client
  if (identity.state !== 'active' || identity.purpose === null || owner?.state !== 'active')
    throw new RemitError('identity_inactive', { detail: sayInactive(client), facts: { identityId: identity.id } })
  const [purpose, entitlements, rights, rules] = await Promise.all([
    house.register.purpose(identity.purpose),
    house.register.entitlementsOf(identity.id),
    house.register.rightsOf(person.id),
    house.register.toolRulesAt(ask.server),
  ])
  if (purpose === undefined) throw new RemitError('identity_inactive', { facts: { identityId: identity.id } })
  const { code, holds, says } = CLIENT_COMPOSITION_LAW // nobody is asked for a yes of which nothing can come
  if (!holds({ identity })) throw new RemitError(code, { detail: says({ identity }) })
  const terms = TIER_TERMS[identity.tier]
  if (terms.proofOfPossession === 'attested')
    throw new RemitError('denied', {
      detail: `An agent of tier ${identity.tier} has to be attested, and no client is.`,
    })
  const { wanted, server, resource, redirectUri, keyThumbprint } = ask
  const longestSeconds = terms.longestTaskSeconds
  const atMs = house.clock.nowMs()
  const offer = offerConsent({ purpose, entitlements, rights, rules, wanted, longestSeconds, atMs })
  const asked = digestOf([person.id, client.binding.id, redirectUri, server, resource, [...wanted], keyThumbprint])
  const { tools, ceiling, withheld } = offer
  return {
    client,
    ask,
    offer,
    terms,
    asked,
    shown: digestOf([asked, tools, ceiling, withheld, identity.version, client.claimed?.name ?? null]),
  }
}

function sayInactive({ clientId, identity }: FoundClient): string {
  return identity.state === 'discovered'
    ? `Nobody here answers for ${clientId}. It has been noted, and can do nothing until somebody takes it over.`
    : `The agent behind ${clientId} is ${identity.state}, and can do nothing now.`
}
