import type { AgentCaller, PersonCaller, WorkloadCaller } from '../authenticate/caller.ts'
import { TASK_STATES } from '../contract/task.ts'
import { cutOff } from '../flow/cut-off.ts'
import { delegateTask } from '../flow/delegate-task.ts'
import { finishTask } from '../flow/finish-task.ts'
import { openTask as openTaskFlow } from '../flow/open-task.ts'
import { findIdentity } from '../flow/read-surroundings.ts'
import { revokeTaskBy } from '../flow/revoke-task.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { readPage } from './page.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

const idOf = (context: Context): string => context.params['id'] ?? ''

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
  const { rows, next } = await readPage('tasks', query, (page) => house.register.tasks(filter, page))
  return { tasks: rows, next }
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

export async function delegate(context: Context<BodyOf<'delegation'>, AgentCaller>): Promise<object> {
  return delegateTask(context.house, context.caller, idOf(context), context.body)
}

export async function completeTask(context: Context<BodyOf<'maybeReason'>, AgentCaller>): Promise<object> {
  return finishTask(context.house, context.caller, idOf(context), 'completed', context.body.reason)
}

export async function failTask(context: Context<BodyOf<'maybeReason'>, AgentCaller>): Promise<object> {
  return finishTask(context.house, context.caller, idOf(context), 'failed', context.body.reason)
}

export async function revokeTask(context: Context<BodyOf<'reason'>, PersonCaller>): Promise<object> {
  return revokeTaskBy(context.house, context.caller, idOf(context), context.body.reason)
}

export async function makeCutoff({ house, caller, body }: Context<BodyOf<'cutoff'>, PersonCaller>): Promise<object> {
  return cutOff(house, caller, body)
}

export async function listCutoffs({ house }: Context<null, PersonCaller>): Promise<object> {
  return { cutoffs: await house.revoke.cutoffs(LIMITS.pageRowsMax) }
}
