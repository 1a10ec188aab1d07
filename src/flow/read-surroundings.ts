import type { Approval } from '../contract/approval/approval.ts'
import { type Change, type Kept, requireVersion } from '../contract/change.ts'
import { type Binding, proofOf } from '../contract/register/binding.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Person } from '../contract/register/person.ts'
import type { Purpose } from '../contract/register/purpose.ts'
import { digestOf } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import type { Surroundings } from '../register/lifecycle.ts'
import type { House } from './house.ts'

/** What stands around an identity, as kept. */
export interface KeptSurroundings extends Surroundings {
  readonly bindings: readonly Kept<Binding>[]
  readonly entitlements: readonly Kept<Entitlement>[]
  readonly approval: Kept<Approval> | undefined
  readonly purpose: Kept<Purpose> | undefined
  readonly owner: Kept<Person> | undefined
  readonly sponsor: Kept<Person> | undefined
}

/** Reads all that a transition of the identity looks at. */
export async function readSurroundings(house: House, identity: Identity): Promise<KeptSurroundings> {
  const [bindings, entitlements, approvals, owner, sponsor, purpose] = await Promise.all([
    house.register.bindingsOf(identity.id),
    house.register.entitlementsOf(identity.id),
    house.register.approvalsAbout(identity.id),
    identity.owner === null ? undefined : house.register.person(identity.owner),
    identity.sponsor === null ? undefined : house.register.person(identity.sponsor),
    identity.purpose === null ? undefined : house.register.purpose(identity.purpose),
  ])
  const approval = approvals
    .filter((row) => row.subject === 'identity' && (row.state === 'pending' || row.state === 'approved'))
    .sort((a, b) => b.createdMs - a.createdMs)[0]
  return {
    bindings,
    entitlements,
    approval,
    ownerActive: owner?.state === 'active',
    sponsorActive: sponsor?.state === 'active',
    purposeKnown: purpose !== undefined,
    purpose,
    owner,
    sponsor,
    atMs: house.clock.nowMs(),
  }
}

/** Holds a write to who answers for the identity: whoever leaves meanwhile is not left with what is about to act. */
export function requireAccountable({ owner, sponsor }: KeptSurroundings): readonly Change[] {
  return [owner, sponsor].flatMap((person) => (person === undefined ? [] : [requireVersion('persons', person)]))
}

/** Gives an identity by id or by name. Errors: `not_found`. */
export async function findIdentity(house: House, idOrName: string): Promise<Kept<Identity>> {
  const found = (await house.register.identity(idOrName)) ?? (await house.register.identityNamed(idOrName))
  if (found === undefined) throw new RemitError('not_found', { detail: 'There is no such identity.' })
  return found
}

/** Gives what an approval of an identity is bound to: who it is, what for, how it proves itself, what it may ask for. */
export function digestIdentity(
  identity: Identity,
  bindings: readonly Binding[],
  entitlements: readonly Entitlement[],
): string {
  const { id, name, kind, runtime, vendor, owner, sponsor, purpose, autonomy, reach, tier, composition } = identity
  const made = composition === undefined ? {} : { composition: { ...composition } }
  return digestOf({
    identity: { id, name, kind, runtime, vendor, owner, sponsor, purpose, autonomy, reach, tier, ...made },
    bindings: bindings
      .filter((binding) => binding.endedMs === null)
      .map((binding) => ({ id: binding.id, ...proofOf(binding) })),
    entitlements: entitlements
      .filter((row) => row.state !== 'ended')
      .map(({ id, scope, classes, ceiling, approval, approvers = 1, counts, endsMs }) => ({
        id,
        scope,
        classes,
        ceiling,
        approval,
        endsMs,
        ...(approvers === 1 ? {} : { approvers }),
        ...(counts === undefined ? {} : { counts }),
      })),
  })
}
