import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterEach, describe, expect, it } from 'vitest'
import type { UpstreamRow } from '../../src/enforce/upstream-transport.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { makeCaller, makeHouse, makeRule, type TestHouse } from './cast.ts'
import { faultyServer, type Stage, setStage, stdioRow } from './stage.ts'

let close: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const each of close.reverse()) await each()
  close = []
})

async function stand(
  row: UpstreamRow,
  house = makeHouse(['read']),
): Promise<{ stage: Stage; house: TestHouse; client: Client }> {
  const stage = await setStage([row], house)
  const client = new Client({ name: 'test-client', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(stage.url('docs')))
  close.push(
    () => stage.close(),
    () => client.close(),
  )
  return { stage, house, client }
}

const faulty = (mode: string): UpstreamRow => stdioRow('docs', faultyServer, [mode])
const read = { name: 'read', arguments: {} }

const FAILURES: readonly (readonly [string, UpstreamRow, number, string])[] = [
  ['an upstream that dies in the middle of the call', faulty('dies'), 502, 'upstream_unavailable'],
  ['an upstream whose program is not there', stdioRow('docs', '/nowhere/server.mjs'), 502, 'upstream_unavailable'],
  [
    'an upstream whose command is not there',
    { name: 'docs', transport: { kind: 'stdio', command: '/nowhere', args: [] } },
    502,
    'upstream_unavailable',
  ],
  [
    'an upstream whose address nobody answers',
    { name: 'docs', transport: { kind: 'http', url: 'http://127.0.0.1:1/mcp' } },
    502,
    'upstream_unavailable',
  ],
  ['an upstream that asks a question back', faulty('asks'), 502, 'upstream_unavailable'],
  ['an upstream that sends the person of the client elsewhere', faulty('sends-elsewhere'), 502, 'upstream_unavailable'],
  ['an upstream with endless tools', faulty('endless'), 502, 'upstream_unavailable'],
  ['a result that is larger than may be', faulty('huge'), 502, 'result_too_large'],
  ['a result of very many values', faulty('crowded'), 502, 'result_too_large'],
  ['a result that nests without end', faulty('deep'), 502, 'result_too_large'],
  ['a result that is larger than is read at all', faulty('monstrous'), 502, 'result_too_large'],
]

describe('a permitted call that fails', () => {
  it.each(FAILURES)(
    'by %s is told to the client and recorded',
    async (_, row, code, name) => {
      const { house, client } = await stand(row)
      await expect(client.callTool(read, { timeout: 300_000 })).rejects.toMatchObject({ code, data: { code: name } })
      expect(house.told.calls).toHaveLength(1)
      expect(house.told.outcomes).toMatchObject([{ end: 'failed', code: name, resultBytes: 0 }])
    },
    300_000,
  )

  it('by an error of the server brings that error to the client', async () => {
    const { house, client } = await stand(faulty('faults'))
    await expect(client.callTool(read)).rejects.toMatchObject({
      message: expect.stringContaining('It broke.'),
      data: { why: 'it is faulty' },
    })
    expect(house.told.outcomes).toMatchObject([{ end: 'failed', code: 'upstream_fault' }])
  })

  it('by an error in which the server speaks as the gateway would is told without that', async () => {
    const { client } = await stand(faulty('impersonates'))
    const refused = await client.callTool(read).catch((error: unknown) => error)
    expect(refused).toHaveProperty('data', { why: 'it lies' })
  })

  it('leaves the gateway ready: the dead child is started again for the next call', async () => {
    const { stage, client } = await stand(faulty('dies'))
    await expect(client.callTool(read)).rejects.toMatchObject({ data: { code: 'upstream_unavailable' } })
    expect((await client.listTools()).tools).toHaveLength(1)
    expect(stage.upstreams.find('docs')?.isUp).toBe(true)
  })

  it('for what it answers being too large leaves its server and the calls of others alone', {
    timeout: 120_000,
  }, async () => {
    const { client, stage, house } = await stand(faulty('mixed'))
    const call = (path: string): Promise<unknown> =>
      client.callTool({ name: 'read', arguments: { path } }, { timeout: 100_000 }).catch((error: unknown) => error)
    const [before, large] = await Promise.all([call('small'), call('large')])
    expect(large).toMatchObject({ code: 502, data: { code: 'result_too_large' } })
    const after = await call('small')
    expect(after).toMatchObject({ content: [{ text: expect.stringMatching(/^ok from \d+$/) }] })
    expect(before).toMatchObject({ content: (after as { content: unknown }).content }) // by the same child
    expect(stage.upstreams.find('docs')?.isUp).toBe(true)
    expect(house.told.outcomes.filter(({ end }) => end === 'failed')).toMatchObject([{ code: 'result_too_large' }])
  })

  it('again and again makes the upstream count as down, with the time to wait', async () => {
    const { client } = await stand(stdioRow('docs', '/nowhere/server.mjs'))
    const errors = await failRepeatedly(client, 5)
    expect(errors.at(-1)).toMatchObject({ data: { code: 'upstream_unavailable', retryAfterMs: expect.any(Number) } })
  })
})

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

async function failRepeatedly(client: Client, times: number): Promise<unknown[]> {
  const errors: unknown[] = []
  for (let at = 0; at < times; at++) await client.listTools().catch((error: unknown) => errors.push(error))
  return errors
}

describe('an upstream that never answers', () => {
  it('holds a call only until the client leaves', async () => {
    const { house, client, stage } = await stand(faulty('silent'))
    await client.listTools() // the child is up
    const leave = new AbortController()
    const call = client.callTool(read, { signal: leave.signal }).catch((error: unknown) => error)
    while (house.told.calls.length === 0 || stage.streams.count() === 0) await pause()
    leave.abort(new Error('enough'))
    expect(String(await call)).toContain('enough')
    while (house.told.outcomes.length === 0) await pause()
    expect(house.told.outcomes).toMatchObject([{ end: 'cancelled', code: 'call_cancelled' }])
    expect(stage.streams.count()).toBe(0)
  })
})

describe('a server that dies of the question which era it speaks', () => {
  it('is asked in the older way', async () => {
    const { client } = await stand(faulty('strict'))
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['read'])
  })
})

