import type { AccessToken } from '../../sdk/agent.ts'
import { type Heard, post, send } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from './cast.ts'

let house: House
let actor: Actor

/** Starts a house with a reader who needs a yes to each call; the rest of this file is about it. */
export async function openAsking(more: Readonly<Record<string, unknown>> = {}): Promise<House> {
  house = await startHouse(more)
  await furnish(house)
  const plain = makeSummariser(house, 'asks-ahead')
  actor = { ...plain, entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call' })) }
  await register(house, actor)
  return house
}

export type Members = Readonly<Record<string, unknown>>
export interface Told {
  readonly decision?: boolean
  readonly context?: Members & { readonly access_request?: Members; readonly evaluation_id?: string }
  readonly task?: { readonly id: string; readonly status: string; readonly status_endpoint: string }
  readonly result?: { readonly mode: string; readonly approval: Members }
  readonly type?: string
}
export const told = (heard: Heard): Told => heard.json as Told

export const question = (taskId: string, more: Members = {}) => ({
  subject: { type: 'task', id: taskId },
  action: { name: 'docs/read_text_file', properties: { head: 3 } },
  resource: { type: 'docs', id: 'public/handbook.md' },
  context: { ticket: 'DOC-1' },
  ...more,
})

export interface Standing {
  readonly token: AccessToken
  readonly asked: ReturnType<typeof question>
  readonly denied: Told
}

/** Opens a task and has an evaluation of it denied for want of an approval. */
export async function stand(): Promise<Standing> {
  const token = await actor.agent.apiToken(await openTask(house, actor))
  const asked = question(token.taskId)
  return { token, asked, denied: await evaluate(token, asked) }
}

export const evaluate = async ({ value }: Pick<AccessToken, 'value'>, body: object): Promise<Told> =>
  told(await post(house, '/access/v1/evaluation', value, JSON.stringify(body)))

export const submission = ({ asked, denied }: Pick<Standing, 'asked' | 'denied'>, more: Members = {}): Members => ({
  ...asked,
  denial: { evaluation_id: denied.context?.evaluation_id, expires_at: denied.context?.access_request?.['expires_at'] },
  ...more,
})

export async function submit(token: Pick<AccessToken, 'value'>, body: object, key?: string): Promise<Heard> {
  const headers = {
    authorization: `Bearer ${token.value}`,
    'content-type': 'application/json',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }
  return send(house, '/access/v1/requests', { method: 'POST', headers, body: JSON.stringify(body) })
}

export const look = (token: Pick<AccessToken, 'value'>, id: string): Promise<Heard> =>
  send(house, `/access/v1/requests/${id}`, { headers: { authorization: `Bearer ${token.value}` } })
export const cancel = (token: Pick<AccessToken, 'value'>, id: string): Promise<Heard> =>
  post(house, `/access/v1/requests/${id}/cancel`, token.value, '{}')
export const approve = (id: string) => house.people.lin.client.approvals.vote(id, 'approve', 'It may')

/** Submits and gets a yes. Gives what is shown with the next evaluation. */
export async function approved(standing: Standing): Promise<Members> {
  const { task } = told(await submit(standing.token, submission(standing)))
  await approve(task?.id ?? '')
  return told(await look(standing.token, task?.id ?? '')).result?.approval ?? {}
}
