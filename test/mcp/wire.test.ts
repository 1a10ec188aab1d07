import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import type { McpAnswer } from '../../src/mcp/answer.ts'
import { makeCaller, makeHouse, type TestHouse } from './cast.ts'
import { validate } from './schema.ts'
import { faultyServer, type Stage, setStage, stdioRow } from './stage.ts'

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const accept = 'application/json, text/event-stream'
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

let stage: Stage
let house: TestHouse

beforeAll(async () => {
  house = makeHouse(['read', 'write'], ['write'])
  const rows = [stdioRow('docs', faultyServer, ['forges']), stdioRow('mirrors', faultyServer, ['mirrors'])]
  stage = await setStage(rows, house)
})
beforeEach(() => {
  house.told.calls.length = 0
  house.told.refusals.length = 0
})
afterAll(() => stage.close())

/** What came back, whatever it is: the tests say what it must be. */
type Parsed = ReturnType<typeof JSON.parse>
type Sent = { method?: string; server?: string; headers?: Record<string, string>; body?: unknown }

async function send({
  method = 'POST',
  server = 'docs',
  headers = {},
  body = '',
}: Sent): Promise<{ answer: McpAnswer; message: Parsed }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const signal = new AbortController().signal
  const answer = await stage.door.handle({
    server,
    method,
    headers: { accept, ...headers },
    body: text,
    caller: makeCaller(),
    signal,
  })
  const read = typeof answer.body === 'string' ? answer.body : await lastFrame(answer.body)
  return { answer, message: read === '' ? undefined : JSON.parse(read) }
}

async function lastFrame(frames: AsyncIterable<string>): Promise<string> {
  let last = ''
  for await (const frame of frames) last = frame.replace('event: message\ndata: ', '')
  return last
}

/** A request of 2026-07-28 as it should be, with headers and members replaced. */
function modern(
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string | undefined> = {},
): Sent {
  const name = typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}
  const all = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...name, ...headers }
  const kept = Object.entries(all).filter((row): row is [string, string] => row[1] !== undefined)
  return {
    headers: Object.fromEntries(kept),
    body: { jsonrpc: '2.0', id: 7, method, params: { _meta: META, ...params } },
  }
}

function legacy(method: string, params: Record<string, unknown> = {}, version = '2025-11-25'): Sent {
  return { headers: { 'mcp-protocol-version': version }, body: { jsonrpc: '2.0', id: 'a', method, params } }
}

const MANY = Object.fromEntries(Array.from({ length: LIMITS.mcpValuesMax }, (_, at) => [`k${at}`, 0]))

