import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessToken, createAgent } from '../../sdk/agent.ts'
import { createProofKey } from '../../sdk/dpop.ts'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { callTool, type Heard, post, verdictOn } from '../attacks/intruder.ts'
import { publishDomain } from '../authzen/certification.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, connect, furnish, makeSummariser, openTask, register } from './cast.ts'

const serverFile = join(import.meta.dirname, '..', 'mcp', 'mapping-server.mjs')
const TOOLS = ['get_customer', 'copy_object', 'weather', 'forbidden', 'steals', 'obliges']

let house: House
let actor: Actor
let id: string
let token: AccessToken

const transport = { kind: 'stdio', command: process.execPath, args: [serverFile] }

beforeAll(async () => {
  house = await startHouse({
    upstreams: [
      { name: 'crm', transport, authzen: { domain: 'crm' } },
      { name: 'people', transport, authzen: { domain: 'crm', subject: 'person' } },
      { name: 'plain', transport },
    ],
  })
  await furnish(house).catch(() => undefined) // its tools are of servers that are not here
  const { catalogue } = house.people.ada.client
  await catalogue.classifyResource({ pattern: 'crm:*', sensitivity: 'internal' })
  for (const server of ['crm', 'people', 'plain'])
    for (const tool of TOOLS)
      await catalogue.classifyTool({
        server,
        tool,
        actionClass: 'read',
        resourceArgument: null,
        resourceKind: 'text',
        resourcePrefix: 'crm:all',
        resourceRoot: '',
        resultIntegrity: 'trusted',
      })
  const plain = makeSummariser(house, 'crm-reader')
  const scope = ['crm', 'people', 'plain'].map((server) => ({ action: `${server}/*`, resource: 'crm:*' }))
  actor = {
    ...plain,
    entitlements: plain.entitlements.map((row) => ({ ...row, scope })),
    task: { ...plain.task, scope, budget: { ...plain.task.budget, callsMax: 100 } },
  }
  id = await register(house, actor)
  await publishDomain(house, 'crm', { schema: null, entities: null, files: [{ name: 'crm.cedar', text: policies() }] })
  token = await actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('crm'))
})
afterAll(async () => void (await house.end()))

const policies = (): string => `
@id("crm:server") @sentence("Whoever is let in may see what there is.")
permit (principal, action in [Action::"initialize", Action::"server/discover", Action::"tools/list"], resource is mcp_server)
when { resource == mcp_server::"${house.url}/mcp/crm" };
@id("crm:own") @sentence("The reader reads its customer.")
permit (principal == identity::"${id}", action == Action::"get_customer", resource == customer::"cust-1")
when { context.agent == "${id}" };
@id("crm:reads") @sentence("Everything may be read.")
permit (principal, action == Action::"read", resource is storage_object);
@id("crm:writes") @sentence("What is open may be written.")
permit (principal, action == Action::"write", resource == storage_object::"/open/a");
@id("crm:weather") @sentence("Anybody asks for the weather.")
permit (principal, action == Action::"tools/call", resource == tool::"crm/weather");
@id("crm:obliged") @sentence("With somebody told of it.") @obligation("Tell somebody.")
permit (principal, action == Action::"obliged", resource);
`

const call = (name: string, args: object = {}, at = token): Promise<Heard> =>
  callTool(house, at, JSON.stringify({ name, arguments: args }))
const deniedBy = async (heard: Heard): Promise<readonly string[]> => {
  const told = heard.json.result?._meta?.['dev.remit/denial'] as { readonly entry?: number } | undefined
  const { explanation } = await house.people.lin.client.entries.why(told?.entry ?? -1)
  return (explanation.rules ?? []).map(({ rule }) => rule)
}
const faultOf = ({ json }: Heard): unknown => {
  const { error } = json
  return typeof error === 'object' ? { ...(error as object), data: undefined } : error
}

