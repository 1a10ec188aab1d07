import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent } from '../../sdk/agent.ts'
import { createProofKey } from '../../sdk/dpop.ts'
import { update } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { type Heard, send } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { approveIdentity, furnish, makeSummariser, problemOf } from './cast.ts'

let house: House
let identityId: string
let bindingId: string
let secret: string
let agent: Agent

const play = { action: 'docs/read_text_file', resource: 'docs:public/*' } as const
const task = {
  purpose: 'play',
  goal: 'Try it out',
  scope: [play],
  ceiling: 'public',
  budget: { callsMax: 5, writesMax: 0, bytesMax: 10_000 },
  lifeSeconds: 600,
} as const

async function draftSandboxed(name: string, more: object = {}): Promise<string> {
  const { ada, grace } = house.people
  const { profile } = makeSummariser(house, name)
  const sandboxed = { ...profile, purpose: 'play', reach: 'sandbox', owner: ada.id, sponsor: grace.id } as const
  return (await ada.client.identities.draft({ ...sandboxed, ...more })).identity.id
}

async function entitle(id: string): Promise<void> {
  await house.people.ada.client.identities.entitle(id, {
    scope: [play],
    classes: ['read'],
    ceiling: 'public',
    approval: 'none',
    reason: 'To try',
    days: 30,
  })
}

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const { ada } = house.people
  await ada.client.catalogue.definePurpose({ code: 'play', title: 'To try', classes: ['read'], ceiling: 'public' })
  identityId = await draftSandboxed('script')
  const made = await ada.client.identities.addSecret(identityId, { days: 30 })
  ;[secret, bindingId] = [made.secret, made.binding.id]
  await entitle(identityId)
  await approveIdentity(house, identityId)
  agent = createAgent({ baseUrl: house.url, secret: { clientId: 'script', secret }, fetch: house.fetch })
})
afterAll(async () => {
  await house.end(20)
})

const basic = (clientId: string, value: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(value)}`).toString('base64')}`,
})
const ask = (body: Record<string, string>, headers: Record<string, string> = {}): Promise<Heard> =>
  send(house, '/oauth/introspect', { method: 'POST', headers, body: new URLSearchParams({ token: 'none', ...body }) })

describe('a static secret of tier T0', () => {
  it('opens a task, gets a token, and is told once', async () => {
    expect(secret).toMatch(/^rmk_[\w-]{43}$/)
    const { task: opened } = await agent.openTask(task)
    const token = await agent.exchange(opened.id, house.url)
    expect((await agent.showTask(opened.id)).task.bindingId).toBe(bindingId)
    expect(token.type).toBe('Bearer')
    const shown = await house.people.lin.client.identities.show(identityId)
    expect(shown.bindings).toMatchObject([{ kind: 'secret', subject: 'script', secretEndsMs: expect.any(Number) }])
    const { entries } = await house.people.lin.client.entries.list({ limit: 200 })
    const told = JSON.stringify([shown, entries])
    expect([told.includes(secret), told.includes('secretDigest')]).toEqual([false, false])
  })

  it('goes with a key, to which what comes of it is bound', async () => {
    const key = await createProofKey()
    const bound = createAgent({ baseUrl: house.url, secret: { clientId: 'script', secret }, key, fetch: house.fetch })
    const { task: opened } = await bound.openTask(task)
    expect((await bound.exchange(opened.id, house.url)).type).toBe('DPoP')
  })

  const methods = { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }
  it.each(['basic', 'post'] as const)('is shown by oauth4webapi as client_secret_%s', async (name) => {
    const insecure = { [oauth.allowInsecureRequests]: true } as const
    const issuer = new URL(house.url)
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
    )
    expect(server.token_endpoint_auth_methods_supported).toContain(`client_secret_${name}`)
    const { task: opened } = await agent.openTask(task)
    const client = { client_id: 'script' }
    const parameters = { scope: `task:${opened.id}`, resource: house.url }
    const asked = await oauth.clientCredentialsGrantRequest(server, client, methods[name](secret), parameters, insecure)
    const token = await oauth.processClientCredentialsResponse(server, client, asked)
    const looked = await oauth.introspectionRequest(server, client, methods[name](secret), token.access_token, insecure)
    expect(await oauth.processIntrospectionResponse(server, client, looked)).toMatchObject({ active: true })
    const wrong = await oauth.clientCredentialsGrantRequest(server, client, methods[name]('x'), parameters, insecure)
    await expect(oauth.processClientCredentialsResponse(server, client, wrong)).rejects.toMatchObject({ status: 401 })
  })

  it('is shown by openid-client', async () => {
    const { task: opened } = await agent.openTask(task)
    const discovered = await openid.discovery(new URL(house.url), 'script', secret, undefined, {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })
    const token = await openid.clientCredentialsGrant(discovered, { scope: `task:${opened.id}`, resource: house.url })
    expect(token.token_type).toBe('bearer')
  })
})