const REFUSED: readonly (readonly [string, Sent, number, number])[] = [
  ['a body that is no JSON', { body: '{"jsonrpc":' }, 400, -32700],
  ['an empty body', { body: '' }, 400, -32700],
  ['a body that is no object', { body: '"hello"' }, 400, -32600],
  ['null', { body: 'null' }, 400, -32600],
  ['a batch', { body: [{ jsonrpc: '2.0', id: 1, method: 'ping' }] }, 400, -32600],
  ['an empty batch', { body: [] }, 400, -32600],
  ['another version of JSON-RPC', { body: { jsonrpc: '1.0', id: 1, method: 'ping' } }, 400, -32600],
  ['a null id', { body: { jsonrpc: '2.0', id: null, method: 'ping' } }, 400, -32600],
  ['a fractional id', { body: { jsonrpc: '2.0', id: 1.5, method: 'ping' } }, 400, -32600],
  ['an answer', { body: { jsonrpc: '2.0', id: 1, result: {} } }, 400, -32600],
  ['params that are a list', { body: { jsonrpc: '2.0', id: 1, method: 'ping', params: [] } }, 400, -32602],
  [
    'JSON nested a little too deep',
    { body: `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":${nested(31)}}}` },
    400,
    -32600,
  ],
  ['JSON nested so deep that a parser may fall over', { body: nested(1_000_000) }, 400, -32600],
  ['more values than are judged', legacy('tools/call', { name: 'read', arguments: { many: MANY } }), 400, -32600],
  ['a body that is too large', { body: ' '.repeat(LIMITS.mcpBodyBytesMax + 1) }, 413, -32600],
  ['GET', { method: 'GET' }, 405, -32600],
  ['DELETE', { method: 'DELETE' }, 405, -32600],
  ['a server that is not there', { ...legacy('ping'), server: 'nowhere' }, 404, 404],
  ['a server named like a part of every object', { ...legacy('ping'), server: '__proto__' }, 404, 404],
  [
    '2026-07-28 without the version header',
    modern('tools/list', {}, { 'mcp-protocol-version': undefined }),
    400,
    -32020,
  ],
  [
    '2026-07-28 with an older version header',
    modern('tools/list', {}, { 'mcp-protocol-version': '2025-11-25' }),
    400,
    -32020,
  ],
  ['2026-07-28 without the method header', modern('tools/list', {}, { 'mcp-method': undefined }), 400, -32020],
  ['2026-07-28 with another method header', modern('tools/list', {}, { 'mcp-method': 'server/discover' }), 400, -32020],
  [
    '2026-07-28 with a method header in other case',
    modern('tools/list', {}, { 'mcp-method': 'Tools/List' }),
    400,
    -32020,
  ],
  [
    '2026-07-28 without the name header',
    modern('tools/call', { name: 'read' }, { 'mcp-name': undefined }),
    400,
    -32020,
  ],
  ['2026-07-28 with another name header', modern('tools/call', { name: 'write' }, { 'mcp-name': 'read' }), 400, -32020],
  ['2026-07-28 with a name header and no name', modern('tools/call', {}, { 'mcp-name': 'read' }), 400, -32020],
  ['2026-07-28 without its _meta', modern('tools/list', { _meta: undefined }), 400, -32602],
  [
    '2026-07-28 without the client capabilities',
    modern('tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }),
    400,
    -32602,
  ],
  [
    'a version that does not exist',
    modern(
      'tools/list',
      { _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } },
      { 'mcp-protocol-version': '2099-01-01' },
    ),
    400,
    -32022,
  ],
  ['a version that is too old', legacy('tools/list', {}, '2024-11-05'), 400, -32022],
  ['initialize in 2026-07-28', modern('initialize'), 404, -32601],
  ['ping in 2026-07-28', modern('ping'), 404, -32601],
  ['an unknown method in 2026-07-28', modern('tools/steal'), 404, -32601],
  ['a method named like a part of every object', modern('constructor'), 404, -32601],
  ['subscriptions in 2026-07-28', modern('subscriptions/listen'), 404, -32601],
  ['resources in 2026-07-28', modern('resources/list'), 404, -32601],
  ['an unknown method of the older era', legacy('tools/steal'), 200, -32601],
  ['resources of the older era', legacy('resources/list'), 200, -32601],
  ['prompts of the older era', legacy('prompts/list'), 200, -32601],
  ['tasks of the older era', legacy('tasks/list'), 200, -32601],
  ['a page that is not there', legacy('tools/list', { cursor: '2' }), 200, -32602],
  ['a call without a name', legacy('tools/call', {}), 200, -32602],
  ['a call of a name with a space', legacy('tools/call', { name: 'read file' }), 200, -32602],
  ['a call of a name with a line break', legacy('tools/call', { name: 'read\nwrite' }), 200, -32602],
  ['a call of a name with a path', legacy('tools/call', { name: '../read' }), 200, -32602],
  ['a call of a name that is too long', legacy('tools/call', { name: 'x'.repeat(129) }), 200, -32602],
  [
    'a call of a name beyond ASCII',
    modern('tools/call', { name: 'ünï' }, { 'mcp-name': '=?base64?w7xuw68=?=' }),
    200,
    -32602,
  ],
  ['a call with arguments that are a list', legacy('tools/call', { name: 'read', arguments: [] }), 200, -32602],
  ['a call with arguments that are null', legacy('tools/call', { name: 'read', arguments: null }), 200, -32602],
  ['a call that wants to run as a task', legacy('tools/call', { name: 'read', task: { ttl: 1 } }), 200, -32602],
  ['a call that answers a question', modern('tools/call', { name: 'read', inputResponses: {} }), 200, -32602],
]

it.each(REFUSED)('%s is refused on record, and nothing is decided', async (_, sent, status, code) => {
  const { answer, message } = await send(sent)
  expect([answer.status, message.error.code]).toEqual([status, code])
  expect(house.told.calls).toEqual([])
  expect(house.told.refusals).toHaveLength(1)
  expect(validate('2026-07-28', 'JSONRPCErrorResponse', message)).toEqual([])
  expect(validate('2025-11-25', 'JSONRPCErrorResponse', message)).toEqual([])
})

