import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { post } from './intruder.ts'

let house: House
let actor: Actor

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const plain = makeSummariser(house, 'asks-twice')
  actor = { ...plain, entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call' })) }
  await register(house, actor)
})

afterAll(() => house.end())

interface Told {
  readonly decision: boolean
  readonly context: { readonly evaluation_id?: string }
  readonly task?: { readonly id: string }
}

type Denying = (token: AccessToken, head: number) => Promise<object>
const submitTo = (token: AccessToken, body: object): Promise<Told & { readonly code?: string }> =>
  ask(token, '/access/v1/requests', body)

const ask = async (token: AccessToken, path: string, body: object): Promise<Told> =>
  (await post(house, path, token.value, JSON.stringify(body))).json as unknown as Told

it('a yes to a question does not cover one that only names what it lacks', async () => {
  const token = await actor.agent.apiToken(await openTask(house, actor))
  const question = {
    subject: { type: 'task', id: token.taskId },
    action: { name: 'docs/read_text_file', properties: { head: 3 } },
    resource: { type: 'docs', id: 'public/handbook.md' },
    context: { ticket: 'DOC-1' },
  }
  const denied = await ask(token, '/access/v1/evaluation', question)
  const denial = { evaluation_id: denied.context.evaluation_id }
  const { task } = await ask(token, '/access/v1/requests', { ...question, denial })
  const id = task?.id ?? ''
  const envelope = { usesMax: 5, lifeSeconds: 600, terms: [], resources: [], total: null }
  await house.people.lin.client.approvals.vote(id, 'approve', 'It may', envelope)
  const evaluate = (properties: object, context: object): Promise<Told> =>
    ask(token, '/access/v1/evaluation', {
      ...question,
      action: { ...question.action, properties },
      context: { ...context, approval: { id } },
    })
  expect((await evaluate({ head: 3 }, { ticket: 'DOC-1' })).decision).toBe(true)
  expect((await evaluate({ head: 3, '@context': { ticket: 'DOC-1' } }, {})).decision).toBe(false)
  expect((await evaluate({ head: 3 }, {})).decision).toBe(false)
})

it('a task that asks and takes back again and again is stopped, and what it asks of people stays cheap to read', async () => {
  const token = await actor.agent.apiToken(await openTask(house, actor))
  const about = (head: number) => ({
    subject: { type: 'task', id: token.taskId },
    action: { name: 'docs/read_text_file', properties: { head } },
    resource: { type: 'docs', id: 'public/handbook.md' },
  })
  const answers: string[] = []
  for (let at = 0; at <= LIMITS.accessRequestsPerTaskMax; at += 1) {
    const denied = await ask(token, '/access/v1/evaluation', about(at))
    const denial = { evaluation_id: denied.context.evaluation_id }
    const { json } = await post(house, '/access/v1/requests', token.value, JSON.stringify({ ...about(at), denial }))
    const { code, task } = json as { readonly code?: string; readonly task?: { readonly id: string } }
    answers.push(code ?? 'asked')
    if (task !== undefined) await ask(token, `/access/v1/requests/${task.id}/cancel`, {})
  }
  expect(answers.at(-1)).toBe('rate_limited')
  expect(answers.filter((each) => each !== 'asked')).toEqual(['rate_limited'])
})

/** Asks for access and takes it back, so many times, following denials that `denyTo` has whoever asks told. Gives all answers. */
async function askInVain(token: AccessToken, times: number, denyTo: Denying): Promise<readonly string[]> {
  const answers: string[] = []
  for (let at = 0; at < times; at += 1) {
    const { code, task } = await submitTo(token, await denyTo(token, at))
    answers.push(code ?? 'asked')
    if (task !== undefined) await ask(token, `/access/v1/requests/${task.id}/cancel`, {})
  }
  return answers
}

