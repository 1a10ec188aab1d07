import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAssertionKeys } from '../../sdk/key-assertion.ts'
import { type House, startHouse } from '../house.ts'
import { approveIdentity, furnish, makeSummariser, openTask, prepare, register } from './cast.ts'

describe('an answer of introspection that is signed (RFC 9701)', () => {
  let house: House
  let token: string
  let id: string
  let taskId: string
  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const actor = makeSummariser(house)
    id = await register(house, actor)
    taskId = await openTask(house, actor)
    token = (await actor.agent.exchange(taskId, house.url)).value
  })
  afterAll(async () => {
    await house.end(30)
  })

  const ask = (about: string, accept?: string): Promise<Response> =>
    house.fetch(`${house.url}/oauth/introspect`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...(accept === undefined ? {} : { accept }),
      },
      body: new URLSearchParams({ token: about }).toString(),
    })
  const verify = async (answer: Response) => {
    expect(answer.headers.get('content-type')).toBe('application/token-introspection+jwt')
    const keys = createRemoteJWKSet(new URL(`${house.url}/oauth/jwks`))
    const typ = 'token-introspection+jwt'
    return (await jwtVerify(await answer.text(), keys, { issuer: house.url, audience: id, typ })).payload
  }

  it('is for whoever asked, and says what the plain one says', async () => {
    const payload = await verify(await ask(token, 'application/token-introspection+jwt'))
    expect(payload['token_introspection']).toEqual(await (await ask(token)).json())
    expect(payload['token_introspection']).toMatchObject({ active: true, client_id: id })
    expect(payload).not.toHaveProperty('sub')
    expect(payload).not.toHaveProperty('exp')
  })

  it('is for a client under the name by which it asked, as oauth4webapi expects', async () => {
    const keys = await createAssertionKeys()
    const proof = { kind: 'key', issuer: 'self', subject: 'key-reader', claims: {}, keys: [keys.publicJwk] } as const
    const named = await prepare(house, makeSummariser(house, 'key-reader'))
    await house.people.ada.client.identities.bind(named, proof)
    await approveIdentity(house, named)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const url = new URL(house.url)
    const found = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
    const server = await oauth.processDiscoveryResponse(url, found)
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const key = await crypto.subtle.importKey('jwk', keys.privateJwk, algorithm, false, ['sign'])
    const client = { client_id: 'key-reader', introspection_signed_response_alg: 'ES256' }
    const options = { requestJwtResponse: true, ...insecure }
    const answer = await oauth.introspectionRequest(server, client, oauth.PrivateKeyJwt(key), token, options)
    expect(await oauth.processIntrospectionResponse(server, client, answer)).toEqual({ active: false })
  })

  it('says no more of what does not count than that', async () => {
    const payload = await verify(await ask('nothing', 'application/json;q=0.5, application/token-introspection+jwt'))
    expect(payload['token_introspection']).toEqual({ active: false })
  })

  it.each([
    undefined,
    '*/*',
    'application/*',
    'application/json',
    'text/token-introspection+jwt',
    'application/token-introspection+jwt; Q=0.0, application/json',
  ])('is not given to who asks for %j', async (accept) => {
    expect((await ask(token, accept)).headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('counts as no token', async () => {
    const signed = await (await ask(token, 'application/token-introspection+jwt')).text()
    const answer = await fetch(`${house.url}/api/v1/tasks/${taskId}`, {
      headers: { authorization: `Bearer ${signed}` },
    })
    expect(answer.status).toBe(401)
    expect(await (await ask(signed)).json()).toEqual({ active: false })
  })
})