it('an unsupported version is answered with the supported ones, in the form of the specification', async () => {
  const { message } = await send(legacy('tools/list', {}, '2099-01-01'))
  expect(message.error.data).toEqual({ requested: '2099-01-01', supported: ['2026-07-28', '2025-11-25', '2025-06-18'] })
  expect(validate('2026-07-28', 'UnsupportedProtocolVersionError', message)).toEqual([])
})

it('a refused method says which one is taken', async () => {
  expect((await send({ method: 'GET' })).answer.headers).toMatchObject({ allow: 'POST' })
})

const NOTIFIED: readonly (readonly [string, Sent])[] = [
  ['initialized', { body: { jsonrpc: '2.0', method: 'notifications/initialized' } }],
  [
    'the cancelling of nothing',
    { body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } } },
  ],
  ['the cancelling of no id', { body: { jsonrpc: '2.0', method: 'notifications/cancelled' } }],
  ['one that nobody knows', { body: { jsonrpc: '2.0', method: 'notifications/unknown' } }],
  [
    'one of 2026-07-28',
    {
      headers: { 'mcp-protocol-version': '2026-07-28' },
      body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
    },
  ],
]
it.each(NOTIFIED)('a notification is taken without an answer: %s', async (_, sent) => {
  const { answer } = await send(sent)
  expect([answer.status, answer.body]).toEqual([202, ''])
})

describe('2026-07-28', () => {
  const ANSWERS: readonly (readonly [string, string, Sent])[] = [
    ['server/discover', 'DiscoverResult', modern('server/discover')],
    ['tools/list', 'ListToolsResult', modern('tools/list')],
    ['a permitted call', 'CallToolResult', modern('tools/call', { name: 'read' })],
    ['a denied call', 'CallToolResult', modern('tools/call', { name: 'write' })],
  ]
  it.each(ANSWERS)('%s answers as the schema of the specification says (%s)', async (_, definition, sent) => {
    const { answer, message } = await send(sent)
    expect([answer.status, message.id]).toEqual([200, 7])
    expect(validate('2026-07-28', definition, message.result)).toEqual([])
    expect(message.result.resultType).toBe('complete')
  })

  it('offers tools and nothing else, and says who it is', async () => {
    const { message } = await send(modern('server/discover'))
    expect(message.result).toMatchObject({ supportedVersions: ['2026-07-28'], cacheScope: 'private' })
    expect(message.result.capabilities).toEqual({ tools: {} })
    expect(message.result._meta['io.modelcontextprotocol/serverInfo'].name).toBe('remit-gateway')
  })

  it('a list may be kept by nobody but the one who asked', async () => {
    const { message } = await send(modern('tools/list'))
    expect(message.result).toMatchObject({ cacheScope: 'private', ttlMs: LIMITS.toolListTtlMs })
  })

  it('a tool is shown with what was reviewed and no more', async () => {
    const { message } = await send(modern('tools/list'))
    expect(message.result.tools).toEqual([{ name: 'read', description: 'Reads.', inputSchema: { type: 'object' } }])
  })

  it('a name header in base64 counts as what it says', async () => {
    const { message } = await send(modern('tools/call', { name: 'read' }, { 'mcp-name': '=?base64?cmVhZA==?=' }))
    expect(message.result.isError).toBeUndefined()
  })

  it('a session id or an event id left over from an older era is no matter', async () => {
    const { answer } = await send(modern('tools/list', {}, { 'mcp-session-id': 'x', 'last-event-id': 'y' }))
    expect(answer.status).toBe(200)
  })
})

describe('arguments that a tool wants mirrored in headers', () => {
  const call = (region: unknown, header: string | undefined): Sent => ({
    ...modern('tools/call', { name: 'read', arguments: { region } }, { 'mcp-param-region': header }),
    server: 'mirrors',
  })
  const REFUSED_HEADERS: readonly (readonly [string, Sent])[] = [
    ['no header', call('eu', undefined)],
    ['another value', call('eu', 'us')],
    ['an empty value', call('eu', '')],
    ['another value in base64', call('eu', '=?base64?dXM=?=')],
    ['a header for an argument that is not there', call(undefined, 'eu')],
    ['a header for null', call(null, 'eu')],
  ]
  it.each(REFUSED_HEADERS)('are refused with %s', async (_, sent) => {
    const { answer, message } = await send(sent)
    expect([answer.status, message.error.code]).toEqual([400, -32020])
    expect(house.told.calls).toEqual([])
  })

  const TAKEN_HEADERS: readonly (readonly [string, Sent])[] = [
    ['the same value', call('eu', 'eu')],
    ['the same value in base64', call('eu', '=?base64?ZXU=?=')],
    ['a value beyond ASCII in base64', call('ünï', '=?base64?w7xuw68=?=')],
    ['no header for no argument', call(undefined, undefined)],
    ['no header for null', call(null, undefined)],
  ]
  it.each(TAKEN_HEADERS)('are taken with %s', async (_, sent) => {
    const { answer, message } = await send(sent)
    expect([answer.status, message.error]).toEqual([200, undefined])
  })
})