describe('a server that a domain decides on too', () => {
  it('is called by the official client where the domain permits what the tool declares', async () => {
    const gateway = await connect(actor, token)
    expect([...(await gateway.list())].sort()).toEqual([...TOOLS].sort())
    await gateway.call('get_customer', { id: 'cust-1' })
    await gateway.close()
    expect(verdictOn(await call('get_customer', { id: 'cust-1' }))).toBe('permitted')
    expect((await call('get_customer', { id: 'cust-1', note: 'x' })).text).toContain('did get_customer')
  })

  it('takes each proof of a key once, however many questions that comes to', async () => {
    const key = await createProofKey()
    const { assertion } = actor
    const bound = { ...actor, key, agent: createAgent({ baseUrl: house.url, assertion, key, fetch: house.fetch }) }
    const taskId = await openTask(house, bound)
    const gateway = await connect(bound, await bound.agent.exchange(taskId, bound.agent.gatewayUrl('crm')))
    const copied = await gateway.call('copy_object', { source: '/any', destination: '/open/a' })
    const denied = await gateway.call('copy_object', { source: '/any', destination: '/shut/a' })
    await gateway.close()
    expect([copied.isPermitted, denied.isPermitted]).toEqual([true, false])
  })

  it('is not called where it does not, and the no is a result that says why, on record', async () => {
    const heard = await call('get_customer', { id: 'cust-2' })
    expect([verdictOn(heard), heard.text.includes('did get_customer')]).toEqual(['denied', false])
    expect(heard.json.result).toMatchObject({ isError: true })
    expect(await deniedBy(heard)).toEqual(['policy:no-match'])
  })

  it('is on record as asked by the gateway, so that a no counts as one of the agent and not as a question', async () => {
    const { client } = house.people.lin
    const { entries } = await client.entries.list({ limit: 200 })
    const asked = entries.filter(({ entry }) => entry.data['decision'] === 'evaluation')
    expect(new Set(asked.map(({ entry }) => entry.data['mapped']))).toEqual(new Set([true]))
    const report = await verifyPack(readPackLines(await client.evidence.pack()), await client.log.key())
    const own = report.identities.find(({ name }) => name === actor.name)
    expect(own).toMatchObject({ questions: { permits: 0, denials: 0 }, asks: { permits: 0, denials: 0 } })
    expect(own?.denials).toBeGreaterThan(0)
  })

  it('needs each of several questions permitted', async () => {
    const copy = (destination: string) => call('copy_object', { source: '/any', destination })
    expect(verdictOn(await copy('/open/a'))).toBe('permitted')
    expect(verdictOn(await copy('/shut/a'))).toBe('denied')
  })

  it('has a tool that declares nothing asked about by its name, with its server', async () => {
    expect(verdictOn(await call('weather', { zip: '1' }))).toBe('permitted')
    expect(verdictOn(await call('forbidden'))).toBe('denied')
  })

  it('lets nothing through with an obligation of the domain, which the gateway cannot carry out', async () => {
    const heard = await call('obliges')
    expect([verdictOn(heard), await deniedBy(heard)]).toEqual(['denied', ['domain:obligation']])
  })

  it.each<[string, string, object, RegExp]>([
    ['lacks what the mapping reads', 'get_customer', {}, /no such key 'id'/],
    ['has another form there', 'get_customer', { id: { deep: 1 } }, /resource\.id/],
    ['is empty there', 'get_customer', { id: '' }, /resource\.id/],
    ['is of a tool that names somebody else', 'steals', { id: 'cust-1' }, /not the subject of the token/],
  ])('refuses a call that %s, and asks nobody', async (_, name, args, why) => {
    const heard = await call(name, args)
    expect(faultOf(heard)).toMatchObject({ code: -32_602, message: expect.stringMatching(why) })
    expect(heard.text).not.toContain('did ')
  })

  it('still has to keep the laws of the house', async () => {
    const narrow = await openTask(house, actor, { scope: [{ action: 'crm/weather', resource: 'crm:*' }] })
    const other = await actor.agent.exchange(narrow, actor.agent.gatewayUrl('crm'))
    const heard = await call('get_customer', { id: 'cust-1' }, other)
    expect(verdictOn(heard)).not.toBe('permitted')
    expect(verdictOn(await call('weather', {}, other))).toBe('permitted')
  })

  it('answers a ping without asking, and no method that it does not know', async () => {
    const path = new URL(token.resource).pathname
    const ask = (method: string) => post(house, path, token.value, JSON.stringify({ jsonrpc: '2.0', id: 1, method }))
    expect((await ask('ping')).json.result).toEqual({})
    expect(faultOf(await ask('tasks/list'))).toMatchObject({ code: -32_601 })
  })

  it('is asked about the person on whose behalf the task is, and closed to a task of nobody', async () => {
    const people = await actor.agent.exchange(token.taskId, actor.agent.gatewayUrl('people'))
    const heard = await call('weather', {}, people)
    expect(faultOf(heard)).toMatchObject({ code: -32_602, message: expect.stringContaining('on behalf of nobody') })
  })

  it('leaves a log that holds before a stranger', async () => {
    const { client } = house.people.lin
    const report = await verifyPack(readPackLines(await client.evidence.pack()), await client.log.key())
    expect(report).toMatchObject({ ok: true, failures: [] })
  })

  it('leaves the servers alone that no domain decides on', async () => {
    const plain = await actor.agent.exchange(token.taskId, actor.agent.gatewayUrl('plain'))
    expect(verdictOn(await call('forbidden', {}, plain))).toBe('permitted')
  })
})

describe('a server whose domain is not permitting any more', () => {
  it('is closed at once', async () => {
    const text = '@id("crm:none") @sentence("Nothing.") forbid (principal, action, resource);'
    await publishDomain(house, 'crm', { schema: null, entities: null, files: [{ name: 'crm.cedar', text }] })
    expect(verdictOn(await call('weather', { zip: '1' }))).toBe('denied')
    const path = new URL(token.resource).pathname
    const listed = await post(house, path, token.value, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}')
    expect(faultOf(listed)).toMatchObject({ code: 403 })
    expect(listed.json.result).toBeUndefined()
  })
})
