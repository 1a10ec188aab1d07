import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { type Binding, secretIssuer, tellable } from '../../contract/register/binding.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { addBinding, bindTo } from '../../register/identity.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'
import { findAmendable } from './amend-identity.ts'
import { refuseTwin } from './refuse-twin.ts'

/** What a person asks for. */
export interface SecretDraft {
  /** The name of the identity where none is given. */
  readonly clientId?: string | undefined
  /** For how long it counts, 1 to `LIMITS.secretDaysMax`. */
  readonly days: number
}

const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/

/**
 * Makes a static secret of an identity of tier T0, for a client that can prove itself in no other way. It is told here once and
 * kept as a digest. Errors: `secret_not_allowed` for another tier, `already_exists` for a `client_id` that counts,
 * `transition_invalid` for an identity that is not in draft or suspended, `request_invalid`.
 */
export async function addSecretByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  draft: SecretDraft,
): Promise<{
  readonly binding: Omit<Binding, 'secretDigest'>
  readonly secret: string
  readonly entry: number
  readonly cautions: Cautions
}> {
  const identity = await findAmendable(house, caller, idOrName)
  requireSecretTier(identity)
  const { clientId = identity.name, days } = draft
  if (!CLIENT_ID.test(clientId))
    throw new RemitError('request_invalid', { detail: 'A client_id is 1 to 100 of A-Z, a-z, 0-9, ., _, ~, -.' })
  const secret = `rmk_${house.ids.secret(32)}`
  const atMs = house.clock.nowMs()
  const secretEndsMs = atMs + days * 86_400_000
  const profile = {
    kind: 'secret',
    issuer: secretIssuer,
    subject: clientId,
    claims: {},
    keys: [],
    secretEndsMs,
  } as const
  const binding = { ...bindTo(identity.id, profile, house.ids, atMs), secretDigest: digestText(secret) }
  const recorded = await house.bindInTurn(async () => {
    await refuseTwin(house, profile, { identityId: identity.id })
    return await house.log.record(addBinding(identity, binding, actorOf(caller)))
  })
  return {
    binding: tellable(binding),
    secret,
    entry: recorded.index,
    cautions: ['A static secret can be carried off by whoever reads it; it is debt, and ends by itself.'],
  }
}

/** Refuses a static secret where the tier takes none. Error: `secret_not_allowed`. */
export function requireSecretTier(identity: { readonly id: string; readonly tier: keyof typeof TIER_TERMS }): void {
  if (TIER_TERMS[identity.tier].staticSecretAllowed) return
  throw new RemitError('secret_not_allowed', { facts: { identityId: identity.id, tier: identity.tier } })
}
