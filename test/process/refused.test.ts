import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeReadOnly } from '../faults/read-only.ts'
import { type House, startHouse } from '../house.ts'
import { type Ended, runServer, type ServerProcess, serveInProcess } from '../server-process.ts'

/** What the server said as it refused to start: one sentence, what to do next, and nothing of the inside. */
function sentenceOf({ code, signal, said }: Ended): string {
  expect([code, signal]).toEqual([1, null])
  const [sentence = '', ...next] = said.trimEnd().split('\n')
  expect(next).toEqual([expect.stringMatching(/^ {7}\w.+\.$/)])
  expect(said).not.toMatch(/node_modules|at \w+ \(|\.ts:\d/)
  return sentence
}

describe('a server that is started wrongly ends with 1, one sentence, and what to do next', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'remit-refused-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const configs: readonly (readonly [string, unknown, string])[] = [
    ['an unknown key', { adress: {} }, 'adress'],
    ['a bad value', { address: { port: 99_999 } }, 'address.port'],
    ['a certificate that is not there', { tls: { certFile: 'a.pem', keyFile: 'b.pem' } }, 'a.pem'],
    ['a folder of policies that is not there', { policiesDir: 'nowhere' }, 'nowhere'],
    ['a store that nobody answers for', { store: { kind: 'postgres', url: 'postgres://r@127.0.0.1:1/x' } }, 'database'],
    ['a data folder below a file', { dataDir: 'remit.json/data' }, 'remit.json/data'],
  ]
  it.each(configs)('for %s, which names it', async (_, config, named) => {
    const file = join(folder, 'remit.json')
    writeFileSync(file, JSON.stringify({ dataDir: 'data', address: { port: 0 }, ...(config as object) }))
    expect(sentenceOf(await runServer(['--config', file]))).toContain(named)
  })

  it.each([
    ['an option that is not known', ['--frob'], '--frob'],
    ['a configuration that is not there', ['--config', '/nowhere/remit.json'], '/nowhere/remit.json is not there'],
  ])('for %s, which names it', async (_, words, named) => {
    expect(sentenceOf(await runServer(['--data-dir', folder, ...words]))).toContain(named)
  })

  it('for a bad value of the environment, which names the key', async () => {
    const ended = await runServer(['--data-dir', folder], { REMIT_PUBLIC_URL: 'ftp://x' })
    expect(sentenceOf(ended)).toContain('publicUrl')
  })
})

describe('a server whose store is not as it should be ends with 1 and says where', () => {
  let house: House
  let server: ServerProcess
  let copies = 0
  beforeAll(async () => {
    const serve = async (config: Parameters<typeof serveInProcess>[0]): Promise<ServerProcess> => {
      server = await serveInProcess(config)
      return server
    }
    house = await startHouse({}, { serve })
    await house.stop()
  })
  afterAll(async () => void (await house.end()))

  /** Gives a copy of the stopped house's folder. */
  function copy(): { readonly folder: string; readonly store: string } {
    const folder = `${house.dataDir}-${++copies}`
    cpSync(house.dataDir, folder, { recursive: true })
    return { folder, store: join(folder, 'remit.db') }
  }
  const edit = (store: string, sql: string): void => {
    const database = new DatabaseSync(store)
    database.exec(sql)
    database.close()
  }
  const start = async (folder: string, ...words: readonly string[]): Promise<string> =>
    sentenceOf(await runServer(['--data-dir', folder, '--port', '0', ...words]))

  it('where the store is of a newer version', async () => {
    const { folder, store } = copy()
    edit(store, "insert into migrations values (999, 0, 'later', 0)")
    expect(await start(folder)).toMatch(/The store is of version 999; this program knows versions up to \d+\./)
  })

  it('where the history of the store is not ours', async () => {
    const { folder, store } = copy()
    edit(store, "update migrations set hash = 'x' where number = 1 and step = 0")
    expect(await start(folder)).toContain('Step 0 of migration 1')
  })

  it('where the store may be read only', async () => {
    const { folder, store } = copy()
    makeReadOnly(store)
    expect(await start(folder)).toBe('remit: The store can be read only, so the answer is no.')
  })

  it('where a row was edited, whose name it says', async () => {
    const { folder, store } = copy()
    edit(store, "update persons set body = replace(body, 'sam@example.org', 'eve@example.org')")
    expect(await start(folder)).toContain(`persons/${house.people.sam.id}`)
  })

  it('where the log was cut off', async () => {
    const { folder, store } = copy()
    edit(store, 'delete from entries where idx = (select max(idx) from entries)')
    expect(await start(folder)).toMatch(/checkpoint of \d+ entries, hashes \d+ to \d+ are not all stored/)
  })

  it('where the head file beside it is gone', async () => {
    const { folder } = copy()
    rmSync(join(folder, 'log.head'))
    expect(await start(folder)).toContain(join(folder, 'log.head'))
  })

  it('where another process has it open, or listens at its port, and that process goes on', {
    timeout: 120_000,
  }, async () => {
    await house.start()
    expect(await start(house.dataDir)).toContain(`process ${server.pid} on`)
    const { port } = new URL(house.url)
    const { folder } = copy()
    rmSync(folder, { recursive: true })
    expect(sentenceOf(await runServer(['--data-dir', folder, '--port', port]))).toBe(
      `remit: Another process listens at 127.0.0.1:${port}; choose another port (--port) or stop it.`,
    )
    expect((await house.people.ada.client.sessions.me()).person.id).toBe(house.people.ada.id)
  })
})
