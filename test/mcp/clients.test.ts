import { mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client'
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport as OlderTransportShape } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHouse, type TestHouse } from './cast.ts'
import { filesystemServer, type Stage, setStage, stdioRow } from './stage.ts'

const info = { name: 'test-client', version: '1' }
const readable = ['read_text_file', 'list_directory']

/** What a test needs of a client, whichever line of the SDK it is of. */
interface AnyClient {
  readonly tools: () => Promise<string[]>
  readonly call: (name: string, args: Record<string, unknown>) => Promise<Record<string, unknown>>
  readonly version: () => string | undefined
  readonly close: () => Promise<void>
}

async function connectModern(url: URL, mode: 'auto' | { pin: string }): Promise<AnyClient> {
  const client = new ModernClient(info, { versionNegotiation: { mode } })
  await client.connect(new ModernTransport(url))
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => (await client.callTool({ name, arguments: args })) as Record<string, unknown>,
    version: () => client.getNegotiatedProtocolVersion(),
    close: () => client.close(),
  }
}

async function connectOlder(url: URL): Promise<AnyClient> {
  const client = new OlderClient(info)
  const transport = new OlderTransport(url)
  await client.connect(transport as OlderTransportShape)
  await client.ping()
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => (await client.callTool({ name, arguments: args })) as Record<string, unknown>,
    version: () => transport.protocolVersion,
    close: () => client.close(),
  }
}

const CLIENTS: readonly { name: string; version: string; connect: (url: URL) => Promise<AnyClient> }[] = [
  { name: 'the 2.x client that negotiates', version: '2026-07-28', connect: (url) => connectModern(url, 'auto') },
  {
    name: 'the 2.x client pinned to 2026-07-28',
    version: '2026-07-28',
    connect: (url) => connectModern(url, { pin: '2026-07-28' }),
  },
  { name: 'the 1.x client of 2025-11-25', version: '2025-11-25', connect: connectOlder },
]

describe.each(CLIENTS)('$name, before the real filesystem server', ({ connect, version }) => {
  let stage: Stage
  let house: TestHouse
  let client: AnyClient
  let folder: string

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'remit-mcp-')))
    await writeFile(join(folder, 'handbook.txt'), 'Be kind.')
    house = makeHouse([...readable, 'write_file'], ['write_file'])
    stage = await setStage([stdioRow('docs', filesystemServer, [folder])], house)
    client = await connect(stage.url('docs'))
  })
  afterAll(async () => {
    await client.close()
    await stage.close()
  })

  it('agrees on the version', () => {
    expect(client.version()).toBe(version)
  })

  it('sees only the tools of its task, sorted', async () => {
    expect(await client.tools()).toEqual(['list_directory', 'read_text_file'])
  })

  it('gets the result of a permitted call, marked with its entry', async () => {
    const result = await client.call('read_text_file', { path: join(folder, 'handbook.txt') })
    expect(result).toMatchObject({ content: [{ type: 'text', text: 'Be kind.' }] })
    expect(result['_meta']).toEqual({ 'dev.remit/permit': { entry: 100 + house.told.calls.length } })
    expect(house.told.outcomes.at(-1)).toMatchObject({ end: 'completed', code: null })
    expect(house.told.outcomes.at(-1)?.resultBytes).toBeGreaterThan('Be kind.'.length)
  })

  it('is told of a denial by a result that says why, what would be allowed, and how to ask', async () => {
    const path = join(folder, 'new.txt')
    const result = await client.call('write_file', { path, content: 'no' })
    expect(result).toMatchObject({
      isError: true,
      _meta: {
        'dev.remit/denial': {
          code: 'scope_exceeded',
          reasons: [{ rule: 'law:containment', sentence: 'The task does not cover this tool.' }],
          nearest: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }],
          ask: { approvalId: 'apr_one' },
          entry: 100 + house.told.calls.length,
        },
      },
    })
    const [{ text }] = result['content'] as [{ text: string }]
    expect(text).toContain('The task does not cover this tool.')
    expect(text).toContain('docs/read_text_file on docs:/handbook/*')
    expect(text).toContain('apr_one')
    await expect(readFile(path)).rejects.toThrow('ENOENT')
  })

  it('reaches no tool that was never reviewed', async () => {
    const result = await client.call('move_file', {
      source: join(folder, 'handbook.txt'),
      destination: join(folder, 'x'),
    })
    expect(result['isError']).toBe(true)
    expect(await readFile(join(folder, 'handbook.txt'), 'utf8')).toBe('Be kind.')
  })

  it('is told what a tool itself says went wrong', async () => {
    const result = await client.call('read_text_file', { path: join(folder, 'missing.txt') })
    expect(result['isError']).toBe(true)
    expect(house.told.outcomes.at(-1)).toMatchObject({ end: 'tool_error' })
  })
})
