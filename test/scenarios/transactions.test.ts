import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KeyedClient, registerKeyed } from '../across/cast.ts'
import { forge } from '../attacks/intruder.ts'
import { inviteReader } from '../consent/cast.ts'
import { type House, startHouse } from '../house.ts'
import { claimsOf, EXCHANGE, typeOf } from './acting.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from './cast.ts'

const RESOURCE = 'https://crm.inside.example'
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

describe('a server of the trust domain that calls others inside it', () => {
  let house: House
  let server: oauth.AuthorizationServer
  let crm: KeyedClient
  let other: KeyedClient
  let actor: Actor
  let id: string
  let task: string
  let first: string
  const options = () => ({
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url: string, init: object) => house.fetch(url, init),
  })

  beforeAll(async () => {
    house = await startHouse({
      drafts: { 'transaction-tokens': true },
      transactionTokens: { trustDomain: 'inside.example' },
      resourceServers: [
        { resource: RESOURCE, identity: 'crm' },
        { resource: 'https://mail.inside.example', identity: 'mail' },
        { resource: 'https://stolen.inside.example', identity: 'stolen' },
      ],
    })
    await furnish(house)
    crm = await registerKeyed(house, 'crm')
    other = await registerKeyed(house, 'mail')
    actor = makeSummariser(house)
    id = await register(house, actor)
    task = await openTask(house, actor)
    const issuer = new URL(house.url)
    server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options() }),
    )
  })
  afterAll(async () => {
    await house.end(30)
  })

  async function take(
    subject: string,
    more: Readonly<Record<string, string>> = {},
    who: KeyedClient = crm,
  ): Promise<oauth.TokenEndpointResponse> {
    const form = {
      requested_token_type: typeOf('txn_token'),
      subject_token: subject,
      subject_token_type: typeOf('access_token'),
      audience: 'inside.example',
      scope: 'docs/read_text_file',
      client_assertion_type: jwtBearer,
      client_assertion: await who.assertion(),
      ...more,
    }
    const client = { client_id: who.clientId }
    const answer = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), EXCHANGE, form, options())
    return await oauth.processGenericTokenEndpointResponse(server, client, answer, {
      recognizedTokenTypes: { n_a: () => undefined },
    })
  }
  const verify = async (jwt: string): Promise<JWTPayload> => {
    const keys = createRemoteJWKSet(new URL(`${house.url}/oauth/jwks`))
    return (await jwtVerify(jwt, keys, { issuer: house.url, audience: 'inside.example', typ: 'txntoken+jwt' })).payload
  }
  const tokenFor = async (resource = RESOURCE): Promise<string> => (await actor.agent.exchange(task, resource)).value

  it('gets a transaction token for the access token that was shown to it', async () => {
    const answer = await take(await tokenFor())
    expect(answer).toMatchObject({
      issued_token_type: typeOf('txn_token'),
      token_type: 'n_a',
      scope: 'docs/read_text_file',
    })
    expect(answer.expires_in).toBeLessThanOrEqual(60)
    first = answer.access_token
    expect(await verify(first)).toMatchObject({
      sub: id,
      scope: 'docs/read_text_file',
      req_wl: crm.identityId,
      tctx: { task_id: task, ceiling: 'internal' },
      rctx: { labels: { confidentiality: 'public', integrity: 'trusted' } },
    })
    const { entry } = await house.people.lin.client.entries.show(answer['entry'] as number)
    expect(entry).toMatchObject({ kind: 'transaction.issued', data: { taskId: task } })
    expect(JSON.stringify(entry)).not.toContain(first.split('.')[2])
  })

  it('is told of the person where a task is on behalf of one, and of the agent as who acts, by each server', async () => {
    const zoe = await inviteReader(house, 'zoe@example.org')
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
    const asked = { ...actor.task, ceiling: 'public', scope } as const
    const opened = await zoe.client.identities.openTask(id, asked)
    const shown = (await actor.agent.exchange(opened.task.id, RESOURCE)).value
    const made = await take(shown)
    const next = await take(made.access_token, { subject_token_type: typeOf('txn_token') }, other)
    for (const answer of [made, next]) {
      const said = await verify(answer.access_token)
      expect(said).toMatchObject({ sub: zoe.id, tctx: { task_id: opened.task.id, scope, ceiling: 'public' } })
      expect(said['act']).toEqual({ iss: house.url, sub: id, sub_profile: 'ai_agent' })
    }
    // the access token that was shown says the agent: it never becomes the person
    expect(claimsOf(shown)).toMatchObject({ sub: id })
    await zoe.client.acting.end(opened.task.id, 'I do it myself')
    await expect(take(shown)).rejects.toMatchObject({ error: 'invalid_request' })
    const again = take(next.access_token, { subject_token_type: typeOf('txn_token') }, other)
    await expect(again).rejects.toMatchObject({ error: 'invalid_request' })
  })

  it('is replaced by the next server: the same transaction, for no more and no longer', async () => {
    const asNext = { subject_token_type: typeOf('txn_token') }
    first = (await take(await tokenFor())).access_token
    const before = await verify(first)
    const after = await verify((await take(first, asNext, other)).access_token)
    expect(after).toMatchObject({
      txn: before['txn'],
      sub: before.sub,
      scope: before['scope'],
      tctx: before['tctx'],
      req_wl: `${crm.identityId} ${other.identityId}`,
    })
    expect(after.exp ?? Infinity).toBeLessThanOrEqual(before.exp ?? 0)
    const wider = take(first, { ...asNext, scope: 'docs/read_text_file docs/write_file' }, other)
    await expect(wider).rejects.toMatchObject({ error: 'invalid_scope' })
    const changed = take(forge(first, {}, { scope: 'docs/write_file' }), asNext, other)
    const error_description = expect.stringContaining('The transaction token is not valid.')
    await expect(changed).rejects.toMatchObject({ error: 'invalid_request', error_description })
  })

  it.each([
    ['a scope that the task has not', { scope: 'docs/write_file' }, 'invalid_scope'],
    ['no scope', { scope: '' }, 'invalid_request'],
    ['another trust domain', { audience: 'elsewhere.example' }, 'invalid_target'],
    ['details of its own', { request_details: '{"amount":1}' }, 'invalid_request'],
    ['a refresh token', { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    ['a transaction token as an access token', { subject_token: 'first' }, 'invalid_request'],
  ])('gets none for %s', async (_, more, error) => {
    const form = 'subject_token' in more ? { ...more, subject_token: first } : more
    await expect(take(await tokenFor(), form)).rejects.toMatchObject({ error })
  })

  it('gets none without a proof of who asks', async () => {
    const nobody = take(await tokenFor(), { client_assertion: '', client_assertion_type: '' })
    await expect(nobody).rejects.toMatchObject({ status: 401 })
  })

  it('gets none for the token of another server, and nobody who runs no server gets any', async () => {
    await expect(take(await tokenFor(), {}, other)).rejects.toMatchObject({ error: 'invalid_request' })
    const nobody = await registerKeyed(house, 'nobody')
    await expect(take(await tokenFor(), {}, nobody)).rejects.toMatchObject({ error: 'unauthorized_client' })
    await expect(take(first, { subject_token_type: typeOf('txn_token') }, nobody)).rejects.toMatchObject({
      error: 'unauthorized_client',
    })
  })

  it('gets none, and learns of none, once it was cut off itself by what it proves itself with', async () => {
    const { sam, ada } = house.people
    const cut = await registerKeyed(house, 'stolen')
    const token = await tokenFor('https://stolen.inside.example')
    const learn = async (): Promise<unknown> => {
      const client = { client_id: cut.clientId }
      const proof = { client_assertion_type: jwtBearer, client_assertion: await cut.assertion() }
      const additionalParameters = new URLSearchParams(proof)
      const answer = oauth.introspectionRequest(server, client, oauth.None(), token, {
        ...options(),
        additionalParameters,
      })
      return (await oauth.processIntrospectionResponse(server, client, await answer)).active
    }
    const made = (await take(token, {}, cut)).access_token
    expect(await learn()).toBe(true)
    const { bindings } = await ada.client.identities.show(cut.identityId)
    const targetId = bindings[0]?.id ?? ''
    await sam.client.cutoffs.make({ target: 'binding', targetId, because: 'its key was stolen' })
    await expect(take(token, {}, cut)).rejects.toMatchObject({ error: 'invalid_grant' })
    const again = take(made, { subject_token_type: typeOf('txn_token') }, cut)
    await expect(again).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await learn()).toBe(false)
  })

  it('is told that no transaction token can be taken back (RFC 7009 section 2.2.1)', async () => {
    const fresh = (await take(await tokenFor())).access_token
    const client = { client_id: crm.clientId }
    const proof = { client_assertion_type: jwtBearer, client_assertion: await crm.assertion() }
    const additionalParameters = new URLSearchParams(proof)
    const asked = oauth.revocationRequest(server, client, oauth.None(), fresh, { ...options(), additionalParameters })
    await expect(oauth.processRevocationResponse(await asked)).rejects.toMatchObject({
      error: 'unsupported_token_type',
      status: 400,
    })
    expect((await take(fresh, { subject_token_type: typeOf('txn_token') }, other)).scope).toBe('docs/read_text_file')
  })

  it('gets none in the place of another once nobody is entitled to what that is for any more', async () => {
    const reader = makeSummariser(house, 'reader')
    const readerId = await register(house, reader)
    const shown = (await reader.agent.exchange(await openTask(house, reader), RESOURCE)).value
    const fresh = (await take(shown)).access_token
    const { identities } = house.people.ada.client
    const { entitlements } = await identities.show(readerId)
    for (const { id } of entitlements) await identities.endEntitlement(readerId, id, 'It reads no more')
    await expect(take(fresh, { subject_token_type: typeOf('txn_token') }, other)).rejects.toMatchObject({
      error: 'invalid_scope',
    })
  })

  it('gets none any more once what it rests on has ended', async () => {
    const fresh = (await take(await tokenFor())).access_token
    await actor.agent.complete(task)
    await expect(take(fresh, { subject_token_type: typeOf('txn_token') })).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })
})
