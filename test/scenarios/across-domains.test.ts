import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectGateway } from '../../cli/demo/gateway.ts'
import { createAgent } from '../../sdk/agent.ts'
import { createProofKey } from '../../sdk/dpop.ts'
import { askForGrant, castTwoHouses, makeTraveller, showGrant, type TwoHouses } from '../across/two-houses.ts'
import { letAct, register, verdictOf } from './cast.ts'

let cast: TwoHouses
beforeAll(async () => {
  cast = await castTwoHouses()
})
afterAll(() => cast.end())

async function readGrant(token: unknown): Promise<Readonly<Record<string, unknown>>> {
  const keys = createRemoteJWKSet(new URL(`${cast.home.url}/oauth/jwks`))
  const { payload } = await jwtVerify(String(token), keys, {
    typ: 'oauth-id-jag+jwt',
    issuer: cast.home.url,
    audience: cast.away.url,
  })
  return payload
}

describe('an agent that acts for a person at another organisation', () => {
  it('gets an ID-JAG in its task, which names person, client, resource and scope, and shows it there', async () => {
    const { home, away, zoe, resource } = cast
    const taskId = await cast.openFor()
    const { status, body } = await askForGrant(cast, taskId)
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        token_type: 'N_A',
        issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
        scope: 'read', // of read and write, what the task may
        expires_in: 300,
      }),
    ])
    const claims = await readGrant(body['access_token'])
    const agent = { iss: home.url, sub: expect.stringMatching(/^idn_/), sub_profile: 'ai_agent' }
    expect(claims).toMatchObject({ sub: zoe.home.id, client_id: 'home-agents', resource, scope: 'read', act: agent })

    const shown = await showGrant(cast, String(body['access_token']))
    expect(shown).toMatchObject({ status: 200, body: { token_type: 'Bearer', scope: 'read' } })
    const token = String(shown.body['access_token'])
    const gateway = await connectGateway(resource, 'home-agents', (url, init) =>
      fetch(url, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), authorization: `Bearer ${token}` },
      }),
    )
    expect(verdictOf(await gateway.call('read_text_file', { path: 'public/handbook.md' }))).toBe('permitted')
    expect(verdictOf(await gateway.call('read_text_file', { path: 'internal/plans.md' }))).not.toBe('permitted')
    await gateway.close()
    const told = await away.people.lin.client.tokens.introspect(token)
    expect(told['act']).toEqual({
      iss: away.url,
      sub: cast.guest.identityId,
      sub_profile: 'ai_agent',
      act: claims['act'],
    })
    expect(told['authorization_details']).toMatchObject([{ on_behalf_of: zoe.away.id }])
  })

  it('is on record at both: by which permit, and by whose word with which chain', async () => {
    const entriesOf = async (house: TwoHouses['home']) =>
      (await house.people.lin.client.entries.list({ from: 0, limit: 200 })).entries.map(({ entry }) => entry)
    const made = (await entriesOf(cast.home)).find(({ data }) => data['across'] !== undefined)
    expect(made).toMatchObject({
      kind: 'decision.permit',
      data: { decision: 'token', audience: cast.away.url, across: { resource: cast.resource, scopes: ['read'] } },
    })
    const opened = (await entriesOf(cast.away)).find(({ data }) => data['foreignAct'] !== undefined)
    expect(opened).toMatchObject({ kind: 'decision.permit', data: { foreignAct: { iss: cast.home.url } } })
  })

  it('hands its task on, and the grant of the one that acts names every hop, the latest outermost', async () => {
    const { home, resource } = cast
    const helper = makeTraveller(home, resource, 'helper')
    const helperId = await register(home, helper)
    const taskId = await cast.openFor()
    const { task } = await home.people.ada.client.tasks.show(taskId)
    await letAct(home, task.identityId, helperId)
    const part = {
      goal: 'Read it there',
      scope: [{ action: 'read', resource }],
      ceiling: 'internal',
      lifeSeconds: 600,
    } as const
    const handed = await cast.actor.agent.delegate(taskId, {
      ...part,
      to: 'helper',
      budget: { callsMax: 2, writesMax: 0, bytesMax: 1_000 },
    })
    const { status, body } = await askForGrant(cast, handed.task.id, { subject_token: await helper.assertion() })
    expect(status).toBe(200)
    expect((await readGrant(body['access_token']))['act']).toMatchObject({
      sub: helperId,
      act: { sub: task.identityId },
    })
    const shown = await showGrant(cast, String(body['access_token']))
    const told = await cast.away.people.lin.client.tokens.introspect(String(shown.body['access_token']))
    expect(told['act']).toMatchObject({
      sub: cast.guest.identityId,
      act: { iss: home.url, sub: helperId, act: { iss: home.url, sub: task.identityId } },
    })
  })

  it('asks by the SDK, and with a key of its own gets a grant that counts for that key alone', async () => {
    const { home, away, actor, resource } = cast
    const target = { issuer: away.url, resource, scope: 'read write' }
    const taskId = await cast.openFor()
    const plain = await actor.agent.grantAcross(taskId, target)
    expect(plain).toMatchObject({ scope: 'read', taskId, entry: expect.any(Number) })
    expect((await showGrant(cast, plain.value)).status).toBe(200)
    const key = await createProofKey()
    const agent = createAgent({ baseUrl: home.url, assertion: actor.assertion, key, fetch: home.fetch })
    const bound = await agent.grantAcross(taskId, target)
    expect((await readGrant(bound.value))['cnf']).toEqual({ jkt: key.thumbprint })
    expect(await showGrant(cast, bound.value)).toMatchObject({ status: 400, body: { code: 'proof_missing' } })
    await expect(agent.grantAcross(taskId, { ...target, issuer: 'https://other.example' })).rejects.toMatchObject({
      code: 'target_invalid',
    })
    const bySecret = createAgent({ baseUrl: home.url, secret: { clientId: 'x', secret: 'y' }, fetch: home.fetch })
    await expect(bySecret.grantAcross(taskId, target)).rejects.toThrow('by its assertion')
  })

  it('asks within its budget: each grant is an act, as nobody here sees what is done there', async () => {
    const { zoe, actor } = cast
    const { task } = await zoe.home.client.identities.openTask(
      (await cast.home.people.ada.client.identities.show('traveller')).identity.id,
      {
        ...actor.task,
        scope: [{ action: 'read', resource: cast.resource }],
        budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 },
      },
    )
    expect((await askForGrant(cast, task.id)).status).toBe(200)
    expect(await askForGrant(cast, task.id)).toMatchObject({ status: 400, body: { code: 'budget_exceeded' } })
  })
})

