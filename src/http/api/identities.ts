import type { PersonCaller } from '../../authenticate/caller.ts'
import { APPROVAL_STATES, openSeats } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import { type Cutoff, cutoffIdsOver, findCutoffsOver } from '../../contract/cutoff.ts'
import { tellable } from '../../contract/register/binding.ts'
import { IDENTITY_STATES, type Identity } from '../../contract/register/identity.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { ENDED_TASK_STATES, LIVING_TASK_STATES } from '../../contract/task.ts'
import { findCutOffSince } from '../../flow/approval/cut-off-since.ts'
import { findOutdated } from '../../flow/approval/find-outdated.ts'
import { findOver } from '../../flow/approval/find-over.ts'
import { findUnfilled } from '../../flow/approval/find-unfilled.ts'
import { hearByPerson } from '../../flow/approval/hear-identity.ts'
import { vote } from '../../flow/approval/vote.ts'
import { withdrawApproval } from '../../flow/approval/withdraw-approval.ts'
import type { House } from '../../flow/house.ts'
import { addSecretByPerson } from '../../flow/identity/add-secret.ts'
import { adoptByPerson } from '../../flow/identity/adopt-identity.ts'
import {
  bindByPerson,
  endBindingByPerson,
  endEntitlementByPerson,
  entitleByPerson,
  narrowByPerson,
} from '../../flow/identity/amend-identity.ts'
import { draftByPerson } from '../../flow/identity/draft-identity.ts'
import { moveByPerson } from '../../flow/identity/move-identity.ts'
import { reassignByPerson } from '../../flow/identity/reassign-identity.ts'
import { rehearseByPerson } from '../../flow/identity/rehearse-identity.ts'
import { rotateByPerson } from '../../flow/identity/rotate-binding.ts'
import { showUsed } from '../../flow/identity/show-used.ts'
import { submitByPerson } from '../../flow/identity/submit-identity.ts'
import { findIdentity } from '../../flow/read-surroundings.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import { readPage } from '../input/page.ts'
import type { BodyName, BodyOf, Context } from '../route.ts'

type ByPerson<B extends BodyName> = Context<BodyOf<B>, PersonCaller>

const idOf = (context: Context): string => context.params['id'] ?? ''

export async function listIdentities({ house, query }: ByPerson<'none'>): Promise<object> {
  const state = IDENTITY_STATES.find((known) => known === query['state'])
  const { rows, next } = await readPage('identities', query, (page) => house.register.identities(state, page))
  const cutoffs = await readCutoffsOver(house, rows)
  const cutOff = rows.map((identity) => ({ identityId: identity.id, cutoffs: findCutoffsOver(identity, cutoffs) }))
  return { identities: rows, cutOff: cutOff.filter((row) => row.cutoffs.length > 0), next }
}

/** Reads the newest cutoff of whatever these identities fall under. */
async function readCutoffsOver(house: House, identities: readonly Kept<Identity>[]): Promise<readonly Kept<Cutoff>[]> {
  const ids = unique(identities.flatMap(cutoffIdsOver))
  return ids.length === 0 ? [] : house.revoke.cutoffsOf(ids)
}

export async function readIdentity(context: ByPerson<'none'>): Promise<object> {
  const { house } = context
  const identity = await findIdentity(house, idOf(context))
  const [living, past] = [
    { identityId: identity.id, state: LIVING_TASK_STATES },
    { identityId: identity.id, state: ENDED_TASK_STATES },
  ]
  const [bindings, entitlements, approvals, tasks, endedTasks, cutoffs] = await Promise.all([
    house.register.bindingsOf(identity.id),
    house.register.entitlementsOf(identity.id),
    house.register.approvalsAbout(identity.id),
    readPage('tasks', {}, (page) => house.register.tasks(living, page)),
    house.register.tasks(past, { limit: LIMITS.pageRowsMax, newestFirst: true }),
    readCutoffsOver(house, [identity]),
  ])
  const shown = [...tasks.rows, ...endedTasks].map((task) => task.id)
  const usages = await house.register.taskUsages(shown)
  return {
    identity,
    cutoffs: findCutoffsOver(identity, cutoffs),
    pivots: usages.reduce((sum, usage) => sum + usage.pivots, 0),
    bindings: bindings.map(tellable),
    entitlements,
    approvals,
    tasks: tasks.rows,
    tasksNext: tasks.next,
    endedTasks,
    tier: { tier: identity.tier, reasons: identity.tierReasons, terms: TIER_TERMS[identity.tier] },
  }
}

export async function readUsed(context: ByPerson<'none'>): Promise<object> {
  return showUsed(context.house, idOf(context))
}

export async function draftIdentity({ house, caller, body }: ByPerson<'identity'>): Promise<object> {
  return draftByPerson(house, caller, body)
}

