import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport as OlderTransportShape } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { hitBy } from '../../src/enforce/open-streams.ts'
import type { UpstreamRow } from '../../src/enforce/upstream-transport.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { makeClock } from '../issuer/room.ts'
import { makeCaller, makeHouse, type TestHouse } from './cast.ts'
import { everythingServer, type Stage, setStage, stdioRow } from './stage.ts'

const long = 'trigger-long-running-operation'
const info = { name: 'test-client', version: '1' }

let httpServer: ChildProcess
let httpRow: UpstreamRow

beforeAll(async () => {
  const port = await findPort(0)
  httpServer = spawn(process.execPath, [everythingServer, 'streamableHttp'], {
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  httpRow = { name: 'docs', transport: { kind: 'http', url: `http://127.0.0.1:${port}/mcp` } }
  await saysOf(httpServer, `listening on port ${port}`)
})
afterAll(async () => {
  const ended = once(httpServer, 'exit')
  if (httpServer.kill('SIGKILL')) await ended
})

const UPSTREAMS: readonly { name: string; row: () => UpstreamRow }[] = [
  { name: 'stdio', row: () => stdioRow('docs', everythingServer, ['stdio']) },
  { name: 'streamable HTTP', row: () => httpRow },
]

describe.each(UPSTREAMS)('the real everything server over $name', ({ row }) => {
  let stage: Stage
  let house: TestHouse
  let client: Client

  beforeAll(async () => {
    house = makeHouse([long, 'echo', 'get-structured-content'])
    stage = await setStage([row()], house)
    client = new Client(info, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new StreamableHTTPClientTransport(stage.url('docs')))
  })
  afterAll(async () => {
    await client.close()
    await stage.close()
  })

  it('shows only the reviewed tools of the many that it has', async () => {
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['echo', 'get-structured-content', long])
  })

  it('keeps structured content', async () => {
    const result = await client.callTool({ name: 'get-structured-content', arguments: { location: 'Chicago' } })
    expect(result.structuredContent).toHaveProperty('temperature')
  })

  it('passes progress to the client whose call it is, while the call runs', async () => {
    const progress = await Promise.all([2, 3].map((steps) => runLong(client, steps)))
    expect(progress).toEqual([
      [1, 2],
      [1, 2, 3],
    ])
  })

  it('answers many calls at once, each with its own result', async () => {
    const texts = Array.from({ length: 20 }, (_, at) => `message ${at}`)
    const results = await Promise.all(texts.map((message) => client.callTool({ name: 'echo', arguments: { message } })))
    expect(results.map((result) => (result.content[0] as { text: string }).text)).toEqual(
      texts.map((text) => `Echo: ${text}`),
    )
  })

  it('is cut off in the middle of a call: the client is told at once and the outcome says so', async () => {
    const asked = house.told.calls.length
    const call = client.callTool(
      { name: long, arguments: { duration: 60, steps: 600 } },
      { onprogress: () => undefined },
    )
    const failed = failureOf(call)
    await waitUntil(() => house.told.calls.length > asked && stage.streams.count('docs') === 1)
    expect(stage.streams.endWhere(hitBy('identity', 'idn_other')).ended).toBe(0)
    const { ended } = stage.streams.endWhere(hitBy('identity', 'idn_agent'))
    expect(await failed).toMatchObject({ code: 403, data: { code: 'cut_off' } })
    expect(ended).toBe(1)
    await waitUntil(() => house.told.outcomes.at(-1)?.end === 'cut_off')
    expect(house.told.outcomes.at(-1)).toMatchObject({ code: 'cut_off', resultBytes: 0 })
    expect(stage.streams.count()).toBe(0)
  })

  it('learns that the client cancelled, and records it', async () => {
    const leave = new AbortController()
    const options = { signal: leave.signal, onprogress: () => leave.abort(new Error('enough')) }
    await expect(client.callTool({ name: long, arguments: { duration: 60, steps: 600 } }, options)).rejects.toThrow(
      'enough',
    )
    await waitUntil(() => house.told.outcomes.at(-1)?.end === 'cancelled')
    expect(stage.streams.count()).toBe(0)
  })

  it('is cancelled by a notification of a client of the older era', async () => {
    const older = new OlderClient(info)
    await older.connect(new OlderTransport(stage.url('docs')) as OlderTransportShape)
    const leave = new AbortController()
    const [asked, before] = [house.told.calls.length, house.told.outcomes.length]
    const call = older.callTool({ name: long, arguments: { duration: 60, steps: 60 } }, undefined, {
      signal: leave.signal,
    })
    const failed = failureOf(call)
    await waitUntil(() => house.told.calls.length > asked && stage.streams.count('docs') === 1)
    leave.abort(new Error('enough'))
    expect(String(await failed)).toContain('enough')
    await waitUntil(() => house.told.outcomes.length > before)
    expect(house.told.outcomes.at(-1)).toMatchObject({ end: 'cancelled' })
    await older.close()
  })
})

describe('what ends an open call', () => {
  const TARGETS = [
    ['task', 'tsk_one'],
    ['chain', 'tsk_one'],
    ['binding', 'bnd_one'],
    ['owner', 'psn_owner'],
    ['upstream', 'docs'],
  ] as const

  let stage: Stage
  let house: TestHouse
  beforeAll(async () => {
    house = makeHouse([long])
    stage = await setStage([stdioRow('docs', everythingServer, ['stdio'])], house)
  })
  afterAll(() => stage.close())

  it.each(TARGETS)('a cutoff of its %s', async (target, id) => {
    const call = await openCall(stage)
    expect(stage.streams.endWhere(hitBy(target, id)).ended).toBe(1)
    await expect(call.result).rejects.toMatchObject({ data: { code: 'cut_off' } })
    await waitUntil(() => house.told.outcomes.at(-1)?.code === 'cut_off')
    house.told.outcomes.length = 0
  })

  it('another reason, where one is given', async () => {
    const call = await openCall(stage)
    stage.streams.endWhere(hitBy('task', 'tsk_one'), new RemitError('task_not_active'))
    await expect(call.result).rejects.toMatchObject({ data: { code: 'task_not_active' } })
  })

  it('a failure to record how it ended is reported, and not lost', async () => {
    const call = await openCall(stage)
    house.fault.finishCall = new RemitError('log_unavailable')
    stage.streams.endWhere(hitBy('task', 'tsk_one'))
    await expect(call.result).rejects.toMatchObject({ data: { code: 'cut_off' } })
    await waitUntil(() => stage.reported.length > 0)
    expect(stage.reported).toMatchObject([{ code: 'log_unavailable' }])
    house.fault = {}
  })

  it('the end of its task', async () => {
    const rows = [stdioRow('docs', everythingServer, ['stdio'])]
    const clock = makeClock()
    const ending = await setStage(rows, house, makeCaller('tsk_one', clock.nowMs() + 2_000), clock)
    const call = await openCall(ending)
    clock.advance(1_999)
    expect(ending.streams.count()).toBe(1)
    clock.advance(1)
    await expect(call.result).rejects.toMatchObject({ data: { code: 'task_not_active' } })
    await ending.close()
    expect(house.told.outcomes.at(-1)).toMatchObject({ end: 'cut_off', code: 'task_not_active' })
  })

  it('the end of the gateway, which waits until the outcome is recorded', async () => {
    const call = await openCall(stage)
    await stage.door.close()
    expect(house.told.outcomes.at(-1)).toMatchObject({ end: 'cut_off', code: 'stopping' })
    await expect(call.result).rejects.toMatchObject({ data: { code: 'stopping' } })
  })
})

describe('a call that says nothing for long', () => {
  it('holds its stream with comments, which readers of events pass over, until its answer comes', async () => {
    const clock = makeClock()
    const stage = await setStage(
      [stdioRow('docs', everythingServer, ['stdio'])],
      makeHouse([long]),
      makeCaller(),
      clock,
    )
    const params = { name: long, arguments: { duration: 2, steps: 1 } }
    const asked = fetch(stage.url('docs'), {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    })
    await waitUntil(() => stage.streams.count('docs') === 1)
    clock.advance(LIMITS.streamAfterMs)
    const reader = (await asked).body?.pipeThrough(new TextDecoderStream()).getReader()
    // the first one at once: nginx hands no head on by HTTP/2 before it
    expect(await Promise.race([reader?.read(), wait(2_000)])).toMatchObject({ value: ':\n\n' })
    const [two, heard]: [string, string[]] = [':\n\n:\n\n', []]
    for (;;) {
      const next = reader?.read()
      const isSilent = async () => (await Promise.race([next, wait(20)])) === undefined
      while (!heard.join('').startsWith(two) && (await isSilent())) clock.advance(LIMITS.streamPulseMs)
      const chunk = (await next)?.value
      if (chunk === undefined) break
      heard.push(chunk)
    }
    expect(heard.join('')).toMatch(/^(:\n\n){2,}event: message\ndata: \{"jsonrpc":"2.0","id":1,"result":.*\n\n$/)
    await stage.close()
  })
})

/** Makes a call that runs for a minute, and gives it back when its first progress has come. */
async function openCall(stage: Stage): Promise<{ result: Promise<unknown> }> {
  const client = new Client(info, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(stage.url('docs')))
  const started = Promise.withResolvers<void>()
  const onprogress = (): void => started.resolve()
  const result = client.callTool({ name: long, arguments: { duration: 60, steps: 600 } }, { onprogress })
  result.catch(() => undefined) // who waits for it says what is expected of it
  await Promise.race([started.promise, result])
  return { result }
}

/** Waits for a failure from now on, so that it is not missed. */
function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function runLong(client: Client, steps: number): Promise<number[]> {
  const seen: number[] = []
  const onprogress = ({ progress }: { progress: number }): void => void seen.push(progress)
  await client.callTool({ name: long, arguments: { duration: 0.3, steps } }, { onprogress })
  return seen
}

/** Waits until a child says these words on its standard error; fails where it ends without them. */
function saysOf(child: ChildProcess, words: string): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(words)) resolve()
    })
    child.once('close', () => reject(new Error(`The server ended before it said '${words}': ${said}`)))
  })
}

async function waitUntil(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(20)
}

function wait(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined))
}
