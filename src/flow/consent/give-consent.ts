import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { rankClass } from '../../contract/action-class.ts'
import { type Change, insert } from '../../contract/change.ts'
import type { AuthorizationCode } from '../../contract/register/client.ts'
import { isLive, type Task, type TaskId } from '../../contract/task.ts'
import type { TaskRequest } from '../../decide/requests.ts'
import { digestOf, digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { idFrom } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import { type OfferedTool, scopeOfTools } from '../../register/consent-offer.ts'
import type { House } from '../house.ts'
import { recordFewWaiting } from '../task/few-waiting.ts'
import type { PreparedConsent } from './prepare-consent.ts'

/** What a person said yes to: tools by their action, and for how long. */
export interface Consented {
  /** The question that this answers, as it was sealed: no other page holds the same. */
  readonly question: string
  /** When it was put. */
  readonly askedMs: number
  readonly actions: readonly string[]
  readonly lifeSeconds: number
}

/** What became of a yes: a code, or a task for which another person has to say yes as well. */
export type Given = { readonly code: string } | { readonly waitingTaskId: string }

/**
 * Opens the task that a person consented to, on their behalf, and makes the code for it; the same answer to the same
 * question once more, as by a second click, gets another code for that task while it lives, and opens none ever: the id of the
 * task follows from the answer. The decision is as for any task on behalf: entitlements, rights, purpose and policies are looked
 * at again. Errors: `request_invalid` for what was not offered, `task_not_active` where what it opened has ended, and those of a
 * denial.
 */
export async function giveConsent(
  house: House,
  person: PersonCaller,
  prepared: PreparedConsent,
  consented: Consented,
): Promise<Given> {
  const answer = digestOf([consented.question, [...consented.actions], consented.lifeSeconds])
  const taskId = idFrom('task', consented.askedMs, answer)
  return await house.racedInTurn(`consents/${taskId}`, async () => {
    const isOpened = (await house.register.task(taskId)) !== undefined
    return isOpened
      ? await giveAgain(house, person, prepared, taskId)
      : await openConsented(house, person, prepared, { ...consented, taskId })
  })
}

async function openConsented(
  house: House,
  person: PersonCaller,
  prepared: PreparedConsent,
  consented: Consented & { readonly taskId: TaskId },
): Promise<Given> {
  const { client } = prepared
  const tools = prepared.offer.tools.filter(({ action }) => consented.actions.includes(action))
  if (tools.length === 0 || tools.length !== consented.actions.length)
    throw new RemitError('request_invalid', { detail: 'Choose at least one of the tools that are shown.' })
  const request = requestTask(prepared, tools, consented.lifeSeconds)
  const by = { bindingId: client.binding.id, taskId: consented.taskId }
  const recorded = await recordFewWaiting(house, () => house.decide.behalfTask(person, client.identity.id, request, by))
  const task = recorded.fact.grant
  if (task.state === 'waiting') return { waitingTaskId: task.id }
  return { code: await issueCode(house, person, prepared, { task, scope: wordsOf(tools), answers: recorded.index }) }
}

/**
 * Makes a code for a task that the person has consented to before. Errors: `task_not_active` where it has ended, or is not
 * this person's with this client.
 */
export async function giveAgain(
  house: House,
  person: PersonCaller,
  prepared: PreparedConsent,
  taskId: string,
): Promise<Given> {
  const task = await house.register.task(taskId)
  const isTheirs = task?.onBehalfOf === person.person.id && task.bindingId === prepared.client.binding.id
  if (task === undefined || !isTheirs) throw new RemitError('task_not_active')
  if (task.state === 'waiting') return { waitingTaskId: task.id }
  if (!isLive(task, house.clock.nowMs()))
    throw new RemitError('task_not_active', {
      detail: `The task is ${task.state === 'active' ? 'past its end' : task.state}. Begin again in the application.`,
    })
  const tools = prepared.offer.tools.filter(({ action }) => task.scope.some((grant) => grant.action === action))
  return { code: await issueCode(house, person, prepared, { task, scope: wordsOf(tools), answers: null }) }
}

/** Finds a living task that the person consented to for the very same ask of the same client. */
export async function findConsented(
  house: House,
  person: PersonCaller,
  { asked }: PreparedConsent,
): Promise<string | undefined> {
  const codes = await house.register.codesOf(person.person.id)
  const before = codes.filter((code) => code.ask === asked).sort((x, y) => y.createdMs - x.createdMs)[0]
  const task = before === undefined ? undefined : await house.register.task(before.taskId)
  return task !== undefined && isLive(task, house.clock.nowMs()) ? task.id : undefined
}

/** Writes down that a person said no. */
export async function refuseConsent(
  house: House,
  person: PersonCaller,
  { client, ask }: PreparedConsent,
): Promise<void> {
  await house.log.record({
    entry: {
      kind: 'consent.refused',
      actor: actorOf(person),
      subject: { kind: 'identity', id: client.identity.id },
      data: {
        identityId: client.identity.id,
        bindingId: client.binding.id,
        clientId: client.clientId,
        resource: ask.resource,
      },
    },
    changes: [],
  })
}

function requestTask(
  { client, offer, ask }: PreparedConsent,
  tools: readonly OfferedTool[],
  lifeSeconds: number,
): TaskRequest {
  const doesWrite = tools.some(({ actionClass }) => rankClass(actionClass) > rankClass('read'))
  return {
    purpose: client.identity.purpose ?? '',
    goal: `What a person asks for through ${client.clientId}, at ${ask.server}`,
    ticket: null,
    scope: scopeOfTools(tools),
    ceiling: offer.ceiling,
    budget: {
      callsMax: LIMITS.callsDefault,
      writesMax: doesWrite ? LIMITS.writesDefault : 0,
      bytesMax: LIMITS.bytesDefault,
    },
    lifeSeconds: Math.min(lifeSeconds, offer.longestSeconds),
  }
}

const wordsOf = (tools: readonly OfferedTool[]): string =>
  unique(tools.map(({ actionClass }) => actionClass))
    .toSorted((x, y) => rankClass(x) - rankClass(y))
    .join(' ')

async function issueCode(
  house: House,
  person: PersonCaller,
  { client, ask, asked }: PreparedConsent,
  on: { readonly task: Task; readonly scope: string; readonly answers: number | null },
): Promise<string> {
  const secret = `rmc_${house.ids.secret(32)}`
  const atMs = house.clock.nowMs()
  const code: AuthorizationCode = {
    id: digestText(secret),
    clientId: client.clientId,
    bindingId: client.binding.id,
    identityId: client.identity.id,
    personId: person.person.id,
    taskId: on.task.id,
    redirectUri: ask.redirectUri,
    challenge: ask.challenge,
    resource: ask.resource,
    keyThumbprint: ask.keyThumbprint,
    scope: on.scope,
    ask: asked,
    createdMs: atMs,
    expiresMs: atMs + LIMITS.codeSeconds * 1000,
    usedMs: null,
  }
  const changes: readonly Change[] = [insert('authorization_codes', code)]
  await house.log.record({
    entry: {
      kind: 'code.issued',
      actor: actorOf(person),
      subject: { kind: 'task', id: code.taskId },
      data: {
        taskId: code.taskId,
        identityId: code.identityId,
        bindingId: code.bindingId,
        clientId: code.clientId,
        resource: code.resource,
        scope: code.scope,
        expiresMs: code.expiresMs,
        isAgain: on.answers === null,
      },
      ...(on.answers === null ? {} : { answers: on.answers }),
    },
    changes,
  })
  return secret
}