describe('a tool that is not the reviewed one', () => {
  it('is quarantined and hidden from the moment when it changes, and a call of it is denied', async () => {
    const house = makeHouse(['read'])
    const { client, stage } = await stand(faulty('changes'), house)
    const reviewed = (await stage.upstreams.find('docs')?.listTools())?.get('read')?.digest ?? ''
    house.rules.set('read', makeRule('read', reviewed))
    while ((await stage.upstreams.find('docs')?.listTools())?.get('read')?.digest === reviewed) await pause()
    expect((await client.listTools(undefined, { cacheMode: 'refresh' })).tools).toEqual([])
    expect(house.told.quarantined).toEqual(['read'])
    const result = await client.callTool(read)
    expect(result).toMatchObject({ isError: true, _meta: { 'dev.remit/denial': { code: 'tool_quarantined' } } })
    expect(house.told.outcomes).toEqual([])
  })

  it('is quarantined by a call, too, before the call is decided', async () => {
    const house = makeHouse(['read'])
    house.rules.set('read', makeRule('read', '0'.repeat(64)))
    const { client } = await stand(faulty('forges'), house)
    const result = await client.callTool(read)
    expect(result).toMatchObject({ isError: true, _meta: { 'dev.remit/denial': { code: 'tool_quarantined' } } })
    expect(house.told.quarantined).toEqual(['read'])
  })

  it('is not called even where the house permits it', async () => {
    const house = makeHouse(['read'])
    house.rules.set('read', makeRule('read', '0'.repeat(64)))
    house.quarantine = () => Promise.resolve()
    const { client } = await stand(faulty('forges'), house)
    await expect(client.callTool(read)).rejects.toMatchObject({ data: { code: 'tool_quarantined' } })
    expect(house.told.outcomes).toMatchObject([{ end: 'failed', code: 'tool_quarantined' }])
  })

  it('is not called where the server does not offer it, whatever was reviewed', async () => {
    const house = makeHouse(['read', 'hidden'])
    const { client } = await stand(faulty('forges'), house)
    await expect(client.callTool({ name: 'hidden', arguments: {} })).rejects.toMatchObject({
      data: { code: 'not_found' },
    })
    expect(house.told.outcomes).toMatchObject([{ end: 'failed', code: 'not_found' }])
  })
})

describe('tools with odd names', () => {
  it('are not shown, and neither is a name that stands twice', async () => {
    const house = makeHouse(['read', 'read file', '../etc', 'ünï', 'x'.repeat(129), '', 'twice'])
    const { client } = await stand(faulty('odd-names'), house)
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['read'])
  })
})

describe('a house that cannot answer', () => {
  it('forwards nothing where the decision cannot be recorded', async () => {
    const { house, client } = await stand(faulty('forges'))
    house.fault.callTool = new RemitError('log_unavailable')
    await expect(client.callTool(read)).rejects.toMatchObject({ code: 503, data: { code: 'log_unavailable' } })
    expect(house.told.outcomes).toEqual([])
  })

  it('gives out no result whose outcome cannot be recorded', async () => {
    const { house, client } = await stand(faulty('forges'))
    house.fault.finishCall = new RemitError('log_unavailable')
    await expect(client.callTool(read)).rejects.toMatchObject({ code: 503, data: { code: 'log_unavailable' } })
  })

  it('tells the client nothing of an error that is not of the table, and reports it', async () => {
    const { stage, house, client } = await stand(faulty('forges'))
    house.fault.callTool = new Error('secret detail')
    const error: unknown = await client.callTool(read).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: -32603, data: { code: 'internal' } })
    expect(JSON.stringify([error, String(error)])).not.toContain('secret detail')
    expect(stage.reported).toMatchObject([{ message: 'secret detail' }])
  })
})

