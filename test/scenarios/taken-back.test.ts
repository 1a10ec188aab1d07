import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { CUTOFF_TARGETS, type CutoffTarget } from '../../src/contract/cutoff.ts'
import { callTool, verdictOn } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, codeOf, furnish, makeSummariser, openTask, problemOf, register } from './cast.ts'

interface Ids {
  readonly identity: string
  readonly vendor: string
  readonly task: string
  readonly binding: string
  readonly owner: string
}

describe('authority that is taken back', () => {
  let house: House
  let actor: Actor
  let id: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    id = await register(house, actor)
  })
  afterAll(async () => {
    await house.end(60)
  })

  /** Of the same task as a token for a server: its token for the house, which is for other doors. */
  const apis = new Map<AccessToken, AccessToken>()

  /** What each door says to a token for a server, and to that for the house where there is one. */
  async function doorsOf(token: AccessToken, api = apis.get(token) ?? null): Promise<readonly string[]> {
    const by = (shown: AccessToken) => createTokenFetch({ token: async () => shown })
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
    const asked = [by(token)(token.resource, { method: 'POST', headers, body })]
    if (api !== null)
      asked.push(
        by(api)(`${house.url}/api/v1/tasks/${token.taskId}`),
        by(api)(`${house.url}/access/v1/evaluation`, { method: 'POST', headers, body: '{}' }),
      )
    const heard = await Promise.all(asked)
    const codes = heard.map(({ status }) => (status === 401 || status === 403 ? 'shut' : 'open'))
    const { active } = await house.people.lin.client.tokens.introspect(token.value)
    return [...codes, active ? 'open' : 'shut']
  }
  const allShut = ['shut', 'shut', 'shut', 'shut']
  const itsOwnShut = ['shut', 'shut']
  const begin = async (): Promise<{ task: string; token: AccessToken; api: AccessToken }> => {
    const task = await openTask(house, actor)
    const token = await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))
    const api = await actor.agent.exchange(task, house.url)
    apis.set(token, api)
    return { task, token, api }
  }

  it('a revoked token is refused at every door, and the task goes on with another', async () => {
    const { task, token } = await begin()
    const { sam } = house.people
    expect(await doorsOf(token)).not.toContain('shut')
    expect(JSON.parse(await sam.client.tokens.revoke(token.value))).toEqual({ entry: expect.any(Number) })
    expect(await doorsOf(token, null)).toEqual(itsOwnShut)
    expect(JSON.parse(await sam.client.tokens.revoke(token.value))).toEqual({ entry: null })
    expect(await doorsOf(await actor.agent.exchange(task, actor.agent.gatewayUrl('docs')))).not.toContain('shut')
  })

  it('a token is revoked by its own agent, and by no other and by nobody without the role', async () => {
    const { token } = await begin()
    const other = makeSummariser(house, 'other-agent')
    await register(house, other)
    const foreign = await other.agent.exchange(await openTask(house, other), house.url)
    const revokeAs = (shown: AccessToken): Promise<Response> =>
      createTokenFetch({ token: async () => shown, fetch: house.fetch as never })(`${house.url}/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token: token.value }),
      })
    expect(await (await revokeAs(foreign)).json()).toEqual({ entry: null })
    expect(await codeOf(house.people.grace.client.tokens.revoke(token.value))).toBe('role_missing')
    expect(await doorsOf(token)).not.toContain('shut')
    expect((await revokeAs(token)).status).toBe(200)
    expect(await doorsOf(token, null)).toEqual(itsOwnShut)
  })

  it('a task that is revoked takes its tokens with it', async () => {
    const { task, token } = await begin()
    expect(await codeOf(house.people.lin.client.tasks.revoke(task, 'No role'))).toBe('role_missing')
    await house.people.sam.client.tasks.revoke(task, 'It is not needed')
    expect(await doorsOf(token)).toEqual(allShut)
    expect(await codeOf(house.people.sam.client.tasks.revoke(task, 'Again'))).toBe('task_not_active')
  })

  it('a task is taken back by who answers for its identity, and by nobody who owns something else', async () => {
    const { task } = await begin()
    const added = await house.people.ada.client.people.add({ name: 'eve', email: 'eve@example.org', roles: ['owner'] })
    const eve = await house.signIn(added.link)
    expect(await codeOf(eve.client.tasks.revoke(task, 'It is not mine'))).toBe('role_missing')
    expect((await house.people.grace.client.tasks.revoke(task, 'I sponsor it')).ended).toEqual([task])
  })

  it('a token ends its own task and no other', async () => {
    const [{ api }, { task: other }] = [await begin(), await begin()]
    const send = createTokenFetch({ token: async () => api, fetch: house.fetch as never })
    for (const verb of ['complete', 'fail']) {
      const headers = { 'content-type': 'application/json' }
      const answer = await send(`${house.url}/api/v1/tasks/${other}/${verb}`, { method: 'POST', headers, body: '{}' })
      expect(await answer.json()).toMatchObject({ code: 'not_found' })
    }
    expect((await house.people.lin.client.tasks.show(other)).task.state).toBe('active')
  })

  it('a task that fails takes its tokens with it', async () => {
    const { task, token } = await begin()
    await actor.agent.fail(task, 'The handbook is gone')
    expect(await doorsOf(token)).toEqual(allShut)
    expect((await house.people.lin.client.tasks.show(task)).task).toMatchObject({
      state: 'failed',
      endedBecause: 'The handbook is gone',
    })
  })

  it('a task whose end passed is over: its token is refused, and the state says so', async () => {
    const task = await openTask(house, actor, { lifeSeconds: 15 })
    const token = await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))
    apis.set(token, await actor.agent.exchange(task, house.url))
    const readState = async (): Promise<string> => (await house.people.lin.client.tasks.show(task)).task.state
    await expect.poll(readState, { interval: 100 }).toBe('expired')
    expect(await doorsOf(token)).toEqual(allShut)
    expect(await codeOf(actor.agent.exchange(task, house.url))).toBe('task_not_active')
  })

  it('who comes back with what was taken back is named in the record', async () => {
    const { lin, sam } = house.people
    const { task, token } = await begin()
    await sam.client.tasks.revoke(task, 'It is over')
    const heard = await callTool(house, token, '{"name":"read_text_file","arguments":{}}')
    expect(heard.status).toBe(401)
    const { size } = await lin.client.entries.list({ limit: 1 })
    const { explanation } = await lin.client.entries.why(size - 1)
    expect(explanation).toMatchObject({
      outcome: 'refusal',
      actor: { kind: 'stranger', id: 'unproven' },
      facts: { identityId: id, door: 'callServer' },
      chain: [{ identity: { name: actor.name } }],
    })
    expect(explanation.sentences.join('\n')).toContain(`It is about the identity ${actor.name} (${id}).`)
  })

  // That it ends the calls that are open is in streams-cut.test.ts.
  it('a cutoff of an upstream ends calls to it, not their task, and calls of a task that comes after are taken', async () => {
    const { lin, sam } = house.people
    const args = { path: `${house.documents}/public/handbook.md` }
    const read = async (token: AccessToken): Promise<string> =>
      verdictOn(await callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: args })))
    const { task, token } = await begin()
    expect(await read(token)).toBe('permitted')
    const made = await sam.client.cutoffs.make({ target: 'upstream', targetId: 'docs', because: 'It was changed' })
    expect(made.tasksEnded).toBe(0)
    expect(made.clock.lastAcceptedMs).toBeGreaterThan(0)
    expect((await sam.client.cutoffs.list()).cutoffs).toContainEqual(expect.objectContaining({ id: 'upstream:docs' }))
    expect(await read(token)).toBe('cut_off')
    expect((await lin.client.tasks.show(task)).task.state).toBe('active')
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(made.cutoff.atMs) // after is after its millisecond
    expect(await read((await begin()).token)).toBe('permitted')
  })

  it.each([
    ['task', 'answered', ({ task }) => task],
    ['chain', 'answered', ({ task }) => task],
    ['binding', 'cut_off', ({ binding }) => binding],
    ['vendor', 'cut_off', ({ vendor }) => vendor],
    ['identity', 'identity_inactive', ({ identity }) => identity],
    ['owner', 'cut_off', ({ owner }) => owner],
  ] as const satisfies readonly (readonly [CutoffTarget, string, (ids: Ids) => string])[])(
    'a cutoff of the %s shuts every door at once, and a new task then gets: %s',
    async (target, after, idIn) => {
      const { ada, lin, sam } = house.people
      const vendor = `vendor-of-${target}`
      const made = makeSummariser(house, `cut-by-${target}`)
      const cut = { ...made, profile: { ...made.profile, runtime: 'vendor', vendor } as const }
      const identity = await register(house, cut)
      const { bindings } = await lin.client.identities.show(identity)
      const task = await openTask(house, cut)
      const token = await cut.agent.exchange(task, cut.agent.gatewayUrl('docs'))
      apis.set(token, await cut.agent.exchange(task, house.url))
      expect(await doorsOf(token)).not.toContain('shut')
      const targetId = idIn({ identity, vendor, task, binding: bindings[0]?.id ?? '', owner: ada.id })
      const { cutoff, clock } = await sam.client.cutoffs.make({ target, targetId, because: 'It looks wrong' })
      expect(cutoff).toMatchObject({ target, targetId, by: sam.id })
      expect(clock.lastAcceptedMs).toBeGreaterThan(0)
      expect(clock.lastAcceptedMs).toBeLessThanOrEqual(clock.decidedMs)
      expect(await doorsOf(token)).toEqual(allShut)
      expect(await codeOf(cut.agent.openTask(cut.task))).toBe(after)
    },
  )

  it('a cutoff tells of all tasks that ended with it', async () => {
    const many = makeSummariser(house, 'of-three-tasks')
    const targetId = await register(house, many)
    const tasks = [await openTask(house, many), await openTask(house, many), await openTask(house, many)]
    const { sam, lin } = house.people
    const made = await sam.client.cutoffs.make({ target: 'identity', targetId, because: 'It looks wrong' })
    expect(made.tasksEnded).toBe(3)
    for (const id of tasks) expect((await lin.client.tasks.show(id)).task.state).toBe('revoked')
  })

  it.each(CUTOFF_TARGETS)(
    'a cutoff of a %s that does not exist is refused, so that nobody believes in it',
    async (target) => {
      const refusal = await problemOf(
        house.people.sam.client.cutoffs.make({ target, targetId: 'nothing', because: 'x' }),
      )
      expect(refusal).toMatchObject({ code: 'not_found', entry: expect.any(Number) })
    },
  )

  it('a cutoff is for a responder, an administrator, or the owner of what is cut off', async () => {
    const { lin, grace } = house.people
    for (const somebody of [lin, grace])
      expect(await codeOf(somebody.client.cutoffs.make({ target: 'owner', targetId: lin.id, because: 'x' }))).toBe(
        'role_missing',
      )
    const made = await grace.client.cutoffs.make({ target: 'identity', targetId: id, because: 'I sponsor it' })
    expect(made.entry).toBeGreaterThan(0)
    expect((await lin.client.identities.show(id)).identity.state).toBe('suspended')
  })
})
