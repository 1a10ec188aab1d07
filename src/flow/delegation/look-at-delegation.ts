import type { Approval } from '../../contract/approval/approval.ts'
import { type Binding, type BindingKind, isProving } from '../../contract/register/binding.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import { type Entitlement, isInForce } from '../../contract/register/entitlement.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { type Grant, intersectScopes } from '../../contract/scope.ts'
import { digestOf } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { unique } from '../../ground/unique.ts'
import { lookForPeople } from '../approval/find-unfilled.ts'
import type { House } from '../house.ts'
import { type Cautions, lookAtScope } from '../look-twice.ts'

interface Between {
  readonly from: Identity
  readonly to: Identity
}

/** Says what of a grant that people are asked for comes to nothing, or cannot be given, as things are. */
export async function lookAtDelegation(
  house: House,
  { from, to }: Between,
  { grant, known }: { readonly grant: DelegationGrant; readonly known: readonly DelegationGrant[] },
  approval: Approval,
): Promise<Cautions> {
  const { register } = house
  const [held, taken, bindings, inVain, people] = await Promise.all([
    register.entitlementsOf(from.id),
    register.entitlementsOf(to.id),
    register.bindingsOf(to.id),
    lookAtScope(house, grant.scope, grant.classes),
    lookForPeople(house, approval, to),
  ])
  return [
    ...lookAtStates([from, to]),
    ...lookAtTwins(grant, known),
    ...lookAtDepth({ from, to }, grant),
    ...lookAtEntitled(from, grant, held),
    ...lookAtEntitled(to, grant, taken),
    ...lookAtProofs(to, grant, bindings),
    ...inVain,
    ...people,
  ]
}

/** Refuses an identity that is retired, as nothing ever comes of what it may do for others. Error: `request_invalid`. */
export function refuseRetired({ name, state }: Identity): void {
  if (state !== 'retired') return
  throw new RemitError('request_invalid', { detail: `${name} is retired: it acts for nobody, and nobody for it.` })
}

const lookAtStates = (identities: readonly Identity[]): Cautions =>
  identities
    .filter(({ state }) => state !== 'active')
    .map(({ name, state }) => `${name} is ${state}: nothing comes of that until it is active.`)

/** Names those that let the same one do the same, and have not ended: two of them are to be ended where one is. */
export function lookAtTwins(grant: DelegationGrant, known: readonly DelegationGrant[]): Cautions {
  const said = saidBy(grant)
  return known
    .filter(({ state, endsMs }) => state !== 'ended' && grant.createdMs < endsMs)
    .filter((other) => saidBy(other) === said)
    .map(({ id, state }) => `The same is ${state} already by ${id}: both have to be ended before that is over.`)
}

/** What a grant lets be done, without its reason, its times and who said yes. */
function saidBy({ to, scope, classes, ceiling, depthMax, issuers = [], minStrength }: DelegationGrant): string {
  const [able, by] = [classes.toSorted(), issuers.toSorted()]
  return digestOf({
    to,
    scope: scope.map((each) => ({ ...each })),
    able,
    ceiling,
    depthMax,
    by,
    minStrength: minStrength ?? null,
  })
}

/** How many hops tasks go is for the tiers to say; a grant only shortens it. */
function lookAtDepth({ from, to }: Between, { depthMax }: DelegationGrant): Cautions {
  const hops = TIER_TERMS[from.tier].delegationDepthMax
  if (hops === 0) return [`${from.name} is of tier ${from.tier}, whose tasks are handed on to nobody.`]
  const further = Math.min(hops - 1, TIER_TERMS[to.tier].delegationDepthMax)
  if (depthMax <= further) return []
  return [
    `A depth of ${further} is all that comes of that, and not ${depthMax}: ${from.name} is of tier ${from.tier}, ${to.name} of ${to.tier}.`,
  ]
}

/** A grant gives nothing: what one of the two is not entitled to, the one does not have, or the other does not get. */
function lookAtEntitled({ name }: Identity, grant: DelegationGrant, entitlements: readonly Entitlement[]): Cautions {
  const own = entitlements.filter((entitlement) => isInForce(entitlement, grant.createdMs))
  const proposed = entitlements.filter(({ state }) => state === 'proposed')
  const never = outside(grant, [...own, ...proposed])
  return outside(grant, own).map((each) => {
    const until = never.includes(each) ? 'it is (remit identity entitle)' : 'people approve what is proposed'
    return `${name} is not entitled to ${grant.classes.join(', ')} by ${each.action} on ${each.resource}, so nothing comes of that until ${until}.`
  })
}

/** Of what somebody may act on, that with which nothing here has anything in common. */
export function outside(
  { scope, classes }: DelegationGrant,
  allowed: readonly Pick<Entitlement, 'scope' | 'classes'>[],
): readonly Grant[] {
  const able = allowed.filter((each) => each.classes.some((one) => classes.includes(one)))
  return scope.filter((grant) => able.every((each) => intersectScopes(each.scope, [grant]).length === 0))
}

/**
 * Gives a caution for each issuer by which the identity does not come, and for a strength that it never has: nobody could act. By which
 * it comes is said to whoever may read that: `isTold`.
 */
export function lookAtProofs(
  { name }: Pick<Identity, 'name'>,
  { issuers = [], minStrength, createdMs }: DelegationGrant,
  bindings: readonly Binding[],
  isTold = true,
): Cautions {
  const proving = bindings.filter((binding) => isProving(binding, createdMs))
  const known = unique(proving.map(({ issuer }) => issuer))
  const others = isTold ? `only of ${known.join(', ')}` : 'only of others, which whoever answers for it can name'
  const instead = known.length === 0 ? 'nor by anything else yet (remit identity bind)' : others
  const kinds = unique(proving.map(({ kind }) => kind))
  const isTooWeak = minStrength === 'attested' && kinds.length > 0 && kinds.every((kind) => UNATTESTED.includes(kind))
  return [
    ...issuers
      .filter((issuer) => !known.includes(issuer))
      .map((issuer) => `${name} proves itself by nothing of ${issuer}, ${instead}.`),
    ...(isTooWeak
      ? [`${name} proves itself by ${isTold ? kinds.join(', ') : 'what it has'} alone, which is never attested.`]
      : []),
  ]
}

/** Of these kinds of proof nobody vouches for where the workload runs. */
const UNATTESTED: readonly BindingKind[] = ['key', 'certificate', 'secret']
