import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { createAgent } from '../../sdk/agent.ts'
import { createClient } from '../../sdk/client.ts'
import type { Config } from '../../src/config.ts'
import type { Running } from '../../src/main.ts'
import { type House, startHouse } from '../house.ts'
import { POSTGRES_START_MS, type Postgres, startPostgres } from '../postgres.ts'
import { type Actor, furnish, makeSummariser, register } from '../scenarios/cast.ts'
import { type Launched, launchServer } from '../server-process.ts'

describe('two servers on one PostgreSQL, of which one sleeps', () => {
  let postgres: Postgres
  let house: House
  let folder: string
  let [first, second]: (Launched | undefined)[] = []
  let urls: readonly [string, string]
  let actor: Actor

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'remit-slept-'))
    postgres = await startPostgres()
    let config: Config | undefined
    const serve = async (made: Config): Promise<Running> => {
      config = made
      first = launchServer(made)
      return { ...first, ...(await first.listening) }
    }
    house = await startHouse({}, { serve, store: { kind: 'postgres', url: await postgres.createDatabase() } })
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
    if (config === undefined) expect.unreachable('nothing was started')
    const dataDir = join(folder, 'second')
    cpSync(config.dataDir, dataDir, { recursive: true })
    const port = await findPort(0)
    second = launchServer({ ...config, dataDir, address: { host: '127.0.0.1', port }, publicUrl: house.url })
    urls = [house.url, `http://127.0.0.1:${port}`]
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await Promise.all([first?.kill(), second?.kill()])
    await house.end()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const codeAt = async (url: string): Promise<unknown> => {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => null)
    if (answer === null) return 'nobody'
    return answer.status === 200 ? 'ready' : ((await answer.json()) as { readonly code?: unknown }).code
  }
  const whenAt = async (url: string, code: string): Promise<void> => {
    await expect.poll(() => codeAt(url), { timeout: 90_000 }).toBe(code)
  }

  /** Who knows of both works as before: a person, and a workload whose assertions count once. */
  async function workWithBoth(): Promise<void> {
    const client = createClient({ baseUrl: urls, session: house.people.ada.session })
    const { person } = await client.people.add({
      name: 'Somebody',
      email: `${Date.now()}@example.org`,
      roles: ['owner'],
    })
    expect((await client.people.list()).people.map(({ id }) => id)).toContain(person.id)
    const agent = createAgent({ baseUrl: urls, assertion: actor.assertion })
    const { task } = await agent.openTask(actor.task)
    expect(await agent.showTask(task.id)).toMatchObject({ task: { state: 'active' } })
    await agent.complete(task.id)
  }

  it('the sleeper wakes to stand by, and takes over again when it may', { timeout: 300_000 }, async () => {
    await whenAt(urls[1], 'standing_by')
    await workWithBoth()
    process.kill(first?.pid ?? 0, 'SIGSTOP')
    await whenAt(urls[1], 'ready')
    process.kill(first?.pid ?? 0, 'SIGCONT')
    await whenAt(urls[0], 'standing_by')
    expect(await codeAt(urls[1])).toBe('ready')
    await workWithBoth()
    await second?.stop()
    await whenAt(urls[0], 'ready')
    await workWithBoth()
    await first?.stop()
    const { said = '' } = (await first?.ended) ?? {}
    expect(said.match(/standing by until the log is free\. Another process has taken it over\./g)).toHaveLength(1)
  })
})