describe('more calls than may be open', () => {
  const facts = {
    credentialId: '',
    taskIds: [],
    identityIds: [],
    chain: '',
    bindingIds: [],
    owners: [],
    upstream: 'docs',
    vendors: [],
  }

  it('at a server are refused before they are decided', async () => {
    const { stage, house, client } = await stand(faulty('silent'))
    for (let at = 0; at < LIMITS.streamsPerServerMax; at++) stage.streams.register(facts, () => undefined)
    await expect(client.callTool(read)).rejects.toMatchObject({ code: 429, data: { code: 'rate_limited' } })
    expect(house.told.calls).toEqual([])
  })

  it('for one identity, by itself or by helpers, are refused, and everybody else is let in', async () => {
    const { stage, house, client } = await stand(faulty('forges'))
    const others = { ...facts, identityIds: ['idn_helper', 'idn_other'] }
    for (let at = 0; at < LIMITS.streamsPerIdentityMax; at++) stage.streams.register(others, () => undefined)
    await client.callTool(read)
    const helped = { ...facts, identityIds: ['idn_helper', 'idn_agent'] }
    const leave = Array.from({ length: LIMITS.streamsPerIdentityMax }, () =>
      stage.streams.register(helped, () => undefined),
    )
    await expect(client.callTool(read)).rejects.toMatchObject({ code: 429, data: { code: 'rate_limited' } })
    expect(house.told.calls).toHaveLength(1)
    leave[0]?.()
    await client.callTool(read)
    for (const each of leave) each()
    const elsewhere = { ...helped, upstream: 'elsewhere' }
    for (let at = 0; at < LIMITS.streamsPerIdentityMax; at++) stage.streams.register(elsewhere, () => undefined)
    await client.callTool(read)
  })

  it('of few who take what they get are refused while there is room for others, who are let in', async () => {
    const { stage, client } = await stand(faulty('forges'))
    const open = (id: string, count: number): readonly (() => void)[] =>
      Array.from({ length: count }, () => stage.streams.register({ ...facts, identityIds: [id] }, () => undefined))
    for (const id of ['idn_1', 'idn_2', 'idn_3']) open(id, LIMITS.streamsPerIdentityMax)
    const half = (LIMITS.streamsPerServerMax - 3 * LIMITS.streamsPerIdentityMax) / 2
    const [first, ...own] = open('idn_agent', half)
    await expect(client.callTool(read)).rejects.toMatchObject({ code: 429, data: { code: 'rate_limited' } })
    first?.()
    await client.callTool(read)
    for (const each of own) each()
    open('idn_4', half)
    await client.callTool(read)
  })
})

describe('progress', () => {
  it('brings the client two rising numbers, and nothing that the budget of bytes does not count', async () => {
    const { stage, house } = await stand(faulty('chatty'))
    const params = { name: 'read', arguments: {}, _meta: { progressToken: 'p' } }
    const answer = await fetch(stage.url('docs'), {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    })
    const text = await answer.text()
    const frames = text.matchAll(/^data: (.+)$/gm)
    const said = [...frames].map(([, data]) => (JSON.parse(data ?? '') as { params?: object }).params)
    const rising = Array.from({ length: 49 }, (_, at) => ({ progress: 5 + at, total: 54, progressToken: 'p' }))
    expect(said.slice(0, -1)).toEqual([
      { progress: 3, progressToken: 'p' },
      { progress: 4, progressToken: 'p' },
      ...rising,
    ])
    expect(text).not.toContain('secret')
    expect(house.told.outcomes).toMatchObject([
      { end: 'completed', resultBytes: text.match(/\{.*"result".*/)?.[0].length },
    ])
  })
})

describe('a client that takes no stream', () => {
  it('gets its answer as JSON, and no progress', async () => {
    const { stage } = await stand(faulty('forges'))
    const params = { name: 'read', _meta: { progressToken: 1 } }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    const headers = { accept: 'application/json' }
    const signal = new AbortController().signal
    const answer = await stage.door.handle({
      server: 'docs',
      method: 'POST',
      headers,
      body,
      caller: makeCaller(),
      signal,
    })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(JSON.parse(answer.body as string)).toMatchObject({ id: 1, result: { extra: { kept: true } } })
  })
})
