import { actorOf, systemActor } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { pickPublicMembers } from '../../authenticate/jws-algorithms.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import { type Kept, update } from '../../contract/change.ts'
import { type Binding, isProving, type Proof, proofOf } from '../../contract/register/binding.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { digestOf } from '../../ground/digest.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { askApproval } from '../../register/approval.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import { findWidening, type Rotation, rotateBinding } from '../../register/rotation.ts'
import { lookForPeople } from '../approval/find-unfilled.ts'
import { lookAtVoters } from '../approval/voters.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'
import { findIdentity } from '../read-surroundings.ts'
import { lookAtBinding, widthOf } from './look-at-binding.ts'
import { refuseTwin } from './refuse-twin.ts'

/** What is put in the place of what proves an identity now; what is not said stays. */
export interface RotationDraft {
  readonly issuer?: string | undefined
  /** Of a certificate that is registered by itself: its new thumbprint. */
  readonly subject?: string | undefined
  readonly keys?: Proof['keys'] | undefined
  readonly keyThumbprints?: readonly string[] | undefined
  readonly overlapSeconds: number
  readonly reason: string
}

/**
 * Asks people for another key, certificate or issuer of an identity that acts. Nothing of it is suspended: once one of them
 * has said yes, both count until the overlap is over. Errors: `transition_invalid` for an identity that is not active,
 * `not_found`, `already_exists` for a binding that is being rotated or for what proves another identity, `rotation_wide`
 * (also while `LIMITS.rotationsOverlappingMax` older ones of the identity still count), and those of a new binding.
 */
export async function rotateByPerson(
  house: House,
  caller: PersonCaller,
  { idOrName, bindingId }: { readonly idOrName: string; readonly bindingId: string },
  draft: RotationDraft,
): Promise<{ readonly approval: Approval; readonly entry: number; readonly cautions: Cautions }> {
  const identity = await findIdentity(house, idOrName)
  requireRoleOver(caller.person, ['admin', 'owner'], identity)
  if (identity.state !== 'active')
    throw new RemitError('transition_invalid', {
      detail: `An identity that is ${identity.state} is not rotated; bind it anew.`,
      facts: { state: identity.state },
    })
  const old = await findRotatable(house, identity.id, bindingId)
  const { overlapSeconds, reason, ...changed } = draft
  const given = Object.entries(changed).filter(([, value]) => value !== undefined)
  const next: Proof = { ...proofOf(old), ...Object.fromEntries(given) }
  if (digestProof(next) === digestProof(old)) throw refuseWide('what it names counts already')
  const fault = findWidening(old, next)
  if (fault !== null) throw refuseWide(fault)
  const looks = await lookAtBinding(house, next)
  const before = widthOf(house, old)
  const more = widthOf(house, next).filter((each) => !before.includes(each))
  if (more.length > 0) throw refuseWide(more.join('; '))
  await refuseTwin(house, next, { identityId: identity.id, rotatedId: old.id })
  const { approval, changes } = askApproval(
    {
      subject: 'binding',
      subjectId: identity.id,
      digest: digestRotation({ identity, old }, { next, overlapSeconds }),
      asked: {
        name: identity.name,
        tier: identity.tier,
        reason,
        bindings: [{ ...proofOf(next) }],
        replaces: { bindingId: old.id, ...proofOf(old) },
        overlapSeconds,
      },
      requestedBy: [caller.person.id],
      seats: TIER_TERMS[identity.tier].activationSeats.includes('security') ? ['security'] : ['owner'],
    },
    house.ids,
    house.clock.nowMs(),
  )
  const recorded = await house.log.record({
    entry: {
      kind: 'approval.asked',
      actor: actorOf(caller),
      subject: { kind: 'identity', id: identity.id },
      data: {
        approvalId: approval.id,
        decision: 'binding',
        identityId: identity.id,
        replacesId: old.id,
        digest: approval.digest,
        seats: approval.seats,
        requestedBy: approval.requestedBy,
        reason,
      },
    },
    changes,
  })
  const cautions = [...looks, ...(await lookForPeople(house, approval, identity))]
  return { approval, entry: recorded.index, cautions }
}

/** What proves it: of keys the key itself, as the same one with other words beside it is no other one. */
function digestProof(proof: Proof): string {
  return digestOf({ ...proofOf(proof), keys: proof.keys.map((key) => ({ ...pickPublicMembers({ ...key }) })) })
}

