import { actorOf } from '../authenticate/actor.ts'
import type { AgentCaller, PersonCaller, WorkloadCaller } from '../authenticate/caller.ts'
import { TASK_STATES } from '../contract/task.ts'
import { cutOff } from '../flow/cut-off.ts'
import { delegateTask } from '../flow/delegate-task.ts'
import { endTaskTree } from '../flow/end-task.ts'
import { openTask as openTaskFlow } from '../flow/open-task.ts'
import { findIdentity } from '../flow/read-surroundings.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { requireRole } from '../register/standing.ts'
import type { TaskEnd } from '../revoke/task-end.ts'
import { readPage } from './people.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

export async function openTask({ house, caller, body }: Context<BodyOf<'task'>, WorkloadCaller>): Promise<Reply> {
  const opened = await openTaskFlow(house, caller, body)
  return new Reply(
    opened.task.state === 'active' ? 201 : 202,
    { 'content-type': 'application/json' },
    JSON.stringify(opened),
  )
}

export async function listTasks({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const state = TASK_STATES.find((known) => known === query['state'])
  const named = query['identity']
  const identityId = named === undefined ? undefined : (await findIdentity(house, named)).id
  const filter = { ...(state === undefined ? {} : { state }), ...(identityId === undefined ? {} : { identityId }) }
  return { tasks: await house.register.tasks(filter, readPage(query)) }
}

export async function readTask({ house, caller, params }: Context<null, PersonCaller | AgentCaller>): Promise<object> {
  const task = await house.register.task(params['id'] ?? '')
  const foreign = caller.kind === 'agent' && !task?.chain.some((link) => link.identityId === caller.identity.id)
  if (task === undefined || foreign) throw new RemitError('not_found', { detail: 'There is no such task.' })
  const [usage, credentials, living] = await Promise.all([
    house.register.taskUsage(task.id),
    house.revoke.livingCredentialsOf(task.id, LIMITS.pageRowsMax),
    house.revoke.livingTasksUnder(task.rootId, LIMITS.pageRowsMax),
  ])
  return { task, usage: usage ?? null, credentials, children: living.filter((other) => other.parentId === task.id) }
}

export async function delegate({
  house,
  caller,
  body,
  params,
}: Context<BodyOf<'delegation'>, AgentCaller>): Promise<object> {
  requireOwnTask(caller, params['id'])
  return delegateTask(house, caller, body)
}

type EndsOwn = Context<BodyOf<'maybeReason'>, AgentCaller>

export async function completeTask(context: EndsOwn): Promise<object> {
  return endOwnTask(context, 'completed', 'its agent completed it')
}

export async function failTask(context: EndsOwn): Promise<object> {
  return endOwnTask(context, 'failed', 'its agent gave it up')
}

function endOwnTask({ house, caller, body, params }: EndsOwn, end: TaskEnd, because: string): Promise<object> {
  requireOwnTask(caller, params['id'])
  return endTaskTree(house, caller.task.id, { end, because: body.reason ?? because, actor: actorOf(caller) })
}

export async function revokeTask({
  house,
  caller,
  body,
  params,
}: Context<BodyOf<'reason'>, PersonCaller>): Promise<object> {
  const task = await house.register.task(params['id'] ?? '')
  if (task === undefined) throw new RemitError('not_found', { detail: 'There is no such task.' })
  requireRole(caller.person, ['admin', 'responder', 'owner'], await house.register.identity(task.identityId))
  return endTaskTree(house, task.id, { end: 'revoked', because: body.reason, actor: actorOf(caller) })
}

export async function makeCutoff({ house, caller, body }: Context<BodyOf<'cutoff'>, PersonCaller>): Promise<object> {
  return cutOff(house, caller, body)
}

export async function listCutoffs({ house }: Context<null, PersonCaller>): Promise<object> {
  return { cutoffs: await house.revoke.cutoffs(LIMITS.pageRowsMax) }
}

function requireOwnTask(caller: AgentCaller, id: string | undefined): void {
  if (caller.task.id !== id) throw new RemitError('not_found', { detail: 'This token is for another task.' })
}
