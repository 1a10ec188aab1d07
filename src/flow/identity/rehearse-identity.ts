import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { readFooting } from '../../authenticate/footing.ts'
import { insert, update } from '../../contract/change.ts'
import type { Credential } from '../../contract/credential.ts'
import { CLEAN_LABELS } from '../../contract/label.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { findStandingFaults, type StandingFault } from '../../contract/standing.ts'
import { newUsage, type Task } from '../../contract/task.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import { settleApproval } from '../approval/settle-approval.ts'
import { executeCutoff } from '../cut-off.ts'
import type { House } from '../house.ts'
import { findIdentity } from '../read-surroundings.ts'

/** What a rehearsal proved: the canary counted before the cutoff and did not after it. */
export interface Rehearsal {
  readonly faultsBefore: readonly StandingFault[]
  readonly faultsAfter: readonly StandingFault[]
  readonly tookMs: number
}

const canaryLifeMs = 60_000

/**
 * Rehearses the revocation path of an identity: makes a canary task and credential that can do nothing, cuts them off
 * by the same code as a real cutoff, and checks that what every door checks has turned from yes to no.
 */
export async function rehearseByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
): Promise<{ readonly rehearsal: Rehearsal; readonly entry: number }> {
  const identity = await findIdentity(house, idOrName)
  requireRoleOver(caller.person, ['admin', 'owner', 'responder'], identity)
  const canary = await makeCanary(house, caller, identity)
  const faultsBefore = await faultsOf(house, canary)
  const done = await executeCutoff(
    house,
    actorOf(caller),
    { target: 'task', targetId: canary.taskId, because: 'rehearsal' },
    undefined,
  )
  const faultsAfter = await faultsOf(house, canary)
  if (faultsBefore.some(isOfRevocation) || !faultsAfter.some(isOfRevocation))
    throw new RemitError('internal', {
      cause: new Error(
        `the canary of ${identity.id} stood ${faultsBefore.join()} before and ${faultsAfter.join()} after`,
      ),
    })
  const rehearsal: Rehearsal = { faultsBefore, faultsAfter, tookMs: done.clock.tookMs }
  return { rehearsal, entry: await recordRehearsal(house, caller, identity.id, rehearsal, done.entry) }
}

const isOfRevocation = (fault: StandingFault): boolean =>
  fault === 'cut_off' || fault === 'token_revoked' || fault === 'task_not_active'

async function makeCanary(house: House, caller: PersonCaller, identity: Identity): Promise<Credential> {
  const nowMs = house.clock.nowMs()
  const taskId = house.ids.next('task')
  const task: Task = {
    id: taskId,
    identityId: identity.id,
    parentId: null,
    rootId: taskId,
    chain: [{ identityId: identity.id, name: identity.name, taskId }],
    purpose: identity.purpose ?? 'rehearsal',
    goal: 'rehearse the revocation path',
    ticket: null,
    scope: [],
    ceiling: 'public',
    budget: { callsMax: 0, writesMax: 0, bytesMax: 0 },
    labels: CLEAN_LABELS,
    delegationDepthLeft: 0,
    onBehalfOf: null,
    approvalId: null,
    bindingId: null,
    state: 'active',
    createdMs: nowMs,
    endsMs: nowMs + canaryLifeMs,
    endedMs: null,
    endedBecause: null,
  }
  const credential: Credential = {
    id: house.ids.next('credential'),
    kind: 'access_token',
    identityId: identity.id,
    taskId,
    audience: 'rehearsal',
    keyThumbprint: null,
    issuedMs: nowMs,
    expiresMs: task.endsMs,
    state: 'issued',
  }
  await house.log.record({
    entry: {
      kind: 'rehearsal.began',
      actor: actorOf(caller),
      subject: { kind: 'identity', id: identity.id },
      data: { identityId: identity.id, taskId, credentialId: credential.id },
    },
    changes: [
      insert('tasks', task),
      insert('task_usage', newUsage(task, task.labels)),
      insert('credentials', credential),
    ],
  })
  return credential
}

async function faultsOf(house: House, canary: Credential): Promise<readonly StandingFault[]> {
  const footing = await readFooting(house.footing, canary.id)
  if (footing === undefined) throw new RemitError('internal', { cause: new Error('the canary is gone') })
  return findStandingFaults(footing, house.clock.nowMs())
}

async function recordRehearsal(
  house: House,
  caller: PersonCaller,
  identityId: string,
  rehearsal: Rehearsal,
  answers: number,
): Promise<number> {
  const identity = await findIdentity(house, identityId)
  const recorded = await house.log.record({
    entry: {
      kind: 'identity.rehearsed',
      actor: actorOf(caller),
      subject: { kind: 'identity', id: identityId },
      data: {
        identityId,
        faultsBefore: rehearsal.faultsBefore,
        faultsAfter: rehearsal.faultsAfter,
        tookMs: Math.round(rehearsal.tookMs),
      },
      answers,
    },
    changes: [update('identities', identity, { ...identity, rehearsedMs: house.clock.nowMs() })],
  })
  const about = await house.register.approvalsAbout(identityId)
  const waiting = about.find(({ subject, state }) => subject === 'identity' && state === 'approved')
  if (waiting !== undefined) await settleApproval(house, waiting.id)
  return recorded.index
}