/** Two enforcement points that may ask about anybody, and a task to ask about. */
async function enterPoints(names: readonly [string, string]) {
  await house.people.ada.client.catalogue.classifyResource({ pattern: 'domain:*', sensitivity: 'internal' })
  const scope = [{ action: 'read', resource: 'domain:remit' }]
  const enter = async (name: string): Promise<AccessToken> => {
    const plain = makeSummariser(house, name)
    const entitlements = plain.entitlements.map((row) => ({ ...row, scope }))
    const point: Actor = { ...plain, entitlements, task: { ...plain.task, scope } }
    await register(house, point)
    return await point.agent.apiToken(await openTask(house, point))
  }
  const [first, second] = [await enter(names[0]), await enter(names[1])]
  const own = await actor.agent.apiToken(await openTask(house, actor))
  const about = (head: number) => ({
    subject: { type: 'task', id: own.taskId },
    action: { name: 'docs/read_text_file', properties: { head } },
    resource: { type: 'docs', id: 'public/handbook.md' },
  })
  const denyTo = async (token: AccessToken, head: number): Promise<object> => {
    const { context } = await ask(token, '/access/v1/evaluation', about(head))
    return { ...about(head), denial: { evaluation_id: context.evaluation_id } }
  }
  return { first, second, own, about, denyTo }
}

it('a denial that one enforcement point was told is asked about by it, by who is asked about, and by no other one', async () => {
  const { first, second, own, denyTo } = await enterPoints(['first-point', 'second-point'])
  const submit = async (token: AccessToken, body: object): Promise<string> =>
    (await post(house, '/access/v1/requests', token.value, JSON.stringify(body))).json.code ?? 'asked'
  const [one, two] = [await denyTo(first, 1), await denyTo(first, 2)]
  expect(await submit(second, one)).toBe('invalid_denial_binding')
  expect(await submit(first, one)).toBe('asked')
  expect(await submit(own, two)).toBe('asked')
})

it('an enforcement point that asks first is in the way of no other one, and people see who asks', async () => {
  const { first, second, own, about, denyTo } = await enterPoints(['early-point', 'late-point'])
  const askers = [first, second, own]
  const submit = async (token: AccessToken): Promise<Told & { readonly code?: string }> =>
    await ask(token, '/access/v1/requests', await denyTo(token, 1))
  const tasks: string[] = []
  for (const token of askers) tasks.push((await submit(token)).task?.id ?? '')
  expect(new Set(tasks).size).toBe(3)
  for (const token of askers) expect(await submit(token)).toMatchObject({ code: 'duplicate_request' })
  const { lin } = house.people
  const shown = await Promise.all(tasks.map(async (id) => (await lin.client.approvals.show(id)).approval.asked))
  const { identities } = await lin.client.identities.list()
  const nameOf = (id: unknown) => identities.find((each) => each.id === id)?.name
  expect(shown.map(({ askedBy }) => nameOf(askedBy))).toEqual(['early-point', 'late-point', undefined])
  await lin.client.approvals.vote(tasks[1] ?? '', 'approve', 'Once')
  const evaluate = async (token: AccessToken, id = ''): Promise<boolean> =>
    (await ask(token, '/access/v1/evaluation', { ...about(1), context: { approval: { id } } })).decision
  expect(await evaluate(first, tasks[0])).toBe(false)
  expect([await evaluate(second, tasks[1]), await evaluate(second, tasks[1])]).toEqual([true, false])
})

it('enforcement points that ask and take back again and again leave whoever acts in the task its own', async () => {
  const { first, second, own, denyTo } = await enterPoints(['loud-point', 'other-loud-point'])
  const most = LIMITS.accessRequestsOfOthersMax
  expect(new Set(await askInVain(first, most / 2, denyTo))).toEqual(new Set(['asked']))
  expect((await askInVain(second, most / 2 + 1, denyTo)).filter((code) => code !== 'asked')).toEqual(['rate_limited'])
  expect((await submitTo(own, await denyTo(own, 1))).code).toBeUndefined()
})
