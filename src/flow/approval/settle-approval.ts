import { systemActor } from '../../authenticate/actor.ts'
import type { Approval, ApprovalEffect, ApprovalSubject } from '../../contract/approval/approval.ts'
import { type Change, type Kept, update } from '../../contract/change.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import { isError } from '../../ground/errors.ts'
import { unique } from '../../ground/unique.ts'
import { moveIdentity } from '../../register/lifecycle.ts'
import { settleDelegation } from '../delegation/grant-delegation.ts'
import type { House } from '../house.ts'
import { stopWork } from '../identity/move-identity.ts'
import { settleRotation } from '../identity/rotate-binding.ts'
import { settlePolicies } from '../policy/settle-policies.ts'
import { digestIdentity, readSurroundings, requireAccountable } from '../read-surroundings.ts'
import { endTaskTree } from '../task/end-task.ts'
import { tryAgain } from '../try-again.ts'
import { lookAtVoters } from './voters.ts'

const SETTLE: Readonly<Record<ApprovalSubject, (house: House, approval: Kept<Approval>) => Promise<ApprovalEffect>>> = {
  identity: settleIdentity,
  binding: settleRotation,
  task: settleTask,
  call: async (_, approval) => (approval.state === 'approved' ? 'call approved' : 'call denied'),
  policy: settlePolicies,
  delegation: settleDelegation,
}

/**
 * Carries out what an answered approval decides. It can be asked any number of times: after a vote, after a
 * rehearsal that was still missing, and at every start, so that a crash after the vote loses nothing. What moves meanwhile
 * is settled on as it is then.
 */
export async function settleApproval(house: House, approvalId: string): Promise<ApprovalEffect> {
  return await tryAgain(async () => {
    const approval = await house.register.approval(approvalId)
    if (approval === undefined || (approval.state !== 'approved' && approval.state !== 'denied')) return 'none'
    return await SETTLE[approval.subject](house, approval)
  })
}

async function settleIdentity(house: House, approval: Kept<Approval>): Promise<ApprovalEffect> {
  const identity = await house.register.identity(approval.subjectId)
  if (identity === undefined || identity.state !== 'pending') return 'none'
  if (!(await isNewest(house, approval))) return 'none'
  const around = { ...(await readSurroundings(house, identity)), approval }
  const same = digestIdentity(identity, around.bindings, around.entitlements) === approval.digest
  const voters = await lookAtVoters(house, approval)
  const fault = findFault(approval, same, around.atMs) ?? voters.fault
  if (fault !== null) {
    const changes = [close(approval, approval.state === 'denied' ? 'denied' : 'expired')]
    await house.log.record(
      moveIdentity(identity, { verb: 'return', reason: fault, actor: systemActor, changes }, around),
    )
    return 'identity returned'
  }
  const granted = around.entitlements.filter((row) => row.state === 'proposed').map(grant)
  const move = {
    verb: 'activate',
    actor: systemActor,
    set: {
      activatedMs: around.atMs,
      suspendedBecause: null,
      authors: unique([...identity.authors, ...approval.requestedBy]),
      ...(identity.reassignedBy === undefined ? {} : { reassignedBy: [] }),
    },
    changes: [...voters.guards, ...requireAccountable(around), close(approval, 'used'), ...granted],
  }
  const data = {
    approvalId: approval.id,
    approvedBy: approval.votes.map((vote) => ({ person: vote.personId, seat: vote.seat, atMs: vote.atMs })),
    requestedBy: approval.requestedBy,
  }
  try {
    const fault = await stopWork(house, identity.id, 'it comes back under a new approval', systemActor)
    if (fault !== null) throw fault
    await house.log.record(moveIdentity(identity, { ...move, data }, around))
    return 'identity activated'
  } catch (error) {
    if (isError(error, 'transition_needs')) return 'none'
    throw error
  }
}

/** Why an answered approval does not activate: a no, another thing than was asked about, or a yes that is too old. */
function findFault(approval: Approval, isSame: boolean, atMs: number): string | null {
  if (approval.state === 'denied') return 'it was denied'
  if (!isSame) return 'it changed after it was submitted'
  return atMs < approval.expiresMs ? null : 'its approval expired before all that it needs was there'
}

/** An answer to an earlier submission decides nothing about the present one. */
async function isNewest(house: House, approval: Kept<Approval>): Promise<boolean> {
  const all = await house.register.approvalsAbout(approval.subjectId)
  return all.every((other) => other.subject !== 'identity' || other.createdMs <= approval.createdMs)
}

async function settleTask(house: House, approval: Kept<Approval>): Promise<ApprovalEffect> {
  const task = await house.register.task(approval.subjectId)
  if (task === undefined || task.state !== 'waiting') return 'none'
  if (approval.state === 'denied') {
    await endTaskTree(house, task.id, { end: 'denied', because: 'a person said no', actor: systemActor })
    return 'task denied'
  }
  const nowMs = house.clock.nowMs()
  const voters = await lookAtVoters(house, approval)
  const fault = nowMs < approval.expiresMs ? voters.fault : 'its approval came too late'
  if (fault !== null) {
    await endTaskTree(house, task.id, { end: 'expired', because: fault, actor: systemActor })
    return 'task denied'
  }
  const above = task.parentId === null ? undefined : await house.register.task(task.parentId)
  const grant = task.grantId === undefined ? undefined : await house.register.delegationGrant(task.grantId)
  const rights = await Promise.all((task.rightIds ?? []).map((id) => house.register.right(id)))
  // it waited, and ends no later than what it was given on
  const latest = [above, grant, ...rights].flatMap((row) => row?.endsMs ?? [])
  const endsMs = Math.min(nowMs + (task.endsMs - task.createdMs), ...latest)
  await house.log.record({
    entry: {
      kind: 'task.activated',
      actor: systemActor,
      subject: { kind: 'task', id: task.id },
      data: {
        taskId: task.id,
        identityId: task.identityId,
        approvalId: approval.id,
        approvedBy: approval.votes.map((vote) => ({ person: vote.personId, seat: vote.seat, atMs: vote.atMs })),
        endsMs,
      },
    },
    changes: [...voters.guards, update('tasks', task, { ...task, state: 'active', endsMs }), close(approval, 'used')],
  })
  return 'task active'
}

function close(approval: Kept<Approval>, state: Approval['state']): Change {
  return update('approvals', approval, { ...approval, state })
}

function grant(entitlement: Kept<Entitlement>): Change {
  return update('entitlements', entitlement, { ...entitlement, state: 'granted' })
}