describe('an ID-JAG is not made', () => {
  it.each([
    ['for an issuer that is not configured', { audience: 'https://other.example' }, 'target_invalid'],
    ['for none', { audience: undefined }, 'target_invalid'],
    ['for a resource that is not that of the issuer', { resource: 'https://other.example/mcp' }, 'target_invalid'],
    ['for one of several resources that is not said', { resource: undefined }, 'target_invalid'],
    ['for scopes that are not configured', { scope: 'administer openid' }, 'scope_exceeded'],
    ['for what the task may not do there', { scope: 'write' }, 'scope_exceeded'],
    ['without a task', { authorization_details: undefined }, 'request_invalid'],
    [
      'in the task of somebody else',
      { authorization_details: '[{"type":"urn:remit:task","task_id":"tsk_other"}]' },
      'task_not_active',
    ],
    [
      'on the word of an actor',
      { actor_token: 'x', actor_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
      'request_invalid',
    ],
  ])('%s', async (_what, form, code) => {
    const { status, body } = await askForGrant(cast, await cast.openFor(), form)
    expect([status, body['code'], body['access_token']]).toEqual([400, code, undefined])
  })

  it('for a resource that the task does not name', async () => {
    const asked = await askForGrant(cast, await cast.openFor(), { resource: `${cast.away.url}/mcp/everything` })
    expect(asked).toMatchObject({ status: 400, body: { code: 'scope_exceeded' } })
  })

  it('for what lies outside of the task, however often it is tried: that ends it', async () => {
    const taskId = await cast.openFor()
    const ask = (): ReturnType<typeof askForGrant> =>
      askForGrant(cast, taskId, { resource: `${cast.away.url}/mcp/everything` })
    for (let tried = 1; tried <= 20; tried++) {
      const { body } = await ask()
      expect(String(body['error_description'])).toContain(`number ${tried} of the task, which ends with number 20`)
    }
    expect(await ask()).toMatchObject({ status: 400, body: { code: 'task_not_active' } })
    const { task } = await cast.home.people.ada.client.tasks.show(taskId)
    expect(task).toMatchObject({ state: 'revoked' })
  })

  it('where people approve each call: nobody waits for a yes that nobody is asked for', async () => {
    const { home, zoe, resource } = cast
    const { entitlements, ...cautious } = makeTraveller(home, resource, 'cautious')
    const asked = entitlements.map((each) => ({ ...each, approval: 'each-call' }) as const)
    const identityId = await register(home, { ...cautious, entitlements: asked })
    const wish = { ...cautious.task, scope: [{ action: 'read', resource }] }
    const { task } = await zoe.home.client.identities.openTask(identityId, wish)
    for (let polled = 0; polled < 2; polled++) {
      const answer = await askForGrant(cast, task.id, { subject_token: await cautious.assertion() })
      expect(answer).toMatchObject({ status: 400, body: { error: 'access_denied', code: 'denied' } })
    }
  })

  it('once the task has ended, or the person has lost the right', async () => {
    const { zoe, home } = cast
    const ended = await cast.openFor()
    await zoe.home.client.acting.end(ended, 'I am done')
    expect(await askForGrant(cast, ended)).toMatchObject({ status: 400, body: { code: 'task_not_active' } })
    const next = await cast.openFor()
    const { rights } = await home.people.ada.client.people.rights(zoe.home.id)
    for (const right of rights) await home.people.ada.client.people.endRight(zoe.home.id, right.id, 'Moved')
    expect(await askForGrant(cast, next)).toMatchObject({ status: 400, body: { code: 'task_not_active' } })
  })
})
