import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { createKeyAssertion } from '../../sdk/key-assertion.ts'
import type { JsonWebKeyPublic } from '../../src/contract/register/binding.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, openTask, register } from './cast.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const jwtSpiffe = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'

let house: House
let releaser: Actor
let summariser: Actor
let keyed: Actor
let keys: client.CryptoKeyPair
const tasks: Record<string, string> = {}

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  keys = await client.randomDPoPKeyPair('ES256', { extractable: true })
  const { kty = '', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const jwk: JsonWebKeyPublic = { kty, crv, x, y, alg: 'ES256' }
  const plain = makeSummariser(house, 'keyed')
  keyed = { ...plain, binding: { kind: 'key', issuer: 'self', subject: 'keyed', claims: {}, keys: [jwk] } }
  summariser = makeSummariser(house)
  releaser = await makeReleaser(house)
  for (const actor of [summariser, releaser, keyed]) await register(house, actor)
  tasks['releaser'] = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
  tasks['summariser'] = await openTask(house, summariser)
  const { d = '' } = await crypto.subtle.exportKey('jwk', keys.privateKey)
  const assertion = createKeyAssertion({ name: 'keyed', audience: house.url, privateJwk: { kty, crv, x, y, d } })
  const agent = createAgent({ baseUrl: house.url, assertion, fetch: house.fetch })
  tasks['keyed'] = (await agent.openTask(keyed.task)).task.id
})
afterAll(async () => void (await house.end(40)))

function discover(clientId: string, auth: client.ClientAuth): Promise<client.Configuration> {
  return client.discovery(new URL(house.url), clientId, undefined, auth, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
    [client.customFetch]: (url, init) => house.fetch(url, init as RequestInit),
  })
}

const ofTask = (name: string): Record<string, string> => ({
  resource: `${house.url}/mcp/docs`,
  authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: tasks[name] }]),
})
const asKeyed = (): Promise<client.Configuration> => discover('keyed', client.PrivateKeyJwt(keys.privateKey))

describe('openid-client', () => {
  it('gets a token by client_credentials with its own key, and asks about it and takes it back with the same', async () => {
    const config = await asKeyed()
    const token = await client.clientCredentialsGrant(config, ofTask('keyed'))
    expect(token).toMatchObject({ token_type: 'bearer', authorization_details: [{ task_id: tasks['keyed'] }] })
    const told = await client.tokenIntrospection(config, token.access_token)
    expect(told).toMatchObject({ active: true, aud: `${house.url}/mcp/docs` })
    await client.tokenRevocation(config, token.access_token)
    expect(await client.tokenIntrospection(config, token.access_token)).toEqual({ active: false })
  })

  it('names its task by a scope, where that is all that it can say', async () => {
    const scope = `task:${tasks['keyed']}`
    const token = await client.clientCredentialsGrant(await asKeyed(), { resource: `${house.url}/mcp/docs`, scope })
    expect(token).toMatchObject({ authorization_details: [{ task_id: tasks['keyed'] }] })
  })

  it.each([
    [exchange, 'subject_token', { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }],
    [jwtBearer, 'assertion', {}],
  ] as const)('gets a token that is bound to its key by %s, with an SVID', async (grant, name, more) => {
    const config = await discover('release-agent', client.None())
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const shown = { ...ofTask('releaser'), ...more, [name]: await releaser.assertion() }
    const token = await client.genericGrantRequest(config, grant, shown, { DPoP })
    expect(token).toMatchObject({ token_type: 'dpop', authorization_details: [{ task_id: tasks['releaser'] }] })
  })

  it('gets a token by jwt-bearer with the token of its platform', async () => {
    const config = await discover('anything', client.None())
    const shown = { ...ofTask('summariser'), assertion: await summariser.assertion() }
    expect(await client.genericGrantRequest(config, jwtBearer, shown)).toMatchObject({ token_type: 'bearer' })
  })

  it('gets a token by client_credentials with an SVID as its proof', async () => {
    const bySvid: client.ClientAuth = (_as, { client_id }, body) => {
      body.set('client_id', client_id)
      body.set('client_assertion_type', jwtSpiffe)
      body.set('client_assertion', svid)
    }
    const svid = await releaser.assertion()
    const config = await discover(releaser.binding.subject ?? '', bySvid)
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const token = await client.clientCredentialsGrant(config, ofTask('releaser'), { DPoP })
    expect(token).toMatchObject({ token_type: 'dpop' })
  })

  it('learns nothing of the tokens of others, and takes none of them back', async () => {
    const token = await summariser.agent.exchange(tasks['summariser'] ?? '', house.url)
    const config = await asKeyed()
    expect(await client.tokenIntrospection(config, token.value)).toEqual({ active: false })
    await client.tokenRevocation(config, token.value)
    const own = await discover('anything', (_as, _client, _body, headers) =>
      headers.set('authorization', `Bearer ${token.value}`),
    )
    expect(await client.tokenIntrospection(own, token.value)).toMatchObject({ active: true })
  })
})

