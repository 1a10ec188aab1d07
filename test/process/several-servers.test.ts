import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { createClient } from '../../sdk/client.ts'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import type { Config } from '../../src/config.ts'
import { systemClock } from '../../src/ground/clock.ts'
import type { Running } from '../../src/main.ts'
import { type House, startHouse } from '../house.ts'
import { POSTGRES_START_MS, type Postgres, startPostgres } from '../postgres.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { type Launched, launchServer } from '../server-process.ts'

const callsMax = 100
const sides = 24
const rate = { limits: { requestsPerSecond: 100_000 } }

/** What became of a call, as its client was told. */
type Verdict = { readonly permit: number } | { readonly code: string }

/** One server of several on one database. */
interface Node extends Launched {
  readonly url: string
}

describe('three servers on one PostgreSQL', () => {
  let postgres: Postgres
  let house: House
  let folder: string
  let nodes: readonly Node[]
  let actor: Actor
  let holder: Launched
  let logKey: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'remit-nodes-'))
    postgres = await startPostgres()
    let config: Config | undefined
    const serve = async (made: Config): Promise<Running> => {
      config = made
      holder = launchServer(made)
      const listening = await holder.listening
      logKey = listening.logKey
      return { ...holder, ...listening }
    }
    house = await startHouse(rate, { serve, store: { kind: 'postgres', url: await postgres.createDatabase() } })
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
    nodes = [{ ...holder, url: house.url }, await addNode(config, 'second'), await addNode(config, 'third')]
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()))
    await house.end(2_000)
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A server as its operator would add it: the data folder copied, another address, the public one the same. */
  async function addNode(config: Config | undefined, name: string): Promise<Node> {
    if (config === undefined) return expect.unreachable('nothing was started')
    const dataDir = join(folder, name)
    cpSync(config.dataDir, dataDir, { recursive: true })
    const port = await findPort(0)
    const address = { host: '127.0.0.1', port }
    return { ...launchServer({ ...config, dataDir, address, publicUrl: house.url }), url: `http://127.0.0.1:${port}` }
  }

  const ask = async (url: string): Promise<{ status: number; code: unknown }> => {
    const answer = await fetch(`${url}/readyz`)
    return { status: answer.status, code: ((await answer.json()) as { code?: unknown }).code }
  }

  it('those that do not hold the log stand by, say so at every door, and permit nothing', {
    timeout: 300_000,
  }, async () => {
    for (const { url } of nodes.slice(1)) {
      await expect
        .poll(() => ask(url).catch(() => null), { timeout: 120_000 }) // two servers start at once, beside other tests
        .toEqual({ status: 503, code: 'standing_by' })
      expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true })
      const asked = await fetch(`${url}/access/v1/evaluation`, { method: 'POST', body: '{}' })
      expect([asked.status, await asked.json()]).toEqual([503, expect.stringContaining('stands by')])
      const token = await fetch(`${url}/oauth/token`, { method: 'POST', body: 'grant_type=x' })
      expect([token.status, await token.json()]).toEqual([
        503,
        expect.objectContaining({ error: 'temporarily_unavailable', code: 'standing_by' }),
      ])
    }
    expect(await ask(house.url)).toMatchObject({ status: 200 })
  })

  it.each<[number, string, () => Promise<unknown>]>([
    [500, 'the database crashes and starts again', () => postgres.restart()],
    [2_000, 'the holder is killed', () => holder.kill()],
  ])(
    'permit exactly one hundred of %i calls of one task, though %s half way',
    {
      timeout: 300_000,
    },
    async (calls, _, harm) => {
      const taskId = await openTask(house, actor, { budget: { callsMax, writesMax: 0, bytesMax: 1_000_000 } })
      const { value } = await actor.agent.exchange(taskId, actor.agent.gatewayUrl('docs'))
      const call = createCall(value, join(house.documents, 'public/handbook.md'))
      const verdicts: Verdict[] = []
      let begun = 0
      const harms: Promise<unknown>[] = []
      const refused = new Map<string, number>()
      const work = async (side: number): Promise<void> => {
        for (let at = side; begun < calls; ) {
          begun += 1
          for (;;) {
            const node = nodes[at++ % nodes.length]
            const answer = await call(node?.url ?? '')
            if (typeof answer !== 'string') {
              verdicts.push(answer)
              break
            }
            refused.set(answer, (refused.get(answer) ?? 0) + 1)
            if (at % nodes.length === 0) await systemClock.sleep(100) // a round of noes: somebody has to take over first
          }
          const permits = verdicts.filter((verdict) => 'permit' in verdict).length
          if (permits >= callsMax / 2 && harms.length === 0) harms.push(harm())
        }
      }
      await Promise.all(Array.from({ length: sides }, (_, side) => work(side)))
      await Promise.all(harms)
      expect(harms).toHaveLength(1)
      expect(refused.get('standing_by')).toBeGreaterThan(0)
      expect(verdicts).toHaveLength(calls)
      expect(new Set(verdicts.flatMap((each) => ('code' in each ? [each.code] : [])))).toEqual(
        new Set(['budget_exceeded']),
      )
      await holdToLog(taskId, verdicts)
    },
  )

  /** What clients were told is in the log, no permit of it twice, and the log keeps its laws for a stranger. */
  async function holdToLog(taskId: string, verdicts: readonly Verdict[]): Promise<void> {
    const ready = await Promise.all(nodes.map(async ({ url }) => ({ url, ...(await ask(url).catch(() => null)) })))
    const holding = ready.filter(({ status }) => status === 200)
    expect(holding).toHaveLength(1)
    const url = holding[0]?.url ?? ''
    const client = createClient({ baseUrl: url, session: house.people.lin.session })
    expect((await client.tasks.show(taskId)).usage).toMatchObject({ calls: callsMax })
    const lines: string[] = []
    for await (const line of readPackLines(await client.evidence.pack())) lines.push(line)
    const permits = lines.flatMap((line): number[] => {
      const { index, entry } = JSON.parse(line) as { readonly index?: number; readonly entry?: string }
      const isOne =
        entry?.includes('"decision.permit"') === true && entry.includes('"decision":"call"') && entry.includes(taskId)
      return isOne ? [index ?? -1] : []
    })
    expect(permits).toHaveLength(callsMax)
    const told = verdicts.flatMap((verdict) => ('permit' in verdict ? [verdict.permit] : []))
    expect(new Set(told).size).toBe(told.length)
    expect(told.filter((entry) => !permits.includes(entry))).toEqual([])
    expect(await verifyPack(lines, logKey)).toMatchObject({ ok: true, whole: true, failures: [] })
  }

  it('one that stands by ends with 0 when it is told to', async () => {
    const standing = await Promise.all(nodes.slice(1).map(async (node) => ({ node, ...(await ask(node.url)) })))
    const { node } = standing.find(({ status }) => status === 503) ?? expect.unreachable('nobody stands by')
    await node.stop()
    expect(await node.ended).toMatchObject({ code: 0, said: expect.stringContaining('standing by until') })
  })
})

