import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  codeOf,
  enter,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  readingPart,
  recordOf,
  register,
  verdictOf,
} from './cast.ts'

describe('a task that hands a part of itself on', () => {
  let house: House
  let releaser: Actor
  let summariser: Actor
  let parent: string
  let child: string
  const ids = { releaser: '', summariser: '' }
  const tokens: { gate: AccessToken; api: AccessToken; actor: Actor }[] = []

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    releaser = await makeReleaser(house)
    summariser = makeSummariser(house)
    ids.releaser = await register(house, releaser)
    ids.summariser = await register(house, summariser)
    await letAct(house, 'release-agent', 'docs-summariser')
    parent = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
  })
  afterAll(async () => {
    await house.end(40)
  })

  it.each([
    ['an end beyond its own', { lifeSeconds: 7_200 }, 'end_exceeded'],
    ['a scope that it does not have', { scope: [{ action: 'docs/read_text_file', resource: '*' }] }, 'scope_exceeded'],
    ['more sensitive data', { ceiling: 'confidential' }, 'ceiling_exceeded'],
    ['more calls than it has', { budget: { ...readingPart.budget, callsMax: 1_000 } }, 'budget_exceeded'],
    ['its part to somebody unknown', { to: 'nobody' }, 'actor_unauthorized'],
    ['its part back to itself', { to: 'release-agent' }, 'chain_invalid'],
  ] as const)('cannot hand on %s, and the denial is on record', async (_, more, code) => {
    expect(await recordOf(house, releaser.agent.delegate(parent, { ...readingPart, ...more }))).toBe(
      `decision.denial ${code}`,
    )
  })

  it('hands nothing on by a token for one server, which opens that server only', async () => {
    const token = await releaser.agent.exchange(parent, releaser.agent.gatewayUrl('docs'))
    const key = releaser.key
    const send = createTokenFetch({ token: async () => token, ...(key === undefined ? {} : { key }) })
    const answer = await send(`${house.url}/api/v1/tasks/${parent}/delegations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(readingPart),
    })
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'token_audience' }])
  })

  it('hands on less than it has', async () => {
    const handed = await releaser.agent.delegate(parent, readingPart)
    child = handed.task.id
    expect(handed.task).toMatchObject({ parentId: parent, rootId: parent, identityId: ids.summariser, state: 'active' })
    expect(handed.task.chain.map((link) => link.name)).toEqual(['release-agent', 'docs-summariser'])
  })

  it("shows the chain in the helper's token: who acts, and for whom", async () => {
    for (const [actor, task] of [
      [releaser, parent],
      [summariser, child],
    ] as const) {
      const gate = await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))
      tokens.push({ actor, gate, api: await actor.agent.apiToken(task) })
    }
    const claims = JSON.parse(Buffer.from(tokens[1]?.gate.value.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toMatchObject({
      sub: ids.releaser,
      client_id: ids.summariser,
      act: { sub: ids.summariser, sub_profile: 'ai_agent' },
      chain: [{ task: parent }, { task: child }],
      authorization_details: [{ task_id: child, scope: readingPart.scope }],
    })
  })

  it('lets the helper read what was handed on, and denies it what its delegator has and it has not', async () => {
    const { gateway } = await enter(summariser, child)
    const at = (name: string): string => join(house.documents, name)
    expect(verdictOf(await gateway.call('read_text_file', { path: at('internal/plans.md') }))).toBe('permitted')
    expect(verdictOf(await gateway.call('read_text_file', { path: at('public/handbook.md') }))).toBe('scope_exceeded')
    expect(verdictOf(await gateway.call('write_file', { path: at('public/x.md'), content: 'x' }))).toBe(
      'scope_exceeded',
    )
    await gateway.close()
  })

  it("keeps the helper out of its delegator's task, and everyone out of what is not theirs", async () => {
    const [, helper] = tokens
    const headers = { authorization: `Bearer ${helper?.api.value ?? ''}`, 'content-type': 'application/json' }
    const ask = (path: string, body: object): Promise<Response> =>
      house.fetch(`${house.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    for (const answer of [
      await ask(`/api/v1/tasks/${parent}/complete`, {}),
      await ask(`/api/v1/tasks/${parent}/fail`, {}),
      await ask(`/api/v1/tasks/${parent}/delegations`, { ...readingPart, to: 'release-agent' }),
    ]) {
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ code: 'not_found', entry: expect.any(Number) })
    }
    expect(await codeOf(summariser.agent.exchange(parent, house.url))).toBe('task_not_active')
    const own = await house.fetch(`${house.url}/api/v1/tasks/${parent}`, { headers })
    expect(own.status).toBe(404)
  })

  it('answers nothing to an agent about a token of another chain', async () => {
    const other = await openTask(house, summariser)
    const foreign = await summariser.agent.exchange(other, house.url)
    const [delegator] = tokens
    const key = releaser.key
    const send = createTokenFetch({
      token: async () => delegator?.api ?? foreign,
      ...(key === undefined ? {} : { key }),
    })
    const url = `${house.url}/oauth/introspect`
    const answer = await send(url, { method: 'POST', body: new URLSearchParams({ token: foreign.value }) })
    expect(await answer.json()).toEqual({ active: false })
  })

  it('is told of every credential that ended with a task, those of its parts too', async () => {
    const whole = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    for (const goal of ['One part', 'Another part', 'A third part']) {
      const part = await releaser.agent.delegate(whole, { ...readingPart, goal })
      await summariser.agent.exchange(part.task.id, house.url)
    }
    await releaser.agent.exchange(whole, releaser.agent.gatewayUrl('docs'))
    const ended = await releaser.agent.complete(whole, 'Done')
    // two of its own, as it handed on by one, and one of each part
    expect([ended.ended.length, ended.credentials]).toEqual([4, 5])
  })

  it('ends both tokens at every door the moment the first task is completed', async () => {
    const open = await doorsOf()
    expect(open).toEqual(Array.from({ length: 6 }, () => 'open'))
    const ended = await releaser.agent.complete(parent, 'Done')
    expect(ended.ended).toEqual(expect.arrayContaining([parent, child]))
    expect(ended.credentials).toBeGreaterThanOrEqual(4)
    expect(await doorsOf()).not.toContain('open')
    const states = await Promise.all(
      [parent, child].map(async (id) => (await house.people.lin.client.tasks.show(id)).task.state),
    )
    expect(states).toEqual(['completed', 'completed'])
  })

  it('cannot be completed twice', async () => {
    expect(await codeOf(releaser.agent.complete(parent))).toMatch(/token_revoked|task_not_active/)
  })

  /** Asks the gateway, introspection and the API with each token. */
  async function doorsOf(): Promise<readonly string[]> {
    const answers = tokens.map(async ({ actor, gate, api }) => {
      const key = actor.key === undefined ? {} : { key: actor.key }
      const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
      const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
      const gateway = await createTokenFetch({ token: async () => gate, ...key })(gate.resource, {
        method: 'POST',
        headers,
        body: list,
      })
      const own = await createTokenFetch({ token: async () => api, ...key, fetch: house.fetch as never })(
        `${house.url}/api/v1/tasks/${api.taskId}`,
      )
      const seen = await house.people.lin.client.tokens.introspect(gate.value)
      return [gateway.status === 401 || gateway.status === 403, !seen.active, own.status === 401 || own.status === 403]
    })
    return (await Promise.all(answers)).flat().map((isShut) => (isShut ? 'shut' : 'open'))
  }
})