export async function adoptIdentity(context: ByPerson<'adoption'>): Promise<object> {
  return adoptByPerson(context.house, context.caller, idOf(context), context.body)
}

export async function addBinding(context: ByPerson<'binding'>): Promise<object> {
  return bindByPerson(context.house, context.caller, idOf(context), context.body)
}

export async function addSecret(context: ByPerson<'secret'>): Promise<object> {
  return addSecretByPerson(context.house, context.caller, idOf(context), context.body)
}

export async function rotateBinding(context: ByPerson<'rotation'>): Promise<object> {
  const place = { idOrName: idOf(context), bindingId: context.params['part'] ?? '' }
  return rotateByPerson(context.house, context.caller, place, context.body)
}

export async function endBinding(context: ByPerson<'reason'>): Promise<object> {
  return {
    entry: await endBindingByPerson(
      context.house,
      context.caller,
      idOf(context),
      context.params['part'] ?? '',
      context.body.reason,
    ),
  }
}

export async function proposeEntitlement(context: ByPerson<'entitlement'>): Promise<object> {
  return entitleByPerson(context.house, context.caller, idOf(context), context.body)
}

export async function endEntitlement(context: ByPerson<'reason'>): Promise<object> {
  return {
    entry: await endEntitlementByPerson(
      context.house,
      context.caller,
      idOf(context),
      context.params['part'] ?? '',
      context.body.reason,
    ),
  }
}

export async function narrowEntitlement(context: ByPerson<'narrowing'>): Promise<object> {
  const place = { idOrName: idOf(context), entitlementId: context.params['part'] ?? '' }
  return narrowByPerson(context.house, context.caller, place, context.body)
}

export async function rehearseIdentity(context: ByPerson<'nothing'>): Promise<object> {
  return rehearseByPerson(context.house, context.caller, idOf(context))
}

export async function submitIdentity(context: ByPerson<'submission'>): Promise<object> {
  return submitByPerson(context.house, context.caller, idOf(context), context.body.composition)
}

export async function returnIdentity(context: ByPerson<'reason'>): Promise<object> {
  return moveByPerson(context.house, context.caller, idOf(context), 'return', context.body.reason)
}

export async function suspendIdentity(context: ByPerson<'reason'>): Promise<object> {
  return moveByPerson(context.house, context.caller, idOf(context), 'suspend', context.body.reason)
}

export async function retireIdentity(context: ByPerson<'reason'>): Promise<object> {
  return moveByPerson(context.house, context.caller, idOf(context), 'retire', context.body.reason)
}

export async function reassignIdentity(context: ByPerson<'reassignment'>): Promise<object> {
  return reassignByPerson(context.house, context.caller, idOf(context), context.body)
}

export async function hearIdentity(context: ByPerson<'reason'>): Promise<object> {
  return hearByPerson(context.house, context.caller, idOf(context), context.body.reason)
}

export async function listApprovals({ house, query }: ByPerson<'none'>): Promise<object> {
  const state = APPROVAL_STATES.find((known) => known === query['state'])
  const { rows, next } = await readPage('approvals', query, (page) => house.register.approvals(state, page))
  const [unfilled, cutOff, outdated, over] = await Promise.all([
    findUnfilled(house, rows),
    findCutOffSince(house, rows),
    findOutdated(house, rows),
    findOver(house, rows),
  ])
  return {
    approvals: rows,
    unfilled: unfilled.map(({ approval, seats, lost }) => ({ approvalId: approval.id, seats, lost })),
    cutOff,
    outdated,
    over,
    next,
  }
}

export async function readApproval(context: ByPerson<'none'>): Promise<object> {
  const approval = await context.house.register.approval(idOf(context))
  if (approval === undefined) throw new RemitError('not_found')
  const [use, unfilled, [since], outdated, [over]] = await Promise.all([
    context.house.register.approvalUse(approval.id),
    findUnfilled(context.house, [approval]),
    findCutOffSince(context.house, [approval]),
    findOutdated(context.house, [approval]),
    findOver(context.house, [approval]),
  ])
  return {
    approval,
    openSeats: openSeats(approval),
    canBeFilled: unfilled.length === 0,
    cutoffs: since?.cutoffs ?? [],
    isOutdated: outdated.length > 0,
    over: over?.because ?? null,
    use: use === undefined ? null : { uses: use.uses, spent: use.spent },
  }
}

export async function withdrawYes(context: ByPerson<'reason'>): Promise<object> {
  return withdrawApproval(context.house, context.caller, idOf(context), context.body.reason)
}

export async function answerApproval(context: ByPerson<'vote'>): Promise<object> {
  return vote(context.house, context.caller, idOf(context), context.body)
}
