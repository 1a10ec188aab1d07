import {
  Client,
  CrossAppAccessProvider,
  createPrivateKeyJwtAuth,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemActor } from '../../src/authenticate/actor.ts'
import { endLogin } from '../../src/register/login.ts'
import { type AcrossCast, castAcross, ZOE } from '../across/cast.ts'
import { approveIdentity, makeSummariser } from './cast.ts'

let cast: AcrossCast
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

beforeAll(async () => {
  cast = await castAcross()
})
afterAll(() => cast.end())

const resourceOf = (): string => `${cast.house.url}/mcp/docs`

async function importKey(): Promise<CryptoKey> {
  const { kty, crv, x, y, d } = cast.client.privateJwk as unknown as Record<string, string>
  return await crypto.subtle.importKey(
    'jwk',
    { kty, crv, x, y, d } as Record<string, string>,
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  )
}

/** The provider of the official client, with the key of the client in place of a secret. */
function makeProvider(asked: object[]): CrossAppAccessProvider {
  const { clientId, privateJwk } = cast.client
  const provider = new CrossAppAccessProvider({
    clientId,
    clientSecret: 'unused',
    expectedIssuer: cast.house.url,
    assertion: async ({ authorizationServerUrl, resourceUrl, scope }) => {
      asked.push({ authorizationServerUrl, resourceUrl, scope })
      return await cast.grant({ aud: authorizationServerUrl, resource: resourceUrl, scope })
    },
  })
  const proof = createPrivateKeyJwtAuth({
    issuer: clientId,
    subject: clientId,
    privateKey: privateJwk as unknown as Record<string, unknown>,
    alg: 'ES256',
    audience: cast.house.url,
  })
  return Object.assign(provider, { addClientAuthentication: proof })
}

