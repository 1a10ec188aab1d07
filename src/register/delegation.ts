import type { Approval } from '../contract/approval/approval.ts'
import { type Change, type Fact, insert, type Kept, requireVersion, update } from '../contract/change.ts'
import type { Actor, JsonObject } from '../contract/log-entry.ts'
import type { DelegationGrant } from '../contract/register/delegation-grant.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Person, PersonId } from '../contract/register/person.ts'
import { normaliseScope } from '../contract/scope.ts'
import type { BindingStrength } from '../contract/task.ts'
import { digestOf } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { askApproval } from './approval.ts'

/** What who answers for an identity asks for, for `days` days. */
export interface DelegationProfile
  extends Pick<DelegationGrant, 'scope' | 'classes' | 'ceiling' | 'depthMax' | 'reason'> {
  readonly issuers?: readonly string[] | undefined
  readonly minStrength?: BindingStrength | undefined
  readonly days: number
}

const DAY_MS = 86_400_000

/**
 * Gives the fact that asks who answers for `to` whether it may act for `from`. Errors: `request_invalid` for an identity
 * that acts for itself, or that has `LIMITS.delegationGrantsMax` grants which have not ended.
 */
export function askForDelegation(
  from: Kept<Identity>,
  to: Kept<Identity>,
  profile: DelegationProfile,
  by: { readonly actor: Actor; readonly personId: PersonId; readonly ids: Ids; readonly atMs: number },
  known: readonly DelegationGrant[],
): { readonly grant: DelegationGrant; readonly approval: Approval; readonly fact: Fact } {
  if (from.id === to.id) throw new RemitError('request_invalid', { detail: 'Nobody acts for themselves.' })
  refuseMore(known)
  const { days, issuers, minStrength, ...said } = profile
  const terms = {
    ...said,
    ...(issuers === undefined ? {} : { issuers }),
    ...(minStrength === undefined ? {} : { minStrength }),
  }
  const id = by.ids.next('grant')
  const endsMs = by.atMs + days * DAY_MS
  const scope = normaliseScope(profile.scope)
  const asked = { grantId: id, from: from.name, to: to.name, fromOwner: from.owner, ...terms, scope, endsMs }
  const question = {
    subject: 'delegation',
    subjectId: id,
    digest: digestOf(asked),
    asked,
    requestedBy: [by.personId],
    seats: ['owner'],
  } as const
  const { approval, changes } = askApproval(question, by.ids, by.atMs)
  const grant: DelegationGrant = {
    ...terms,
    id,
    from: from.id,
    to: to.id,
    fromOwner: from.owner ?? '',
    toOwner: to.owner ?? '',
    scope,
    approvalId: approval.id,
    createdMs: by.atMs,
    startsMs: by.atMs,
    endsMs,
    state: 'waiting',
  }
  const entry = {
    kind: 'approval.asked',
    actor: by.actor,
    subject: { kind: 'delegation', id },
    data: {
      approvalId: approval.id,
      approvalSubject: 'delegation',
      subjectId: id,
      digest: approval.digest,
      seats: approval.seats,
      requestedBy: approval.requestedBy,
      ...tellGrant(grant),
    },
  } as const
  return { grant, approval, fact: { entry, changes: [insert('delegation_grants', grant), ...changes] } }
}

/**
 * Gives the fact by which a person lets an identity act for them, as of now. It takes nobody else: what they may do themselves,
 * and what the identity is entitled to, bound it. Errors: `request_invalid` for one that has `LIMITS.delegationGrantsMax`.
 */
export function letAct(
  person: Kept<Person>,
  to: Kept<Identity>,
  { days, issuers, minStrength, ...said }: DelegationProfile,
  by: { readonly actor: Actor; readonly ids: Ids; readonly atMs: number },
  known: readonly DelegationGrant[],
): { readonly grant: DelegationGrant; readonly fact: Fact } {
  refuseMore(known)
  const grant: DelegationGrant = {
    ...said,
    ...(issuers === undefined ? {} : { issuers }),
    ...(minStrength === undefined ? {} : { minStrength }),
    id: by.ids.next('grant'),
    from: person.id,
    to: to.id,
    fromOwner: person.id,
    toOwner: to.owner ?? '',
    scope: normaliseScope(said.scope),
    approvalId: null,
    createdMs: by.atMs,
    startsMs: by.atMs,
    endsMs: by.atMs + days * DAY_MS,
    state: 'granted',
  }
  const subject = { kind: 'delegation', id: grant.id }
  const entry = { kind: 'delegation.given', actor: by.actor, subject, data: tellGrant(grant) } as const
  const changes = [
    insert('delegation_grants', grant),
    requireVersion('persons', person),
    requireVersion('identities', to),
  ]
  return { grant, fact: { entry, changes } }
}

function refuseMore(known: readonly DelegationGrant[]): void {
  if (known.filter(({ state }) => state !== 'ended').length < LIMITS.delegationGrantsMax) return
  throw new RemitError('request_invalid', {
    detail: `Nobody lets others act for them by more than ${LIMITS.delegationGrantsMax} grants; end one that is not used.`,
  })
}

/** Gives the fact by which a grant that was approved comes into force, as of now. */
export function grantDelegation(
  grant: Kept<DelegationGrant>,
  between: { readonly from: Kept<Identity>; readonly to: Kept<Identity> },
  approval: Approval,
  on: { readonly actor: Actor; readonly atMs: number; readonly changes: readonly Change[] },
): Fact {
  const next: DelegationGrant = { ...grant, toOwner: between.to.owner ?? '', startsMs: on.atMs, state: 'granted' }
  return {
    entry: {
      kind: 'delegation.granted',
      actor: on.actor,
      subject: { kind: 'delegation', id: grant.id },
      data: {
        ...tellGrant(next),
        approvalId: approval.id,
        approvedBy: approval.votes.map((vote) => ({ person: vote.personId, seat: vote.seat, atMs: vote.atMs })),
        requestedBy: approval.requestedBy,
      },
    },
    changes: [
      update('delegation_grants', grant, next),
      requireVersion('identities', between.from),
      requireVersion('identities', between.to),
      ...on.changes,
    ],
  }
}

/** Gives the fact that ends a grant, in force or waiting. Whatever was handed on under it falls with this one write. */
export function endDelegation(grant: Kept<DelegationGrant>, reason: string, actor: Actor, atMs: number): Fact {
  return {
    entry: {
      kind: 'delegation.ended',
      actor,
      subject: { kind: 'delegation', id: grant.id },
      data: { grantId: grant.id, from: grant.from, to: grant.to, reason },
    },
    changes: [update('delegation_grants', grant, { ...grant, state: 'ended', endsMs: Math.min(grant.endsMs, atMs) })],
  }
}

function tellGrant(grant: DelegationGrant): JsonObject {
  const { id, from, to, fromOwner, toOwner, scope, classes, ceiling, depthMax, reason, startsMs, endsMs } = grant
  const { issuers, minStrength } = grant
  const takers = {
    ...(issuers === undefined ? {} : { issuers }),
    ...(minStrength === undefined ? {} : { minStrength }),
  }
  const terms = { classes, ceiling, depthMax, reason, startsMs, endsMs, ...takers }
  return { grantId: id, from, to, fromOwner, toOwner, scope: scope.map((each) => ({ ...each })), ...terms }
}
