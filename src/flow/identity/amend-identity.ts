import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import type { Identity, IdentityState } from '../../contract/register/identity.ts'
import { hitBy } from '../../enforce/open-streams.ts'
import { RemitError } from '../../ground/errors.ts'
import {
  type EntitlementProfile,
  endEntitlement,
  type Narrowing,
  narrowEntitlement,
  proposeEntitlement,
  refuseAbsent,
} from '../../register/entitlement.ts'
import { addBinding, bindTo, endBinding } from '../../register/identity.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { type Cautions, lookAtScope } from '../look-twice.ts'
import { findIdentity, readSurroundings } from '../read-surroundings.ts'
import { endTasksOf } from '../task/end-task.ts'
import { type BindingDraft, lookAtBinding, readBindingDraft, weighWidth } from './look-at-binding.ts'
import { refuseTwin } from './refuse-twin.ts'

/** What was approved stays as it was approved: an identity is widened only where it can do nothing. */
const AMENDABLE: readonly IdentityState[] = ['draft', 'suspended']

/** What makes it so that it can be widened. */
const FIRST: Partial<Record<IdentityState, string>> = { pending: '; return it first', active: '; suspend it first' }

/**
 * Adds a way for an identity to prove itself. Errors: `already_exists` where the same proof belongs to an identity,
 * `request_invalid` where it could never prove anything.
 */
export async function bindByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  draft: BindingDraft,
): Promise<{ readonly binding: Binding; readonly entry: number; readonly cautions: Cautions }> {
  const identity = await findAmendable(house, caller, idOrName)
  const profile = readBindingDraft(draft)
  const cautions = await lookAtBinding(house, profile, draft.preset)
  const width = weighWidth(house, profile, draft)
  const binding = bindTo(identity.id, profile, house.ids, house.clock.nowMs())
  const recorded = await house.bindInTurn(async () => {
    await refuseTwin(house, profile, { identityId: identity.id })
    return await house.log.record(addBinding(identity, binding, actorOf(caller), width))
  })
  return { binding, entry: recorded.index, cautions: [...cautions, ...(width?.lets.map(sayWidth) ?? [])] }
}

const sayWidth = (lets: string): string => `The binding is wide, and that was accepted: ${lets}.`

/** Proposes what an identity may ask for. It counts from the identity's next approval on. */
export async function entitleByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  profile: EntitlementProfile,
): Promise<{
  readonly entitlement: Entitlement
  readonly identity: Identity
  readonly entry: number
  readonly cautions: Cautions
}> {
  const identity = await findAmendable(house, caller, idOrName)
  const around = await readSurroundings(house, identity)
  if (around.purpose === undefined) throw new RemitError('transition_needs', { facts: { missing: ['purpose'] } })
  const known = { purpose: around.purpose, entitlements: around.entitlements }
  const by = { actor: actorOf(caller), personId: caller.person.id, ids: house.ids, atMs: house.clock.nowMs() }
  const { entitlement, fact } = proposeEntitlement(identity, known, profile, by)
  const recorded = await house.log.record(fact)
  const cautions = await lookAtScope(house, entitlement.scope, entitlement.classes)
  return { entitlement, identity: await findIdentity(house, identity.id), entry: recorded.index, cautions }
}

/** Ends a binding, in any state of the identity: taking away needs no approval. What was opened by it ends with it. */
export async function endBindingByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  bindingId: string,
  reason: string,
): Promise<number> {
  const identity = await findIdentity(house, idOrName)
  requireRoleOver(caller.person, ['admin', 'owner', 'responder'], identity)
  const binding = (await house.register.bindingsOf(identity.id)).find((row) => row.id === bindingId)
  if (binding === undefined || binding.endedMs !== null)
    throw new RemitError('not_found', {
      detail: 'There is no such living binding; remit identity show lists those of an identity.',
    })
  const actor = actorOf(caller)
  const { index } = await house.log.record(endBinding(binding, reason, actor, house.clock.nowMs()))
  house.streams.endWhere(hitBy('binding', bindingId), new RemitError('identity_inactive'))
  const { fault } = await endTasksOf(house, 'binding', bindingId, { because: `its binding ended: ${reason}`, actor })
  if (fault !== null) house.carryOnLater(fault)
  return index
}

/** Ends an entitlement, in any state of the identity. */
export async function endEntitlementByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  entitlementId: string,
  reason: string,
): Promise<number> {
  const identity = await findIdentity(house, idOrName)
  requireRoleOver(caller.person, ['admin', 'owner', 'responder'], identity)
  const entitlement = (await house.register.entitlementsOf(identity.id)).find((row) => row.id === entitlementId)
  if (entitlement === undefined || entitlement.state === 'ended') throw refuseAbsent()
  return (await house.log.record(endEntitlement(entitlement, reason, actorOf(caller), house.clock.nowMs()))).index
}

/** Narrows an entitlement that is in force, in any state of the identity: taking away needs no approval. */
export async function narrowByPerson(
  house: House,
  caller: PersonCaller,
  { idOrName, entitlementId }: { readonly idOrName: string; readonly entitlementId: string },
  narrowing: Narrowing,
): Promise<{ readonly entitlement: Entitlement; readonly entry: number }> {
  const identity = await findIdentity(house, idOrName)
  requireRoleOver(caller.person, ['admin', 'owner'], identity)
  const kept = (await house.register.entitlementsOf(identity.id)).find((row) => row.id === entitlementId)
  if (kept === undefined) throw refuseAbsent()
  const { entitlement, fact } = narrowEntitlement(kept, narrowing, actorOf(caller), house.clock.nowMs())
  return { entitlement, entry: (await house.log.record(fact)).index }
}

/** Gives an identity that may be widened now. Errors: `not_found`, `role_missing`, `transition_invalid`. */
export async function findAmendable(house: House, caller: PersonCaller, idOrName: string): Promise<Kept<Identity>> {
  const identity = await findIdentity(house, idOrName)
  requireRoleOver(caller.person, ['admin', 'owner'], identity)
  if (AMENDABLE.includes(identity.state)) return identity
  throw new RemitError('transition_invalid', {
    detail: `An identity that is ${identity.state} cannot be widened${FIRST[identity.state] ?? ''}.`,
    facts: { state: identity.state },
  })
}