/** Calls a tool at one server. Gives the verdict, or the code of a server that decides nothing. */
function createCall(token: string, path: string): (url: string) => Promise<Verdict | string> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const name = 'read_text_file'
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { _meta: meta, name, arguments: { path } },
  })
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  }
  return async (url) => {
    try {
      const answer = await fetch(`${url}/mcp/docs`, { method: 'POST', headers, body })
      const text = await answer.text()
      return readVerdict(text.replace(/^event: message\ndata: /, ''), answer.status)
    } catch {
      return 'gone' // killed, or not there yet
    }
  }
}

function readVerdict(text: string, status: number): Verdict | string {
  const { result, error, code } = JSON.parse(text) as {
    readonly result?: { readonly _meta?: Readonly<Record<string, { readonly entry: number; readonly code: string }>> }
    readonly error?: { readonly data?: { readonly code?: string } }
    readonly code?: string
  }
  const permit = result?._meta?.['dev.remit/permit']
  const denial = result?._meta?.['dev.remit/denial']
  if (permit !== undefined) return { permit: permit.entry }
  if (denial?.code === 'store_failed') return denial.code // a no that says nothing of the budget: ask again
  if (denial !== undefined) return { code: denial.code }
  return code ?? error?.data?.code ?? `status ${status}`
}
