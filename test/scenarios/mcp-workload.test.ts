import {
  Client,
  type OAuthClientProvider,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KeyedClient, registerKeyed } from '../across/cast.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, register } from './cast.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
let house: House
let keyed: KeyedClient
let actor: Actor

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  keyed = await registerKeyed(house, 'keyed-agent')
  actor = makeSummariser(house)
  await register(house, actor)
})
afterAll(async () => void (await house.end(40)))

async function connect(authProvider: OAuthClientProvider): Promise<Client> {
  const client = new Client({ name: 'worker', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${house.url}/mcp/docs`), { authProvider }))
  return client
}

/** What a client of workload identity federation (SEP-1933) writes: the token of its platform is the grant, and no client is known. */
function federated(assertion: () => Promise<string>): OAuthClientProvider {
  const kept = new Map<string, unknown>()
  return {
    redirectUrl: undefined,
    clientMetadata: { redirect_uris: [], grant_types: [jwtBearer], token_endpoint_auth_method: 'none' },
    clientInformation: () => ({ client_id: 'any-workload' }),
    tokens: () => kept.get('tokens') as never,
    saveTokens: (tokens) => void kept.set('tokens', tokens),
    redirectToAuthorization: () => undefined,
    saveCodeVerifier: () => undefined,
    codeVerifier: () => '',
    prepareTokenRequest: async (scope) =>
      new URLSearchParams({
        grant_type: jwtBearer,
        assertion: await assertion(),
        ...(scope === undefined ? {} : { scope }),
      }),
  }
}

const show = async (form: Readonly<Record<string, string>>) => {
  const asked = { grant_type: jwtBearer, resource: `${house.url}/mcp/docs`, ...form }
  const answer = await house.fetch(`${house.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(asked) })
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> }
}
const tasksOf = async (identity: string) =>
  (await house.people.ada.client.tasks.list({ identity, state: 'living' })).tasks

describe('an MCP client that knows the server and no task', () => {
  it('with a key of its own (client credentials) is let do what its identity may do there, in a task for an hour', async () => {
    const { clientId, privateJwk } = keyed
    const options = {
      clientId,
      privateKey: privateJwk as never,
      algorithm: 'ES256',
      expectedIssuer: house.url,
    } as const
    const client = await connect(new PrivateKeyJwtProvider(options))
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['read_text_file'])
    const read = await client.callTool({ name: 'read_text_file', arguments: { path: 'public/handbook.md' } })
    expect(JSON.stringify(read.content)).toContain('brings cake')
    await client.close()
    const tasks = await tasksOf(clientId)
    expect(tasks).toMatchObject([{ goal: 'What keyed-agent does at docs', onBehalfOf: null, parentId: null }])
    expect((tasks[0]?.endsMs ?? 0) - (tasks[0]?.createdMs ?? 0)).toBe(3_600_000)
  })

  it('with the token of its platform (workload identity federation) goes on in the task of before', async () => {
    for (const aud of [house.url, `${house.url}/`]) {
      const client = await connect(federated(() => house.issuer.mint({ sub: `workload:${actor.name}`, aud })))
      const read = await client.callTool({ name: 'read_text_file', arguments: { path: 'public/handbook.md' } })
      expect(JSON.stringify(read.content)).toContain('brings cake')
      await client.close()
    }
    expect(await tasksOf(actor.name)).toHaveLength(1)
  })

  it('gets no token of its own where it says that somebody else acts, or for whom', async () => {
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    for (const name of ['actor_token', 'subject_token']) {
      const byPlatform = await show({ assertion: await actor.assertion(), [name]: 'x' })
      const client = { grant_type: 'client_credentials', client_assertion_type, [name]: 'x' }
      const byKey = await show({ ...client, client_assertion: await keyed.assertion() })
      for (const { status, body } of [byPlatform, byKey])
        expect([status, body['code']]).toEqual([400, 'request_invalid'])
    }
  })

  it('is told what is wrong in the words that it knows', async () => {
    const mint = (more: object = {}) => house.issuer.mint({ sub: `workload:${actor.name}`, aud: house.url, ...more })
    const codeOf = async (assertion: string, form = {}) => {
      const { status, body } = await show({ assertion, ...form })
      return [status, body['error']]
    }
    expect(await codeOf(await mint({ aud: 'https://wrong.example' }))).toEqual([400, 'invalid_grant'])
    expect(await codeOf(await mint({ aud: `${house.url}//` }))).toEqual([400, 'invalid_grant'])
    expect(await codeOf(await mint({ iat: 1, nbf: 1, exp: 2 }))).toEqual([400, 'invalid_grant'])
    expect(await codeOf(await mint(), { scope: 'wif.unknown' })).toEqual([400, 'invalid_scope'])
    expect(await codeOf(await mint(), { scope: 'administer' })).toEqual([400, 'invalid_scope'])
    expect(await codeOf(await mint(), { resource: `${house.url}/mcp/everything` })).toEqual([400, 'invalid_scope'])
    expect(await codeOf(await mint(), { resource: house.url })).toEqual([400, 'invalid_request'])
    expect(await codeOf(await mint(), { audience: house.url })).toEqual([400, 'invalid_target'])
    const once = await mint()
    expect((await show({ assertion: once })).body['scope']).toBe('read')
    expect(await codeOf(once)).toEqual([400, 'invalid_grant'])
    expect(await tasksOf(actor.name)).toHaveLength(1)
  })

  it('of a tier whose tasks people approve waits for them, however it asks', async () => {
    const releaser = await makeReleaser(house)
    const id = await register(house, releaser)
    const ask = async () => show({ assertion: await releaser.assertion() })
    expect(await ask()).toMatchObject({ status: 400, body: { error: 'authorization_pending' } })
    const waiting = (await house.people.ada.client.tasks.list({ identity: id, state: 'waiting' })).tasks
    expect(waiting).toMatchObject([{ goal: 'What release-agent does at docs' }])
    expect((await ask()).body['access_token']).toBeUndefined()
    expect((await house.people.ada.client.tasks.list({ identity: id, state: 'waiting' })).tasks).toHaveLength(1)
  })
})
