import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { checkConfig } from '../../src/config.ts'
import { type House, startHouse } from '../house.ts'
import { type RecordingServer, startRecordingServer } from '../mcp/recording-server.ts'
import { type Actor, codeOf, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { callTool, post, verdictOn } from './intruder.ts'

/** What a server might take for who is asking. */
const CLAIMS = {
  'com.acme/user': 'ceo@acme.example',
  'com.acme/tenant': 'board',
  user: 'ceo@acme.example',
  sub: 'ceo@acme.example',
  authorization: 'Bearer ceo-token',
  baggage: 'user=ceo@acme.example',
  'dev.remit/caller': { sub: 'ceo@acme.example' },
  'io.modelcontextprotocol/clientInfo': { name: 'ceo@acme.example', version: '1' },
}
const TRACE = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }

describe('a confused deputy: an agent that speaks to a server with the voice of the gateway', () => {
  let house: House
  let server: RecordingServer
  let actor: Actor
  let token: AccessToken

  beforeAll(async () => {
    server = await startRecordingServer()
    const http = { kind: 'http', url: server.url }
    house = await startHouse({
      upstreams: [
        {
          name: 'docs',
          transport: { ...http, headers: { 'x-api-key': 'of the house' } },
          passMeta: ['com.acme/locale'],
        },
        { name: 'bare', transport: http, credential: { kind: 'none' } },
      ],
    })
    await review(house)
    actor = makeSummariser(house)
    const scope = [{ action: '*', resource: 'docs:*' }]
    const entitlement = { ...actor.entitlements[0], scope, classes: ['read'] } as Actor['entitlements'][0]
    actor = {
      ...actor,
      entitlements: [entitlement],
      task: {
        ...actor.task,
        scope: [
          { action: 'docs/look', resource: 'docs:*' },
          { action: 'bare/look', resource: 'docs:*' },
        ],
      },
    }
    await register(house, actor)
    token = await actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('docs'))
  })
  afterAll(async () => {
    await house.end(20)
    await server.stop()
  })

  const look = (more: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(token.resource, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token.value}`,
        'content-type': 'application/json',
        accept: 'application/json',
        ...headers,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'look', arguments: { path: 'public/a' }, ...more },
      }),
    })

  it('is not told to the server as somebody else: what the agent says of itself stays behind', async () => {
    const before = server.calls().length
    const answer = await look({ _meta: { ...CLAIMS, ...TRACE, 'com.acme/locale': 'de' }, user: 'ceo@acme.example' })
    expect(await answer.json()).toMatchObject({ result: { content: [{ text: 'seen' }] } })
    const [call] = server.calls().slice(before)
    expect(call?.message.params?._meta).toMatchObject({ ...TRACE, 'com.acme/locale': 'de' })
    expect(Object.keys(call?.message.params?._meta ?? {}).sort()).toEqual(
      expect.arrayContaining(['com.acme/locale', 'traceparent']),
    )
    expect(JSON.stringify([call?.headers, call?.text])).not.toMatch(/ceo/)
    expect(Object.keys(call?.message.params ?? {}).sort()).toEqual(['_meta', 'arguments', 'name'])
  })

  it('brings no header of its own: the server sees the credential of the house, and none of the agent', async () => {
    const before = server.arrived.length
    await look(
      {},
      {
        'x-api-key': 'ceo-key',
        'x-forwarded-user': 'ceo@acme.example',
        'x-acme-user': 'ceo@acme.example',
        cookie: 'session=ceo',
        'txn-token': 'ceo',
        forwarded: 'for=ceo',
      },
    )
    const arrived = server.arrived.slice(before)
    expect(arrived.length).toBeGreaterThan(0)
    for (const { headers } of arrived) {
      expect(headers['x-api-key']).toBe('of the house')
      expect(JSON.stringify(headers)).not.toMatch(/ceo/)
      expect(headers).not.toHaveProperty('authorization')
      expect(headers).not.toHaveProperty('dpop')
    }
  })

  it('never passes the token of the agent on, whole or in part, to any server', async () => {
    await look({ _meta: { token: token.value, authorization: `Bearer ${token.value}` } })
    const all = JSON.stringify(server.arrived)
    for (const part of token.value.split('.')) expect(all).not.toContain(part)
  })

  it('reaches a server without a credential as nobody', async () => {
    const before = server.arrived.length
    const bare = await actor.agent.exchange(token.taskId, actor.agent.gatewayUrl('bare'))
    expect(verdictOn(await callTool(house, bare, '{"name":"look","arguments":{"path":"public/a"}}'))).toBe('permitted')
    const arrived = server.arrived.slice(before)
    expect(arrived.length).toBeGreaterThan(0)
    for (const { headers } of arrived) {
      expect(headers).not.toHaveProperty('x-api-key')
      expect(headers).not.toHaveProperty('authorization')
    }
  })

  it('does not use the token of one server at another, and does not come with its assertion at all', async () => {
    const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    expect((await post(house, '/mcp/bare', token.value, list)).json.code).toBe('token_audience')
    const assertion = await actor.assertion()
    expect((await post(house, '/mcp/docs', assertion, list)).status).toBe(401)
    expect(JSON.stringify(server.arrived)).not.toContain(assertion)
    expect(await codeOf(actor.agent.exchange(token.taskId, server.url))).toBe('target_invalid')
  })

  it('is refused at the start where a server that is to get no credential is given one', () => {
    const check = (transport: object): unknown =>
      checkConfig({ upstreams: [{ name: 'docs', transport, credential: { kind: 'none' } }] }, '.')
    expect(() => check({ kind: 'http', url: server.url, headers: { 'x-api-key': 'k' } })).toThrow(/x-api-key/)
    expect(() => check({ kind: 'stdio', command: 'x', env: { API_KEY: 'k' } })).toThrow(/API_KEY/)
    expect(() => check({ kind: 'http', url: server.url })).not.toThrow()
  })
})

async function review(house: House): Promise<void> {
  await furnishPurpose(house)
  for (const name of ['docs', 'bare'])
    await house.people.ada.client.catalogue.classifyTool({
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

async function furnishPurpose(house: House): Promise<void> {
  const { catalogue } = house.people.ada.client
  await catalogue.definePurpose({ title: 'For the team', ceiling: 'internal', code: 'summarise', classes: ['read'] })
  await catalogue.classifyResource({ pattern: 'docs:public/*', sensitivity: 'public' })
}
