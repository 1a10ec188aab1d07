import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { createClient } from '../../sdk/client.ts'
import { checkConfig } from '../../src/config.ts'
import { type Running, serve } from '../../src/main.ts'
import { POSTGRES_START_MS, startPostgres } from '../postgres.ts'

let dataDir: string
const running: Running[] = []
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'remit-start-'))
})
afterEach(async () => {
  await stopAll()
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(more: object = {}): Promise<Running> {
  const started = await serve(checkConfig({ dataDir, address: { port: 0 }, ...more }, dataDir))
  running.push(started)
  return started
}

async function stopAll(): Promise<void> {
  for (const each of running.splice(0)) await each.stop()
}

/** A port that the system gives to nobody by itself, so that it stays free once it is given back. */
async function takePort(): Promise<{ readonly port: number; readonly taken: Server }> {
  const port = await findPort(0)
  const taken = createServer().listen(port, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  return { port, taken }
}

describe('the first administrator', () => {
  it('is not locked out by a start that found its port taken: nothing was made, and the next one shows the link', async () => {
    const { port, taken } = await takePort()
    await expect(start({ address: { port } })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(readdirSync(dataDir)).toEqual([])
    taken.close()
    expect((await start({ address: { port } })).firstLink).toMatch(/^rml_/)
  })

  it('is shown a new link at every start until somebody has signed in, and none from then on', async () => {
    expect((await start()).firstLink).toMatch(/^rml_/)
    await stopAll()
    const second = await start()
    await createClient({ baseUrl: second.url }).sessions.open(second.firstLink ?? '')
    await stopAll()
    expect((await start()).firstLink).toBeNull()
  })
})

describe('a key that is lost', () => {
  it.each(['master.key', 'log.key'])('is not replaced, and the start says what to put back: %s', async (name) => {
    await start()
    await stopAll()
    const kept = readFileSync(join(dataDir, name))
    rmSync(join(dataDir, name))
    const before = readdirSync(dataDir)
    await expect(start()).rejects.toMatchObject({
      code: 'config_invalid',
      detail: expect.stringContaining(`${join(dataDir, name)} is gone or empty; put it back`),
    })
    expect(readdirSync(dataDir)).toEqual(before)
    writeFileSync(join(dataDir, name), kept, { mode: 0o600 })
    expect((await start()).url).toMatch(/^http/)
  })

  it('is not replaced by that of another folder: the start says that the store belongs to another one', async () => {
    await start()
    await stopAll()
    const other = mkdtempSync(join(tmpdir(), 'remit-start-'))
    await start({ dataDir: other })
    await stopAll()
    for (const name of ['master.key', 'log.key']) copyFileSync(join(other, name), join(dataDir, name))
    rmSync(other, { recursive: true })
    await expect(start()).rejects.toMatchObject({
      code: 'config_invalid',
      detail: expect.stringMatching(/belongs to another log key/),
    })
  })

  it('with its whole folder is not replaced where the store is a PostgreSQL', {
    timeout: POSTGRES_START_MS,
  }, async () => {
    const postgres = await startPostgres()
    const store = { kind: 'postgres', url: await postgres.createDatabase() }
    await start({ store })
    await stopAll()
    for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name))
    await expect(start({ store })).rejects.toMatchObject({
      code: 'config_invalid',
      detail: expect.stringMatching(/belongs to another log key/),
    })
    expect(readdirSync(dataDir)).toEqual([])
    await postgres.stop()
  })
})