describe('the official MCP client, for a person whose organisation lets it (enterprise-managed authorization)', () => {
  it('finds the authorization server, shows the ID-JAG, and calls the tools that person and agent may both use', async () => {
    const { house, zoe, client } = cast
    const asked: object[] = []
    const connected = new Client({ name: 'desk', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
    const authProvider = makeProvider(asked)
    await connected.connect(new StreamableHTTPClientTransport(new URL(resourceOf()), { authProvider }))
    expect(asked).toEqual([
      { authorizationServerUrl: house.url, resourceUrl: resourceOf(), scope: expect.stringContaining('read') },
    ])
    expect(authProvider.tokens()).toMatchObject({ token_type: 'Bearer', scope: 'read' })
    const { tools } = await connected.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['read_text_file'])
    const read = await connected.callTool({ name: 'read_text_file', arguments: { path: 'public/handbook.md' } })
    expect(JSON.stringify(read.content)).toContain('brings cake')
    const beyond = await connected.callTool({ name: 'read_text_file', arguments: { path: 'internal/plans.md' } })
    expect(beyond.isError).toBe(true) // the agent may, and the person may not
    await connected.close()
    const { tasks } = await zoe.client.acting.list()
    expect(tasks).toMatchObject([{ identityId: client.identityId, onBehalfOf: zoe.id, state: 'active' }])
  })

  it('does so with a secret as it comes, for an agent of the lowest tier, and a grant that names no scope', async () => {
    const { house, zoe } = cast
    const { ada, grace } = house.people
    await ada.client.catalogue.definePurpose({ code: 'play', title: 'To try', classes: ['read'], ceiling: 'public' })
    const actor = makeSummariser(house, 'toy-agent')
    const { identity } = await ada.client.identities.draft({
      ...actor.profile,
      purpose: 'play',
      reach: 'sandbox',
      owner: ada.id,
      sponsor: grace.id,
    })
    const { secret } = await ada.client.identities.addSecret(identity.id, { days: 30 })
    for (const entitlement of actor.entitlements)
      await ada.client.identities.entitle(identity.id, { ...entitlement, ceiling: 'public' })
    await approveIdentity(house, identity.id)
    const provider = new CrossAppAccessProvider({
      clientId: 'toy-agent',
      clientSecret: secret,
      expectedIssuer: house.url,
      assertion: async ({ authorizationServerUrl, resourceUrl }) =>
        await cast.grant({
          aud: authorizationServerUrl,
          resource: resourceUrl,
          client_id: 'toy-agent',
          scope: undefined,
        }),
    })
    const connected = new Client({ name: 'toy', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
    await connected.connect(new StreamableHTTPClientTransport(new URL(resourceOf()), { authProvider: provider }))
    const read = await connected.callTool({ name: 'read_text_file', arguments: { path: 'public/handbook.md' } })
    expect(JSON.stringify(read.content)).toContain('brings cake')
    await connected.close()
    const { tasks } = await zoe.client.acting.list()
    const own = tasks.find((task) => task.identityId === identity.id)
    await zoe.client.acting.end(own?.id ?? '', 'I saw it')
  })

  it('stands in the log by whose word it was', async () => {
    const { entries } = await cast.house.people.lin.client.entries.list({ from: 0, limit: 200 })
    const opened = entries
      .map(({ entry }) => entry)
      .filter(({ kind, data }) => kind === 'decision.permit' && data['loginId'] === cast.loginId)
    expect(opened[0]).toMatchObject({
      kind: 'decision.permit',
      actor: { kind: 'person', id: cast.zoe.id },
      data: { decision: 'task' },
    })
  })
})

describe('an ID-JAG', () => {
  it('is offered in the metadata', async () => {
    const as = await oauth.processDiscoveryResponse(
      new URL(cast.house.url),
      await oauth.discoveryRequest(new URL(cast.house.url), {
        algorithm: 'oauth2',
        [oauth.allowInsecureRequests]: true,
      }),
    )
    expect(as['authorization_grant_profiles_supported']).toEqual(['urn:ietf:params:oauth:grant-profile:id-jag'])
  })

  it('is shown by oauth4webapi, and the next one goes on in the same task', async () => {
    const as = { issuer: cast.house.url, token_endpoint: `${cast.house.url}/oauth/token` }
    const key = await importKey()
    const show = async () => {
      const proof = oauth.PrivateKeyJwt(key)
      const form = new URLSearchParams({ assertion: await cast.grant(), resource: resourceOf(), scope: 'read' })
      const answer = await oauth.genericTokenEndpointRequest(
        as,
        { client_id: cast.client.clientId },
        proof,
        jwtBearer,
        form,
        {
          [oauth.allowInsecureRequests]: true,
        },
      )
      return await oauth.processGenericTokenEndpointResponse(as, { client_id: cast.client.clientId }, answer)
    }
    const [first, second] = [await show(), await show()]
    expect(first).toMatchObject({ token_type: 'bearer', scope: 'read' })
    expect(first['refresh_token']).toBeUndefined()
    expect(second.authorization_details).toEqual(first.authorization_details)
    expect(await cast.zoe.client.acting.list()).toMatchObject({ tasks: [{ onBehalfOf: cast.zoe.id }] })
  })

  it('is shown by openid-client with DPoP, and the token is bound to that key', async () => {
    const { clientId } = cast.client
    const config = await openid.discovery(
      new URL(cast.house.url),
      clientId,
      undefined,
      openid.PrivateKeyJwt(await importKey()),
      {
        algorithm: 'oauth2',
        execute: [openid.allowInsecureRequests],
        [openid.customFetch]: (url, init) => cast.house.fetch(url, init as RequestInit),
      },
    )
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    const shown = { assertion: await cast.grant(), resource: resourceOf() }
    expect(await openid.genericGrantRequest(config, jwtBearer, shown, { DPoP })).toMatchObject({ token_type: 'dpop' })
  })

  it('acts no more where a crash came between the end of the login and that of its tasks', async () => {
    const { house, zoe, show, grant, idp } = cast
    const { ada } = house.people
    const { login } = await ada.client.logins.add(zoe.id, { issuer: idp.url, subject: 'zoe-before' })
    const { body } = await show(await grant({ sub: 'zoe-before', scope: 'read' }))
    const taskOf = async (): Promise<string | undefined> =>
      (await zoe.client.acting.list()).tasks.find(({ loginId }) => loginId === login.id)?.id
    const taskId = await taskOf()
    expect(taskId).toBeDefined()
    await house.stop()
    await house.whileStopped(async ({ store, log }) => {
      const kept = await store.register.login(login.id)
      if (kept === undefined) return expect.unreachable()
      return await log.record(endLogin(kept, 'It is lost', systemActor, Date.now()))
    })
    await house.start()
    expect(await taskOf()).toBeUndefined()
    expect((await ada.client.tasks.show(taskId ?? '')).task.endedBecause).toMatch(/login on whose word it was opened/)
    expect(await ada.client.tokens.introspect(String(body['access_token']))).toEqual({ active: false })
  })

  it('acts for the person until they end it, or their login is ended for what comes after', async () => {
    const { house, zoe, show, grant } = cast
    const { body } = await show(await grant())
    const [task] = (await zoe.client.acting.list()).tasks
    await zoe.client.acting.end(task?.id ?? '', 'I am done')
    expect(await house.people.ada.client.tokens.introspect(String(body['access_token']))).toEqual({ active: false })
    const second = await show(await grant())
    expect(second.status).toBe(200)
    const early = await grant()
    await zoe.client.logins.end(zoe.id, cast.loginId, 'It is lost')
    expect(await zoe.client.acting.list()).toEqual({ tasks: [] })
    const token = String(second.body['access_token'])
    expect(await house.people.ada.client.tokens.introspect(token)).toEqual({ active: false })
    expect(await show(await grant())).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', code: 'login_unknown' },
    })
    // nor does what was signed before that count by a login that comes after it
    await house.people.ada.client.logins.add(zoe.id, { issuer: cast.idp.url, subject: ZOE })
    expect(await show(early)).toMatchObject({ status: 400, body: { code: 'assertion_claims' } })
    await vi.waitFor(async () => expect((await show(await grant())).status).toBe(200), 60_000)
  })
})