describe('what is no static secret of tier T0', () => {
  it('is refused by 401 with the scheme of the header, and nothing says what was wrong', async () => {
    const scheme = 'Basic realm="remit", charset="UTF-8"'
    const wrong = [
      [scheme, await ask({}, basic('script', 'rmk_x'))],
      [scheme, await ask({}, basic('nobody', secret))],
      [scheme, await ask({}, { authorization: 'Basic !!!' })],
      [scheme, await ask({}, { authorization: `Basic ${Buffer.from('%zz:x').toString('base64')}` })],
      [null, await ask({ client_id: 'script', client_secret: `${secret}x` })],
    ] as const
    for (const [challenge, { status, json, headers }] of wrong) {
      expect([status, json.code, headers.get('www-authenticate')]).toEqual([401, 'secret_refused', challenge])
      expect(json).toMatchObject({ error_description: expect.stringContaining('do not go together') })
    }
  })

  it('comes in one way at a time', async () => {
    const asserted = { client_assertion: 'x', client_assertion_type: 'y' }
    for (const heard of [
      await ask({ client_secret: secret, client_id: 'script' }, basic('script', secret)),
      await ask(asserted, basic('script', secret)),
      await ask({ ...asserted, client_secret: secret, client_id: 'script' }),
    ])
      expect([heard.status, heard.json.code]).toEqual([400, 'request_invalid'])
  })

  it('is made for no other tier, for no longer than 90 days, and once for a client', async () => {
    const { identities } = house.people.ada.client
    const codeOf = async (asked: Promise<unknown>): Promise<string | undefined> => (await problemOf(asked))?.code
    const team = await draftSandboxed('team-script', { reach: 'team' })
    expect(await codeOf(identities.addSecret(team, { days: 1 }))).toBe('secret_not_allowed')
    const other = await draftSandboxed('other-script')
    expect(await codeOf(identities.addSecret(other, { days: 91 }))).toBe('request_invalid')
    expect(await codeOf(identities.addSecret(other, { days: 0 }))).toBe('request_invalid')
    expect(await codeOf(identities.addSecret(other, { days: 1, clientId: 'script' }))).toBe('already_exists')
    expect(await codeOf(identities.addSecret(other, { days: 1, clientId: 'a b' }))).toBe('request_invalid')
    expect(await codeOf(identities.addSecret(identityId, { days: 1 }))).toBe('transition_invalid')
    const { identities: theirs } = house.people.sam.client
    expect(await codeOf(theirs.addSecret(other, { days: 1 }))).toBe('role_missing')
  })

  it('goes up for approval with no identity whose tier has risen, and is refused there', async () => {
    const { ada } = house.people
    const id = await draftSandboxed('riser', { purpose: 'summarise' })
    await entitle(id)
    const made = await ada.client.identities.addSecret(id, { days: 1 })
    await ada.client.identities.entitle(id, {
      scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }],
      classes: ['read'],
      ceiling: 'internal',
      approval: 'none',
      reason: 'More',
      days: 1,
    })
    expect((await problemOf(ada.client.identities.submit(id)))?.code).toBe('secret_not_allowed')
    const riser = createAgent({
      baseUrl: house.url,
      secret: { clientId: 'riser', secret: made.secret },
      fetch: house.fetch,
    })
    expect((await problemOf(riser.openTask(task)))?.code).toBe('secret_not_allowed')
    expect((await ask({}, basic('riser', made.secret))).json.code).toBe('secret_not_allowed')
    const { size } = await house.people.lin.client.entries.list({ limit: 1 })
    const { entries } = await house.people.lin.client.entries.list({ from: size - 2, limit: 2 })
    const refusal = { kind: 'refusal', data: { code: 'secret_not_allowed', identityId: id } }
    expect(entries.map(({ entry }) => entry)).toMatchObject([refusal, refusal]) // whoever has it showed it
  })
})

describe('the debt of static secrets', () => {
  it('is told by doctor, and counted', async () => {
    const { checks } = await house.people.ada.client.doctor.check()
    expect(checks.find(({ name }) => name === 'secrets')).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/^2 static secrets count, that of riser until \d{4}-/),
    })
  })

  it('ends by itself, with all that came of it', async () => {
    const { task: opened } = await agent.openTask(task)
    const token = await agent.exchange(opened.id, house.url)
    const { tokens } = house.people.lin.client
    expect(await tokens.introspect(token.value)).toMatchObject({ active: true })
    await house.stop()
    await house.whileStopped(async ({ store, log }) => {
      const kept = await store.register.binding(bindingId)
      if (kept === undefined) throw new Error('the binding is gone')
      const entry = {
        kind: 'binding.added',
        actor: { kind: 'person', id: house.people.ada.id },
        subject: { kind: 'identity', id: identityId },
        data: { identityId, bindingId },
      } as const
      await log.record({ entry, changes: [update('bindings', kept, { ...kept, secretEndsMs: systemClock.nowMs() })] })
    })
    await house.start()
    expect(await tokens.introspect(token.value)).toEqual({ active: false })
    expect((await problemOf(agent.exchange(opened.id, house.url)))?.code).toBe('secret_refused')
    expect((await problemOf(agent.openTask(task)))?.code).toBe('secret_refused')
    const shown = await send(house, `/api/v1/tasks/${opened.id}`, {
      headers: { authorization: `Bearer ${token.value}` },
    })
    expect(shown.json.code).toBe('token_revoked')
  })
})
