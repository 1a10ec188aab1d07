import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProofKey } from '../../../sdk/dpop.ts'
import { type House, startHouse } from '../../house.ts'
import { actorForm, EXCHANGE } from '../../scenarios/acting.ts'
import { type Actor, furnish, letAct, makeReleaser, makeSummariser, openTask, register } from '../../scenarios/cast.ts'
import { type Heard, send } from '../intruder.ts'

const times = 200
const question = {
  subject: { type: 'agent', id: 'release-agent' },
  action: { name: 'docs/read_text_file' },
  resource: { type: 'docs', id: 'internal/plan.md' },
}

describe('one proof of possession, shown many times in one moment', () => {
  let house: House
  let releaser: Actor
  let helper: Actor
  let key: ProofKey
  let taskId: string
  let asked = 0

  beforeAll(async () => {
    // each asks from an address of its own, so that what refuses it is not the number of those that failed before it
    house = await startHouse({ limits: { requestsPerSecond: 100_000 }, trustedProxies: ['127.0.0.1'] })
    await furnish(house)
    helper = makeSummariser(house, 'helper')
    releaser = await makeReleaser(house)
    for (const actor of [helper, releaser]) await register(house, actor)
    await letAct(house, 'release-agent', 'helper')
    if (releaser.key === undefined) throw new Error('it proves itself by a key')
    key = releaser.key
    taskId = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
  })
  afterAll(async () => void (await house.end()))

  const ask = (
    path: string,
    init: Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> },
  ): Promise<Heard> =>
    send(house, path, {
      ...init,
      headers: { ...init.headers, 'x-forwarded-for': `10.1.${++asked >> 8}.${asked & 255}` },
    })
  const good = (heard: readonly Heard[]): number => heard.filter(({ status }) => status === 200).length

  const json = { 'content-type': 'application/json' }
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
  it.each([
    ['that reads', '', 'GET', (): string => `/api/v1/tasks/${taskId}`, {}],
    [
      'of questions',
      '',
      'POST',
      (): string => '/access/v1/evaluation',
      { headers: json, body: JSON.stringify(question) },
    ],
    [
      'of introspection',
      '',
      'POST',
      (): string => '/oauth/introspect',
      { body: new URLSearchParams({ token: 'a.b.c' }) },
    ],
    ['of the gateway', '/mcp/docs', 'POST', (): string => '/mcp/docs', { headers: json, body: JSON.stringify(call) }],
  ] as const)('counts once at a door %s', async (_, audience, method, path, init) => {
    const { value } = await releaser.agent.exchange(taskId, `${house.url}${audience}`)
    const dpop = await key.prove(method, `${house.url}${path()}`, value)
    const headers = {
      accept: 'application/json, text/event-stream',
      ...('headers' in init ? init.headers : {}),
      authorization: `DPoP ${value}`,
      dpop,
    }
    const heard = await Promise.all(Array.from({ length: times }, () => ask(path(), { ...init, method, headers })))
    expect(good(heard)).toBe(1)
    expect(heard.every(({ status }) => [200, 400, 401].includes(status))).toBe(true)
  })

  it('hands one part of a task on, and not one to each helper that comes with it', async () => {
    const subject = await releaser.agent.exchange(taskId, house.url)
    const proof = await key.prove('POST', `${house.url}/oauth/token`, subject.value)
    const forms = await Promise.all(
      Array.from({ length: 20 }, () =>
        actorForm(house, subject, helper, { subject_token_proof: proof, grant_type: EXCHANGE }),
      ),
    )
    const heard = await Promise.all(
      forms.map((form) => ask('/oauth/token', { method: 'POST', body: new URLSearchParams(form) })),
    )
    expect(good(heard)).toBe(1)
  })
})
