import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { checkConfig } from '../../src/config.ts'
import { callTool, send, verdictOn } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { type Arrived, type RecordingServer, startRecordingServer } from '../mcp/recording-server.ts'
import { startTokenServer, type TokenServer } from '../mcp/token-server.ts'
import { actorForm, EXCHANGE, readingWish } from './acting.ts'
import { type Actor, letAct, makeSummariser, openTask, register } from './cast.ts'

const scope = ['told/look', 'swapped/look'].map((action) => ({ action, resource: 'docs:*' }))

describe('what the gateway says of who acts to a server behind it', () => {
  let house: House
  let server: RecordingServer
  let tokens: TokenServer
  let actor: Actor
  let helper: Actor
  let task: string
  const ids = new Map<string, string>()

  beforeAll(async () => {
    server = await startRecordingServer()
    tokens = await startTokenServer()
    const transport = { kind: 'http', url: server.url }
    const credential = {
      kind: 'exchanged',
      tokenEndpoint: `${tokens.url}/token`,
      issuer: tokens.url,
      clientId: 'remit-gateway',
      resource: 'https://swapped.example',
      scope: 'look',
      allowInternal: true,
    }
    house = await startHouse({
      drafts: { 'transaction-tokens': true },
      transactionTokens: { trustDomain: 'inside.example' },
      upstreams: [
        { name: 'told', transport, transactionToken: true },
        { name: 'swapped', transport, credential },
      ],
    })
    await review(house)
    actor = withScope(makeSummariser(house, 'asker'))
    helper = withScope(makeSummariser(house, 'helper'))
    for (const each of [actor, helper]) ids.set(each.name, await register(house, each))
    await letAct(house, 'asker', 'helper')
    task = await openTask(house, actor)
  })
  afterAll(async () => {
    await house.end(30)
    await server.stop()
    await tokens.stop()
  })

  const withScope = (each: Actor): Actor => ({
    ...each,
    entitlements: each.entitlements.map((row) => ({ ...row, scope: [{ action: '*', resource: 'docs:*' }] })),
    task: { ...each.task, scope },
  })
  const tokenFor = (name: string, taskId = task): Promise<AccessToken> =>
    actor.agent.exchange(taskId, actor.agent.gatewayUrl(name))
  /** Calls the tool, and gives what arrived. */
  async function look(token: Pick<AccessToken, 'value' | 'resource'>, path = 'public/a'): Promise<Arrived> {
    const before = server.calls().length
    const heard = await callTool(house, token, JSON.stringify({ name: 'look', arguments: { path } }))
    expect(verdictOn(heard)).toBe('permitted')
    const arrived = server.calls().slice(before)
    expect(arrived).toHaveLength(1)
    return arrived[0] as Arrived
  }
  const keys = () => createRemoteJWKSet(new URL(`${house.url}/oauth/jwks`))
  const verify = async (jwt: unknown, typ: string, audience: string): Promise<JWTPayload> =>
    (await jwtVerify(jwt as string, keys(), { issuer: house.url, audience, typ, algorithms: ['ES256'] })).payload

  it('is a transaction token for each call: whom it is for, who acts, and what was permitted', async () => {
    const token = await tokenFor('told')
    const [one, two] = [await look(token), await look(token, 'public/b')].map(({ headers }) => headers)
    const claims = await verify(one?.['txn-token'], 'txntoken+jwt', 'inside.example')
    expect(claims).toMatchObject({
      sub: ids.get('asker'),
      scope: 'told/look',
      req_wl: house.url,
      tctx: { task_id: task, action: 'told/look', action_class: 'read', resources: ['docs:public/a'] },
    })
    expect(claims).not.toHaveProperty('act')
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(60)
    const other = await verify(two?.['txn-token'], 'txntoken+jwt', 'inside.example')
    expect(other['txn']).not.toBe(claims['txn'])
    // the entry that explains it
    const { entry } = await house.people.lin.client.entries.show((claims['rctx'] as { entry: number }).entry)
    expect(entry).toMatchObject({ kind: 'decision.permit', data: { decision: 'call' } })
    expect(one).not.toHaveProperty('authorization')
  })

  it('names every agent of a chain, outermost the one that acts', async () => {
    const subject = await actor.agent.exchange(task, house.url)
    const wish = { ...readingWish, scope: [{ action: 'told/look', resource: 'docs:public/*' }] }
    const form = await actorForm(house, subject, helper, {
      grant_type: EXCHANGE,
      resource: `${house.url}/mcp/told`,
      authorization_details: JSON.stringify([wish]),
    })
    const heard = await send(house, '/oauth/token', { method: 'POST', body: new URLSearchParams(form) })
    const { headers } = await look({ value: heard.json.access_token ?? '', resource: `${house.url}/mcp/told` })
    expect(await verify(headers['txn-token'], 'txntoken+jwt', 'inside.example')).toMatchObject({
      sub: ids.get('asker'),
      act: { iss: house.url, sub: ids.get('helper'), sub_profile: 'ai_agent' },
    })
  })

  it('opens no door of ours, is not what an agent says it is, and stands in no entry', async () => {
    const token = await tokenFor('told')
    const { headers } = await look(token)
    const jwt = headers['txn-token'] as string
    for (const path of ['/api/v1/me', `/api/v1/tasks/${task}`, '/mcp/told'])
      expect((await send(house, path, { headers: { authorization: `Bearer ${jwt}` } })).status).toBe(401)
    const asSubject = await actorForm(house, { value: jwt }, helper, { grant_type: EXCHANGE })
    const heard = await send(house, '/oauth/token', { method: 'POST', body: new URLSearchParams(asSubject) })
    expect(heard.json.code).toBe('token_invalid')
    const forged = await fetch(token.resource, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json', 'txn-token': 'forged' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"look","arguments":{"path":"public/a"}}}',
    })
    expect(forged.status).toBe(200)
    expect(server.calls().at(-1)?.headers['txn-token']).not.toContain('forged')
    const { entries } = await house.people.lin.client.entries.list({ limit: 200 })
    expect(JSON.stringify(entries)).not.toContain(jwt.split('.')[2])
  })

  it('is a token of its own authorization server for each agent, which never sees that of the agent', async () => {
    const token = await tokenFor('swapped')
    const first = await look(token)
    expect(first.headers.authorization).toBe('Bearer given-1')
    expect((await look(token, 'public/b')).headers.authorization).toBe('Bearer given-1')
    const [asked] = tokens.asked
    expect(Object.fromEntries(asked?.form ?? [])).toMatchObject({
      grant_type: EXCHANGE,
      client_id: 'remit-gateway',
      resource: 'https://swapped.example',
      scope: 'look',
    })
    const subject = await verify(asked?.form.get('subject_token'), 'JWT', tokens.url)
    expect(subject).toMatchObject({ sub: ids.get('asker'), client_id: ids.get('asker') })
    const { payload } = await jwtVerify(asked?.form.get('client_assertion') ?? '', keys(), { audience: tokens.url })
    expect(payload).toMatchObject({ iss: 'remit-gateway', sub: 'remit-gateway' })
    expect(JSON.stringify([asked?.headers, String(asked?.form)])).not.toContain(token.value.split('.')[2])
    expect(JSON.stringify(server.arrived)).not.toContain(token.value.split('.')[2])
    // another token of an agent is another one there
    expect((await look(await tokenFor('swapped'))).headers.authorization).toBe('Bearer given-2')
    // and that which we sign for it opens nothing here
    const heard = await send(house, '/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: EXCHANGE,
        subject_token: asked?.form.get('subject_token') ?? '',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: house.url,
        authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: task }]),
      }),
    })
    expect(heard.json.code).toBe('issuer_unknown')
  })

  it('is asked for again where the server takes it no more, before the next call', async () => {
    const token = await tokenFor('swapped')
    const given = String((await look(token)).headers.authorization)
    server.refused.add(given)
    const call = JSON.stringify({ name: 'look', arguments: { path: 'public/a' } })
    expect(verdictOn(await callTool(house, token, call))).toBe('upstream_unavailable')
    const next = (await look(token)).headers.authorization
    expect(next).toMatch(/^Bearer given-/)
    expect(next).not.toBe(given)
  })

  it.each([
    ['a refusal', { status: 400, text: '{"error":"invalid_grant"}' }],
    ['no JSON', { status: 200, text: 'ok' }],
    ['a token that is none', { status: 200, text: '{"access_token":"a b","token_type":"Bearer"}' }],
    ['a token of another type', { status: 200, text: '{"access_token":"a","token_type":"DPoP"}' }],
    ['what has no end', { status: 200, text: `"${'x'.repeat(600_000)}"` }],
    ['a redirect', { status: 302, text: '' }],
  ])('sends no call where that server answers with %s, and says so', async (_, answer) => {
    tokens.answer = answer
    const before = server.calls().length
    const heard = await callTool(
      house,
      await tokenFor('swapped'),
      JSON.stringify({ name: 'look', arguments: { path: 'public/a' } }),
    )
    tokens.answer = null
    expect(verdictOn(heard)).toBe('upstream_unavailable')
    expect(server.calls()).toHaveLength(before)
  })

  it.each([
    ['a transaction token that nobody speaks', { transactionToken: true }, {}, /transaction-tokens/],
    [
      'a credential over plain http',
      {
        credential: {
          kind: 'exchanged',
          tokenEndpoint: 'http://as.example/t',
          issuer: 'http://as.example',
          clientId: 'r',
        },
      },
      {},
      /https/,
    ],
    [
      'a header to a server over stdio',
      { transport: { kind: 'stdio', command: 'x' }, transactionToken: true },
      { 'transaction-tokens': true },
      /stdio/,
    ],
    [
      'an exchange for a server over stdio',
      {
        transport: { kind: 'stdio', command: 'x' },
        credential: {
          kind: 'exchanged',
          tokenEndpoint: 'https://as.example',
          issuer: 'https://as.example',
          clientId: 'r',
        },
      },
      {},
      /http/,
    ],
  ])('does not start with %s', (_, more, drafts, says) => {
    const row = { name: 'docs', transport: { kind: 'http', url: 'http://127.0.0.1:1/mcp' }, ...more }
    expect(() => checkConfig({ upstreams: [row], drafts }, '.')).toThrow(says)
  })
})

async function review(house: House): Promise<void> {
  const { catalogue } = house.people.ada.client
  await catalogue.definePurpose({ title: 'For the team', ceiling: 'internal', code: 'summarise', classes: ['read'] })
  await catalogue.classifyResource({ pattern: 'docs:public/*', sensitivity: 'public' })
  for (const name of ['told', 'swapped'])
    await catalogue.classifyTool({
      server: name,
      tool: 'look',
      actionClass: 'read',
      resourceArgument: 'path',
      resourceKind: 'text',
      resourcePrefix: 'docs:',
      resourceRoot: '',
      resultIntegrity: 'trusted',
    })
}
