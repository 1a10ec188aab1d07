import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import { hasEnded, proofOf } from '../../contract/register/binding.ts'
import type { Composition } from '../../contract/register/composition.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { unique } from '../../ground/unique.ts'
import { askApproval } from '../../register/approval.ts'
import { moveIdentity } from '../../register/lifecycle.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'
import {
  digestIdentity,
  findIdentity,
  type KeptSurroundings,
  readSurroundings,
  requireAccountable,
} from '../read-surroundings.ts'
import { requireSecretTier } from './add-secret.ts'
import { lookAhead } from './look-ahead.ts'
import { lookAtUnproven, widthOf } from './look-at-binding.ts'

/**
 * Puts an identity up for the approvals that its tier asks for, bound to the digest of exactly what it is now. What it is
 * made of stays as it was put up before, where nothing else is said; with null it may be anything. `cautions` say what will
 * keep it from becoming active all the same.
 */
export async function submitByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  composition: Composition | null | undefined,
): Promise<{
  readonly identity: Identity
  readonly approval: Approval
  readonly entry: number
  readonly cautions: Cautions
}> {
  const identity = declare(await findIdentity(house, idOrName), composition)
  requireRoleOver(caller.person, ['admin', 'owner'], identity)
  const made = identity.composition ?? composition
  const declared = made === undefined ? {} : { composition: made === null ? null : { ...made } }
  const around = await readSurroundings(house, identity)
  if (around.bindings.some((row) => row.kind === 'secret' && !hasEnded(row, house.clock.nowMs())))
    requireSecretTier(identity)
  const requestedBy = unique([caller.person.id, ...(await findAskers(house, identity, around))])
  const { approval, changes } = askApproval(
    {
      subject: 'identity',
      subjectId: identity.id,
      digest: digestIdentity(identity, around.bindings, around.entitlements),
      asked: {
        name: identity.name,
        kind: identity.kind,
        runtime: identity.runtime,
        vendor: identity.vendor,
        purpose: identity.purpose,
        autonomy: identity.autonomy,
        reach: identity.reach,
        tier: identity.tier,
        tierReasons: identity.tierReasons,
        owner: identity.owner,
        sponsor: identity.sponsor,
        ...declared,
        bindings: around.bindings
          .filter((row) => row.endedMs === null)
          .map((row) => ({ ...proofOf(row), ...sayWide(widthOf(house, row)) })),
        entitlements: around.entitlements
          .filter((row) => row.state !== 'ended')
          .map(({ scope, classes, ceiling, approval, approvers = 1, counts, reason, endsMs }) => ({
            scope,
            classes,
            ceiling,
            approval,
            approvers,
            ...(counts === undefined ? {} : { counts }),
            reason,
            endsMs,
          })),
      },
      requestedBy,
      seats: TIER_TERMS[identity.tier].activationSeats,
    },
    house.ids,
    house.clock.nowMs(),
  )
  const set = { requestedBy: caller.person.id }
  const data = { approvalId: approval.id, digest: approval.digest, seats: approval.seats, requestedBy, ...declared }
  const fact = moveIdentity(identity, { verb: 'submit', actor: actorOf(caller), set, changes, data }, around)
  const recorded = await house.log.record({ ...fact, changes: [...fact.changes, ...requireAccountable(around)] })
  const submitted: Identity = { ...identity, ...set, state: 'pending' }
  const living = around.bindings.filter((row) => !hasEnded(row, around.atMs))
  const cautions = [...(await lookAhead(house, submitted, around, approval)), ...lookAtUnproven(house, living)]
  return { identity: submitted, approval, entry: recorded.index, cautions }
}

/** Whoever approves a wide binding sees what it lets in. */
function sayWide(wide: readonly string[]): { readonly wide?: readonly string[] } {
  return wide.length === 0 ? {} : { wide }
}

function declare(identity: Kept<Identity>, composition: Composition | null | undefined): Kept<Identity> {
  if (composition === undefined) return identity
  const { composition: _before, ...others } = identity
  return composition === null ? others : { ...others, composition }
}

/**
 * Gives the people who asked for any part of what is put up: who drafted it, put it up or reassigned it since it was last
 * active, who proposed an entitlement that nobody has approved yet, and who added a binding since then.
 */
async function findAskers(house: House, identity: Identity, around: KeptSurroundings): Promise<readonly string[]> {
  const sinceMs = identity.activatedMs ?? 0
  const bindings = around.bindings.filter((row) => row.endedMs === null && row.createdMs > sinceMs)
  const [approvals, added] = await Promise.all([
    house.register.approvalsAbout(identity.id),
    Promise.all(bindings.map((row) => house.log.entry(row.entry))),
  ])
  return [
    ...(identity.requestedBy === null ? [] : [identity.requestedBy]),
    ...(identity.reassignedBy ?? []),
    ...approvals.filter((row) => row.createdMs > sinceMs).flatMap((row) => row.requestedBy),
    ...around.entitlements.filter((row) => row.state === 'proposed').map((row) => row.requestedBy),
    ...added.filter(({ actor }) => actor.kind === 'person').map(({ actor }) => actor.id),
  ]
}