async function findRotatable(house: House, identityId: string, bindingId: string): Promise<Kept<Binding>> {
  const own = await house.register.bindingsOf(identityId)
  const binding = own.find((row) => row.id === bindingId)
  const atMs = house.clock.nowMs()
  if (binding === undefined || !isProving(binding, atMs))
    throw new RemitError('not_found', {
      detail: 'There is no such living binding; remit identity show lists those of an identity.',
    })
  if (typeof binding.endsMs === 'number')
    throw new RemitError('already_exists', { detail: 'Another binding takes the place of this one already.' })
  if (own.filter(isOverlapping(atMs)).length >= LIMITS.rotationsOverlappingMax)
    throw refuseWide(
      `${LIMITS.rotationsOverlappingMax} older ones of the identity still count; wait for an overlap to end, or end one`,
    )
  return binding
}

/** True for what still counts though something else took its place: each of them is one more key that may be lost. */
const isOverlapping =
  (atMs: number) =>
  (row: Binding): boolean =>
    typeof row.endsMs === 'number' && isProving(row, atMs)

function refuseWide(fault: string): RemitError {
  return new RemitError('rotation_wide', {
    detail: `A rotation is another key, certificate or issuer of the same proof, and no more: ${fault}.`,
  })
}

/**
 * What people say yes to: this in the place of just that, for so long, of an identity as grave as it is then and with the
 * same two people who answer for it: of another one other people are asked.
 */
function digestRotation(
  { identity: { owner, sponsor, tier }, old }: { readonly identity: Identity; readonly old: Binding },
  { next, overlapSeconds }: Rotation,
): string {
  const replaces = { id: old.id, ...proofOf(old) }
  return digestOf({ identity: { owner, sponsor, tier }, replaces, next: { ...proofOf(next) }, overlapSeconds })
}

/**
 * Carries out an answered rotation, or drops it where what it was about has changed since. Errors: `conflict` where that moves in
 * this moment: it is settled again.
 */
export function settleRotation(house: House, approval: Kept<Approval>): Promise<Settled> {
  return house.bindInTurn(() => settleInTurn(house, approval))
}

type Settled = 'binding rotated' | 'binding kept'

async function settleInTurn(house: House, approval: Kept<Approval>): Promise<Settled> {
  const identity = await house.register.identity(approval.subjectId)
  const { replaces, bindings, overlapSeconds } = approval.asked as unknown as AskedRotation // as `rotateByPerson` wrote it
  const old = await house.register.binding(replaces.bindingId)
  const atMs = house.clock.nowMs()
  const [next] = bindings
  const voters = await lookAtVoters(house, approval)
  const isSame =
    identity !== undefined &&
    old !== undefined &&
    isProving(old, atMs) &&
    digestRotation({ identity, old }, { next, overlapSeconds }) === approval.digest
  if (
    !isSame ||
    identity.state !== 'active' ||
    typeof old.endsMs === 'number' ||
    approval.state === 'denied' ||
    atMs >= approval.expiresMs ||
    (await house.register.bindingsOf(identity.id)).filter(isOverlapping(atMs)).length >=
      LIMITS.rotationsOverlappingMax ||
    !(await isFree(house, next, old))
  )
    return await dropRotation(house, approval, 'what it was about has changed since')
  if (voters.fault !== null) return await dropRotation(house, approval, voters.fault)
  const by = { approval, actor: systemActor, ids: house.ids, atMs }
  const fact = rotateBinding({ identity, old }, { next, overlapSeconds }, by)
  await house.log.record({ ...fact, changes: [...voters.guards, ...fact.changes] })
  return 'binding rotated'
}

/** False where somebody else is proved by it meanwhile: then it would count for neither of the two. */
async function isFree(house: House, next: Proof, { id, identityId }: Binding): Promise<boolean> {
  try {
    await refuseTwin(house, next, { identityId, rotatedId: id })
    return true
  } catch (error) {
    if (isError(error, 'already_exists') || isError(error, 'request_invalid')) return false
    throw error
  }
}

interface AskedRotation {
  readonly replaces: Proof & { readonly bindingId: string }
  readonly bindings: readonly [Proof]
  readonly overlapSeconds: number
}

/** A no is on record as a vote; what cannot be carried out any more is closed with the reason. */
async function dropRotation(house: House, approval: Kept<Approval>, reason: string): Promise<Settled> {
  if (approval.state === 'denied') return 'binding kept'
  await house.log.record({
    entry: {
      kind: 'approval.cancelled',
      actor: systemActor,
      subject: { kind: 'approval', id: approval.id },
      data: { approvalId: approval.id, identityId: approval.subjectId, reason },
    },
    changes: [update('approvals', approval, { ...approval, state: 'expired' })],
  })
  return 'binding kept'
}
