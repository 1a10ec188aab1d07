import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, openTask, register } from './cast.ts'

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const insecure = { [oauth.allowInsecureRequests]: true } as const

describe('an OAuth client that we did not write', () => {
  let house: House
  let releaser: Actor
  let taskId: string
  let server: oauth.AuthorizationServer
  const client: oauth.Client = { client_id: 'release-agent' }

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    releaser = await makeReleaser(house)
    await register(house, releaser)
    taskId = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
  })
  afterAll(async () => {
    await house.end(40)
  })

  const withFetch = { ...insecure, [oauth.customFetch]: (url: string, init: object) => house.fetch(url, init) }
  const details = (task: string): string => JSON.stringify([{ type: 'urn:remit:task', task_id: task }])

  async function exchange(
    DPoP: oauth.DPoPHandle | undefined,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const parameters = {
      subject_token: await releaser.assertion(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${house.url}/mcp/docs`,
      authorization_details: details(taskId),
      ...more,
    }
    const options = { ...withFetch, ...(DPoP === undefined ? {} : { DPoP }) }
    const ask = (): Promise<Response> =>
      oauth.genericTokenEndpointRequest(server, client, oauth.None(), exchangeGrant, parameters, options)
    const answer = await ask()
    const { error } = (await answer.clone().json()) as { readonly error?: string }
    if (error !== 'use_dpop_nonce') return answer
    // the library has kept the nonce out of the answer's header, and goes by it from now on
    await oauth.processGenericTokenEndpointResponse(server, client, answer).catch(() => undefined)
    return await ask()
  }
  const dpop = async (): Promise<oauth.DPoPHandle> => oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

  it('finds the server by its metadata (RFC 8414)', async () => {
    const issuer = new URL(house.url)
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...withFetch })
    server = await oauth.processDiscoveryResponse(issuer, found)
    const methods = ['private_key_jwt', 'client_secret_basic', 'client_secret_post']
    expect(server).toMatchObject({
      issuer: house.url,
      token_endpoint: `${house.url}/oauth/token`,
      grant_types_supported: expect.arrayContaining([exchangeGrant, 'client_credentials', 'authorization_code']),
      request_uri_parameter_supported: false, // OpenID Connect Discovery takes silence for a yes
      token_endpoint_auth_methods_supported: ['none', ...methods],
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_methods_supported: ['none', ...methods],
      authorization_details_types_supported: ['urn:remit:task', 'urn:remit:task-wish'],
    })
    expect(server.dpop_signing_alg_values_supported).toContain('ES256')
  })

  it.each(['', '/mcp/docs'])('finds the server that protects the resource %j (RFC 9728)', async (path) => {
    const resource = new URL(`${house.url}${path}`)
    const found = await oauth.resourceDiscoveryRequest(resource, withFetch)
    expect(await oauth.processResourceDiscoveryResponse(resource, found)).toMatchObject({
      resource: `${house.url}${path}`,
      authorization_servers: [house.url],
    })
  })

  it('exchanges an assertion for a token bound to its key, with rich authorization details', async () => {
    const answer = await exchange(await dpop())
    const token = await oauth.processGenericTokenEndpointResponse(server, client, answer)
    expect(token).toMatchObject({
      token_type: 'dpop',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      authorization_details: [{ type: 'urn:remit:task', task_id: taskId, purpose: 'publish' }],
    })
    expect(token.expires_in).toBeLessThanOrEqual(300)
  })

  it('uses the token at a protected address, with a proof for each request', async () => {
    const key = await dpop()
    const token = await oauth.processGenericTokenEndpointResponse(
      server,
      client,
      await exchange(key, { resource: house.url }),
    )
    const url = new URL(`${house.url}/api/v1/tasks/${taskId}`)
    for (let again = 0; again < 2; again += 1) {
      const answer = await oauth.protectedResourceRequest(token.access_token, 'GET', url, new Headers(), null, {
        ...withFetch,
        DPoP: key,
      })
      expect(await answer.json()).toMatchObject({ task: { id: taskId } })
    }
  })

  it('verifies the token as a JWT with the published keys (RFC 9068)', async () => {
    const key = await dpop()
    const token = await oauth.processGenericTokenEndpointResponse(
      server,
      client,
      await exchange(key, { resource: house.url }),
    )
    const url = `${house.url}/api/v1/tasks`
    const proof: { headers?: Headers } = {}
    await oauth.protectedResourceRequest(token.access_token, 'GET', new URL(url), new Headers(), null, {
      ...insecure,
      DPoP: key,
      [oauth.customFetch]: async (_: string, init: { headers: Record<string, string> }) => {
        proof.headers = new Headers(init.headers)
        return new Response('{}')
      },
    })
    const request = new Request(url, { headers: proof.headers ?? new Headers() })
    const claims = await oauth.validateJwtAccessToken(server, request, house.url, { ...withFetch, requireDPoP: true })
    const { identity } = await house.people.lin.client.identities.show('release-agent')
    expect(claims).toMatchObject({ sub: identity.id, client_id: identity.id, jti: expect.any(String) })
  })

  it('shows a bound token by the scheme DPoP only, and an unbound one by Bearer only (RFC 9449 section 7.1)', async () => {
    const key = await dpop()
    const answer = await exchange(key, { resource: house.url })
    const bound = await oauth.processGenericTokenEndpointResponse(server, client, answer)
    const url = new URL(`${house.url}/api/v1/tasks/${taskId}`)
    const ask = async (value: string, change: (shown: string) => string): Promise<Response> => {
      const shown: Record<string, string> = {}
      await oauth.protectedResourceRequest(value, 'GET', url, new Headers(), null, {
        ...insecure,
        DPoP: key,
        [oauth.customFetch]: async (_: string, init: { headers: Record<string, string> }) => {
          Object.assign(shown, init.headers)
          return new Response('{}')
        },
      })
      const authorization = change(shown['authorization'] ?? '')
      return house.fetch(url, { headers: { ...shown, authorization } })
    }
    expect((await ask(bound.access_token, (shown) => shown)).status).toBe(200)
    const asBearer = await ask(bound.access_token, (shown) => shown.replace(/^DPoP/i, 'Bearer'))
    expect([asBearer.status, await asBearer.json()]).toMatchObject([401, { code: 'proof_missing' }])
    expect(asBearer.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof", algs="[^"]*ES256/)
    const summariser = makeSummariser(house, 'unbound')
    await register(house, summariser)
    const { value } = await summariser.agent.exchange(await openTask(house, summariser), house.url)
    const asDpop = await ask(value, (shown) => shown)
    expect([asDpop.status, await asDpop.json()]).toMatchObject([401, { code: 'token_invalid' }])
  })

  it('introspects and revokes (RFC 7662, RFC 7009)', async () => {
    const summariser = makeSummariser(house)
    await register(house, summariser)
    const token = await summariser.agent.exchange(await openTask(house, summariser), house.url)
    const own: oauth.ClientAuth = (_as, _client, _body, headers) =>
      headers.set('authorization', `Bearer ${token.value}`)
    const seen = await oauth.processIntrospectionResponse(
      server,
      client,
      await oauth.introspectionRequest(server, client, own, token.value, withFetch),
    )
    expect(seen).toMatchObject({ active: true, iss: house.url, aud: house.url })
    const revoked = await oauth.revocationRequest(server, client, own, token.value, withFetch)
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined()
    const asSam: oauth.ClientAuth = (_as, _client, _body, headers) =>
      headers.set('authorization', `Bearer ${house.people.sam.session}`)
    const later = await oauth.introspectionRequest(server, client, asSam, token.value, withFetch)
    expect(await later.json()).toEqual({ active: false })
    // RFC 7662 section 2.3: who asks by a token that does not count is told as RFC 6750 says
    const byEnded = await oauth.introspectionRequest(server, client, own, token.value, withFetch)
    await expect(oauth.processIntrospectionResponse(server, client, byEnded)).rejects.toMatchObject({
      code: oauth.WWW_AUTHENTICATE_CHALLENGE,
      status: 401,
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
    })
    const again = await oauth.revocationRequest(server, client, own, token.value, withFetch)
    await expect(oauth.processRevocationResponse(again)).rejects.toMatchObject({ status: 401 })
  })

  it.each([
    ['no proof of a key', {}, 'invalid_dpop_proof'],
    ['another resource', { resource: 'https://elsewhere.example' }, 'invalid_target'],
    ['details of another type', { authorization_details: '[{"type":"openid"}]' }, 'invalid_authorization_details'],
    ['details that are no JSON', { authorization_details: '{' }, 'invalid_authorization_details'],
    ['two targets', { audience: 'https://elsewhere.example' }, 'invalid_target'],
    ['an actor beside the subject', { actor_token: 'x.y.z' }, 'invalid_request'],
    ['a scope', { scope: 'docs:read' }, 'invalid_scope'],
    ['a client assertion beside the subject token', { client_assertion: 'x.y.z' }, 'invalid_request'],
    ['details of two tasks', { authorization_details: '[{},{}]' }, 'invalid_authorization_details'],
    ['a task that is not its own', { authorization_details: details('tsk_other') }, 'invalid_grant'],
    [
      'a subject token of another kind',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      'invalid_request',
    ],
    ['another kind of token', { requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    ['an assertion that is none', { subject_token: 'x.y.z' }, 'invalid_request'],
  ] as const)('is told by an OAuth error when it shows %s', async (_, more, error) => {
    const answer = await exchange(error === 'invalid_dpop_proof' ? undefined : await dpop(), more)
    expect(answer.status).toBe(400)
    await expect(oauth.processGenericTokenEndpointResponse(server, client, answer)).rejects.toMatchObject({ error })
  })

  it('is told by 401 and no other way that its own proof does not hold', async () => {
    const grant = { grant_type: 'client_credentials', resource: house.url, authorization_details: details(taskId) }
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const ask = async (more: Readonly<Record<string, string>>): Promise<readonly [number, unknown]> => {
      const answer = await house.fetch(`${house.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ ...grant, ...more }),
      })
      return [answer.status, ((await answer.json()) as { error: unknown }).error]
    }
    expect(await ask({ client_assertion: 'x.y.z', client_assertion_type: type })).toEqual([401, 'invalid_client'])
    expect(await ask({ client_assertion_type: type })).toEqual([400, 'invalid_request'])
    expect(await ask({ client_assertion: 'x.y.z', client_assertion_type: 'saml' })).toEqual([400, 'invalid_request'])
    const someone = { client_assertion: await releaser.assertion(), client_assertion_type: type, client_id: 'another' }
    expect(await ask(someone)).toEqual([401, 'invalid_client'])
  })

  it('authenticates with a registered key of its own (private_key_jwt, RFC 7523), once an assertion', async () => {
    const keys = await oauth.generateKeyPair('ES256', { extractable: true })
    const { kty = '', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', keys.publicKey)
    const keyed: Actor = {
      ...makeSummariser(house, 'keyed'),
      binding: { kind: 'key', issuer: 'self', subject: 'keyed', claims: {}, keys: [{ kty, crv, x, y, alg: 'ES256' }] },
    }
    await register(house, keyed)
    const sent: string[] = []
    const asKeyed: oauth.ClientAuth = (as, own, body, headers) =>
      oauth.PrivateKeyJwt(keys.privateKey)(as, { ...own, client_id: 'keyed' }, body, headers)
    const assertion = async (): Promise<string> => {
      const body = new URLSearchParams()
      await asKeyed(server, { client_id: 'keyed' }, body, new Headers())
      return body.get('client_assertion') ?? ''
    }
    const agent = createAgent({ baseUrl: house.url, assertion, fetch: house.fetch })
    const { task } = await agent.openTask(keyed.task)
    const answer = await oauth.clientCredentialsGrantRequest(
      server,
      { client_id: 'keyed' },
      asKeyed,
      { authorization_details: details(task.id), resource: `${house.url}/mcp/docs` },
      {
        ...insecure,
        [oauth.customFetch]: (url: string, init: { body: URLSearchParams; method: string }) => {
          sent.push(init.body.toString())
          return house.fetch(url, { method: 'POST', body: new URLSearchParams(init.body) })
        },
      },
    )
    const token = await oauth.processClientCredentialsResponse(server, { client_id: 'keyed' }, answer)
    expect(token).toMatchObject({ token_type: 'bearer', authorization_details: [{ task_id: task.id }] })
    const again = await house.fetch(`${house.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(sent[0]) })
    expect([again.status, await again.json()]).toMatchObject([
      401,
      { error: 'invalid_client', code: 'assertion_replayed' },
    ])
    const fresh = new URLSearchParams(sent[0])
    fresh.set('client_assertion', await assertion())
    const show = async (): Promise<unknown> => {
      const shown = await house.fetch(`${house.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(fresh) })
      const { error } = (await shown.json()) as { readonly error?: string }
      return error ?? shown.status
    }
    const atOnce = await Promise.all(Array.from({ length: 5 }, show))
    expect(atOnce.filter((each) => each === 200)).toHaveLength(1)
    expect(atOnce.filter((each) => each === 'invalid_client')).toHaveLength(4)
  })

  it('is told to wait while a person has not answered', async () => {
    const { task } = await releaser.agent.openTask({ ...releaser.task, scope: releaser.task.scope.slice(0, 1) })
    const answer = await exchange(await dpop(), { authorization_details: details(task.id) })
    expect(await answer.json()).toMatchObject({ error: 'authorization_pending', code: 'approval_required' })
  })

  it('is told to slow down when it asks too often, which spends nothing and is not on record', async () => {
    const { task } = await releaser.agent.openTask({ ...releaser.task, scope: releaser.task.scope.slice(0, 1) })
    const key = await dpop()
    const ask = async (): Promise<unknown> => (await exchange(key, { authorization_details: details(task.id) })).json()
    for (let times = 0; times < 5; times += 1) expect(await ask()).toMatchObject({ error: 'authorization_pending' })
    const { size } = await house.people.lin.client.entries.list({ limit: 1 })
    const assertion = await releaser.assertion()
    const slow = await exchange(key, { authorization_details: details(task.id), subject_token: assertion })
    expect([slow.headers.get('retry-after'), await slow.json()]).toMatchObject(['5', { error: 'slow_down' }])
    expect((await house.people.lin.client.entries.list({ limit: 1 })).size).toBe(size)
    const used = await exchange(key, { subject_token: assertion })
    expect(used.status).toBe(200)
  })

  it('is held back no more once people have answered, however often it has asked', async () => {
    const key = await dpop()
    const hear = async (vote: 'approve' | 'deny'): Promise<unknown> => {
      const { task, approvalId } = await releaser.agent.openTask({
        ...releaser.task,
        goal: `People ${vote}`,
        scope: releaser.task.scope.slice(0, 1),
      })
      const ask = async () => exchange(key, { authorization_details: details(task.id) })
      for (let times = 0; times < 6; times += 1) await ask()
      await house.people.lin.client.approvals.vote(approvalId ?? '', vote, 'That is my answer')
      const answer = await ask()
      return answer.status === 200 ? 'a token' : ((await answer.json()) as { code: string }).code
    }
    expect([await hear('approve'), await hear('deny')]).toEqual(['a token', 'task_not_active'])
  })
})