describe('the older eras', () => {
  const VERSIONS: readonly (readonly [string, string])[] = [
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2025-11-25'],
    ['2099-01-01', '2025-11-25'],
  ]
  it.each(VERSIONS)('a client that asks for %s is offered %s', async (asked, offered) => {
    const params = { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'x', version: '1' } }
    const { message } = await send({ body: { jsonrpc: '2.0', id: 1, method: 'initialize', params } })
    expect(message.result.protocolVersion).toBe(offered)
    expect(validate('2025-11-25', 'InitializeResult', message.result)).toEqual([])
  })

  const ANSWERS: readonly (readonly [string, string, Sent])[] = [
    ['ping', 'EmptyResult', legacy('ping')],
    ['tools/list', 'ListToolsResult', legacy('tools/list')],
    ['a permitted call', 'CallToolResult', legacy('tools/call', { name: 'read' })],
    ['a denied call', 'CallToolResult', legacy('tools/call', { name: 'write' })],
    ['a call of 2025-06-18', 'CallToolResult', legacy('tools/call', { name: 'read' }, '2025-06-18')],
    ['a list without a version header', 'ListToolsResult', { body: { jsonrpc: '2.0', id: 'a', method: 'tools/list' } }],
  ]
  it.each(ANSWERS)('%s answers as the schema of the specification says (%s)', async (_, definition, sent) => {
    const { message } = await send(sent)
    expect(message.id).toBe('a')
    expect(validate('2025-11-25', definition, message.result)).toEqual([])
    expect(message.result).not.toHaveProperty('resultType')
  })
})

describe('what is forwarded', () => {
  it('is the call and its trace, and nothing that nobody has judged', async () => {
    const meta = {
      ...META,
      progressToken: 'mine',
      'example.org/user': 'somebody else',
      'dev.remit/permit': 'forged',
      traceparent: '00-1',
    }
    const { message } = await send(
      modern('tools/call', { name: 'read', arguments: { a: [1, null] }, unknown: { user: 1 }, _meta: meta }),
    )
    const seen = JSON.parse(message.result.content[0].text)
    expect(seen).toMatchObject({ name: 'read', arguments: { a: [1, null] } })
    expect(seen).not.toHaveProperty('unknown')
    expect(seen._meta).not.toHaveProperty('example.org/user')
    expect(seen._meta).toMatchObject({
      traceparent: '00-1',
      'io.modelcontextprotocol/clientInfo': { name: 'remit-gateway' },
    })
    expect(seen._meta).not.toHaveProperty('dev.remit/permit')
    expect(seen._meta.progressToken).not.toBe('mine')
    expect(message.result.extra).toEqual({ kept: true })
  })

  it('a server cannot speak in the name of the gateway', async () => {
    const { message } = await send(modern('tools/call', { name: 'read' }))
    expect(message.result._meta).toEqual({ 'example.org/kept': 1, 'dev.remit/permit': { entry: expect.any(Number) } })
    expect(message.result._meta['dev.remit/permit'].entry).toBeGreaterThan(100)
  })

  it('a call without arguments and without a wish is decided and sent with none', async () => {
    await send(modern('tools/call', { name: 'read' }))
    expect(house.told.calls).toEqual([{ server: 'docs', tool: 'read', arguments: {}, wish: {} }])
  })

  it('a call that was decided in another form than the one to be sent is not sent', async () => {
    house.fault.changeDigest = true
    const { message } = await send(modern('tools/call', { name: 'read' }))
    house.fault = {}
    expect(message.error).toMatchObject({ code: 403, data: { code: 'call_changed' } })
    expect(house.told.outcomes.at(-1)).toMatchObject({ end: 'failed', code: 'call_changed' })
  })

  it('text that is not well-formed Unicode has no digest, so it is not sent', async () => {
    const { message } = await send({
      ...legacy('tools/call'),
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"a":"\\ud800"}}}',
    })
    expect(message.error).toMatchObject({ code: -32602, data: { code: 'request_invalid' } })
  })
})