describe('what a client gets wrong', () => {
  const ask = async (path: string, form: Record<string, string>, headers = {}): Promise<readonly [number, unknown]> => {
    const answer = await house.fetch(`${house.url}${path}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    })
    const { error, code } = (await answer.json()) as { error: string; code: string }
    return [answer.status, `${error} ${code}`]
  }
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

  it.each(['/oauth/introspect', '/oauth/revoke'])('is told at %s as it is at the token endpoint', async (path) => {
    const token = { token: 'x.y.z' }
    expect(await ask(path, token)).toEqual([401, 'invalid_client authentication_missing'])
    const broken = { ...token, client_assertion: 'x.y.z', client_assertion_type: type }
    expect(await ask(path, broken)).toEqual([401, 'invalid_client assertion_malformed'])
    expect(await ask(path, { ...broken, client_assertion_type: 'saml' })).toEqual([
      400,
      'invalid_request request_invalid',
    ])
    const session = { authorization: `Bearer ${house.people.sam.session}` }
    expect(await ask(path, broken, session)).toEqual([400, 'invalid_request request_invalid'])
    const shown = { ...token, client_assertion: await summariser.assertion(), client_assertion_type: type }
    expect((await ask(path, shown))[0]).toBe(200)
    expect(await ask(path, shown)).toEqual([401, 'invalid_client assertion_replayed'])
    const other = { ...shown, client_assertion: await summariser.assertion(), client_id: 'another' }
    expect(await ask(path, other)).toEqual([401, 'invalid_client assertion_claims'])
  })

  it.each([
    ['a key that is not bound', async () => client.PrivateKeyJwt((await client.randomDPoPKeyPair('ES256')).privateKey)],
    ['a secret that nobody has', async () => client.ClientSecretPost('x')],
  ])('is shown by its library, whole: %s', async (_of, auth) => {
    const config = await discover('keyed', await auth())
    const token = client.clientCredentialsGrant(config, ofTask('keyed'))
    await expect(token).rejects.toMatchObject({ error: 'invalid_client', error_description: expect.any(String) })
  })

  it.each(['/mcp/docks', '/mcp/docs#x', '/nowhere'])(
    'is told as a wrong target where it names no task: %s',
    async (path) => {
      const [grant, resource] = [{ grant_type: jwtBearer }, `${house.url}${path}`]
      for (const scope of [{}, { scope: 'read' }]) {
        const form = { ...grant, ...scope, resource, assertion: await summariser.assertion() }
        expect(await ask('/oauth/token', form)).toEqual([400, 'invalid_target target_invalid'])
      }
    },
  )

  it('is told as a wrong grant where its proof was the grant', async () => {
    const form = { grant_type: jwtBearer, ...ofTask('summariser') }
    expect(await ask('/oauth/token', { ...form, assertion: 'x.y.z' })).toEqual([
      400,
      'invalid_grant assertion_malformed',
    ])
    expect(await ask('/oauth/token', form)).toEqual([400, 'invalid_request request_invalid'])
    const both = { ...form, assertion: 'x.y.z', client_assertion: 'x.y.z', client_assertion_type: type }
    expect(await ask('/oauth/token', both)).toEqual([400, 'invalid_request request_invalid'])
  })

  it.each(['docs:read', 'task:', 'task:a b', 'task:a task:b'])('is told as a wrong scope: %j', async (scope) => {
    const { resource = '' } = ofTask('summariser')
    const form = { grant_type: jwtBearer, resource, scope, assertion: await summariser.assertion() }
    expect(await ask('/oauth/token', form)).toEqual([400, 'invalid_scope scope_exceeded'])
  })
})
