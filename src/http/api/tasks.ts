import type { AgentCaller, PersonCaller, WorkloadCaller } from '../../authenticate/caller.ts'
import { LIVING_TASK_STATES, TASK_STATES } from '../../contract/task.ts'
import { cutOff } from '../../flow/cut-off.ts'
import { findIdentity } from '../../flow/read-surroundings.ts'
import { delegateTask } from '../../flow/task/delegate-task.ts'
import { finishTask } from '../../flow/task/finish-task.ts'
import { type OpenedTask, openBehalfTask, openTask as openTaskFlow } from '../../flow/task/open-task.ts'
import { revokeTaskBy } from '../../flow/task/revoke-task.ts'
import { certifyWorkload } from '../../flow/token/svid/certify-workload.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { readPage } from '../input/page.ts'
import { type BodyOf, type Context, Reply } from '../route.ts'

const idOf = (context: Context): string => context.params['id'] ?? ''

export async function openTask({ house, caller, body }: Context<BodyOf<'task'>, WorkloadCaller>): Promise<Reply> {
  return replyOpened(await openTaskFlow(house, caller, body))
}

export async function openTaskFor({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'behalfTask'>, PersonCaller>): Promise<Reply> {
  return replyOpened(await openBehalfTask(house, caller, params['id'] ?? '', body))
}

function replyOpened(opened: OpenedTask): Reply {
  const status = opened.task.state === 'active' ? 201 : 202
  return new Reply(status, { 'content-type': 'application/json' }, JSON.stringify(opened))
}

export async function listTasks({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { identity, parent: parentId } = query
  const state = query['state'] === 'living' ? LIVING_TASK_STATES : TASK_STATES.find((each) => each === query['state'])
  const filter = {
    ...(state === undefined ? {} : { state }),
    ...(identity === undefined ? {} : { identityId: (await findIdentity(house, identity)).id }),
    ...(parentId === undefined ? {} : { parentId }),
  }
  const { rows, next } = await readPage('tasks', query, (page) => house.register.tasks(filter, page))
  return { tasks: rows, next }
}

export async function readTask({ house, caller, params }: Context<null, PersonCaller | AgentCaller>): Promise<object> {
  const task = await house.register.task(params['id'] ?? '')
  const foreign = caller.kind === 'agent' && !task?.chain.some((link) => link.identityId === caller.identity.id)
  if (task === undefined || foreign) throw new RemitError('not_found', { detail: 'There is no such task.' })
  const filter = { parentId: task.id, state: LIVING_TASK_STATES }
  const [usage, credentials, children] = await Promise.all([
    house.register.taskUsage(task.id),
    house.revoke.livingCredentialsOf(task.id, LIMITS.pageRowsMax),
    readPage('tasks', {}, (page) => house.register.tasks(filter, page)),
  ])
  return { task, usage: usage ?? null, credentials, children: children.rows, childrenNext: children.next }
}

export async function delegate(context: Context<BodyOf<'delegation'>, AgentCaller>): Promise<object> {
  return delegateTask(context.house, context.caller, idOf(context), context.body)
}

export async function certify(context: Context<BodyOf<'certification'>, WorkloadCaller>): Promise<object> {
  return certifyWorkload(context.house, context.caller, { taskId: idOf(context), ...context.body })
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

export async function listCutoffs({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { rows, next } = await readPage('cutoffs', query, (page) => house.revoke.cutoffs(page))
  return { cutoffs: rows, next }
}
