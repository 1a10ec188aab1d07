import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { type RawAnswer, sendRaw } from './raw.ts'

describe('the decision point (AuthZEN 1.0)', () => {
  let house: House
  let token: AccessToken
  let id: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const actor = makeSummariser(house)
    id = await register(house, actor)
    token = await actor.agent.exchange(await openTask(house, actor), house.url)
  })
  afterAll(async () => {
    await house.end(30)
  })

  const question = (more: object = {}): object => ({
    subject: { type: 'task', id: 'THE TASK' },
    action: { name: 'docs/read_text_file' },
    resource: { type: 'resource', id: 'docs:internal/plans.md' },
    ...more,
  })
  const ask = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> =>
    sendRaw(house.url, {
      method: 'POST',
      path: '/access/v1/evaluation',
      headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json', ...headers },
      body: (typeof body === 'string' ? body : JSON.stringify(body)).replace('THE TASK', token.taskId),
    })

  it('says where it is', async () => {
    const answer = await house.fetch(`${house.url}/.well-known/authzen-configuration`)
    expect(await answer.json()).toEqual({
      policy_decision_point: house.url,
      access_evaluation_endpoint: `${house.url}/access/v1/evaluation`,
      access_evaluations_endpoint: `${house.url}/access/v1/evaluations`,
      search_subject_endpoint: `${house.url}/access/v1/search/subject`,
      search_resource_endpoint: `${house.url}/access/v1/search/resource`,
      search_action_endpoint: `${house.url}/access/v1/search/action`,
      access_request_endpoint: `${house.url}/access/v1/requests`,
      jwks_uri: `${house.url}/oauth/jwks`,
      capabilities: ['urn:openid:authzen:capability:access-request'],
      supported_obligations: expect.arrayContaining(['step-up', 'dev.remit/mask-result']),
    })
  })

  it('answers yes to an agent about what its task covers, and the answer is on record', async () => {
    const { status, json } = await ask(question())
    expect([status, json]).toMatchObject([
      200,
      { decision: true, context: { reasons: [{ rule: 'law:scope' }, { rule: 'base:call' }] } },
    ])
    const { entry } = json['context'] as { entry: number }
    expect((await house.people.lin.client.entries.show(entry)).entry.kind).toBe('decision.permit')
  })

  it('answers no, which is no error: with reasons, the nearest yes, and how to ask', async () => {
    const { status, json } = await ask(
      question({ resource: { type: 'resource', id: 'docs:confidential/salaries.csv' } }),
    )
    expect([status, json]).toMatchObject([
      200,
      {
        decision: false,
        context: { code: 'ceiling_exceeded', ask: { sentence: expect.any(String) }, entry: expect.any(Number) },
      },
    ])
  })

  it('says whose request it answers', async () => {
    const { headers } = await ask(question(), { 'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' })
    expect(headers.get('x-request-id')).toBe('bfe9eb29-ab87-4ca3-be83-a1d5d8305716')
  })

  it.each([
    ['at the top', question({ colour: 'red' })],
    [
      'in the subject',
      question({ subject: { type: 'identity', id: 'nobody', colour: 'red', properties: { a: [1, { b: 2 }] } } }),
    ],
    ['in the context', question({ context: { time: '2026-01-01', deep: { er: [null] } } })],
  ])('tolerates members that it does not know, %s', async (_, body) => {
    expect((await ask(body)).status).toBe(200)
  })

  it.each([
    ['no subject', question({ subject: undefined })],
    ['a subject without an id', question({ subject: { type: 'identity' } })],
    ['a subject without a type', question({ subject: { id: 'THE TASK' } })],
    ['an empty id', question({ subject: { type: 'identity', id: '' } })],
    ['no action', question({ action: undefined })],
    ['an action without a name', question({ action: {} })],
    ['no resource', question({ resource: undefined })],
    ['a resource that is a text', question({ resource: 'docs:x' })],
    ['a context that is a list', question({ context: [] })],
    ['a member named __proto__', '{"subject":{"type":"a","id":"b","properties":{"__proto__":1}}}'],
    ['a subject that is named twice', '{"subject":{"type":"a","id":"b"},"subject":{"type":"a","id":"c"}}'],
    ['half a character', question({ resource: { type: 'resource', id: 'docs:\ud800' } })],
    ['nothing', ''],
    ['half of it', '{"subject":'],
  ])('answers 400 with a text to %s', async (_, body) => {
    const answer = await ask(body)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      400,
      expect.stringMatching(/^application\/json/),
    ])
    expect(typeof JSON.parse(answer.text)).toBe('string')
  })

  it('answers 400 to another content type, and 401 to nobody', async () => {
    expect((await ask(question(), { 'content-type': 'text/plain' })).status).toBe(400)
    expect((await ask(question(), { authorization: 'Bearer rms_nothing' })).status).toBe(401)
    const nobody = await sendRaw(house.url, {
      method: 'POST',
      path: '/access/v1/evaluation',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Bearer /)])
  })

  it.each([
    ['a huge id', { resource: { type: 'resource', id: 'x'.repeat(100_000) } }],
    ['control characters', { resource: { type: 'resource', id: 'docs:\u0000\u202e' } }],
    ['a number without end', { context: { n: '__huge__' } }],
    [
      'names of members of every object',
      { subject: { type: 'constructor', id: 'toString', properties: { hasOwnProperty: 1 } } },
    ],
  ])('answers no to %s, and its entry still fits', async (_, more) => {
    const body = JSON.stringify(question(more)).replace('"__huge__"', '1e999')
    const answer = await ask(body)
    expect(answer.status).toBe(200)
    const { entry } = answer.json['context'] as { entry: number }
    const { raw } = await house.people.lin.client.entries.show(entry)
    expect(Buffer.byteLength(raw)).toBeLessThan(65_536)
  })

  it('answers a person too, about any identity', async () => {
    const answer = await house.people.lin.client.evaluation.evaluate({
      ...question(),
      subject: { type: 'identity', id },
    } as never)
    expect(typeof answer.decision).toBe('boolean')
  })
})
