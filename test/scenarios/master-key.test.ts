import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cleanEnvironment } from '../../cli/environment.ts'
import { createClient } from '../../sdk/client.ts'
import { type Config, checkConfig } from '../../src/config.ts'
import { raiseHouse } from '../../src/main.ts'
import { INSTALL_MS } from '../debian.ts'
import { runServer, serveInProcess } from '../server-process.ts'
import { LIBRARY, PIN, type SoftHsm, startSoftHsm } from '../softhsm.ts'

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

let hsm: SoftHsm
let folder: string

beforeAll(async () => {
  hsm = await startSoftHsm()
  process.env['SOFTHSM2_CONF'] = hsm.environment['SOFTHSM2_CONF']
  hsm.addToken('remit')
  hsm.addKey('remit', 'master')
  hsm.addKey('remit', 'another')
}, INSTALL_MS)
afterAll(() => {
  delete process.env['SOFTHSM2_CONF']
  hsm.stop()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remit-master-'))
  writePin(`${PIN}\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const writePin = (text: string, mode = 0o600): void => writeFileSync(join(folder, 'pin'), text, { mode })
const moduleAt = (more: object = {}): object => ({
  masterKey: {
    pkcs11: { library: LIBRARY, tokenLabel: 'remit', keyLabel: 'master', pinFile: join(folder, 'pin'), ...more },
  },
})
const configure = (more: object): Config =>
  checkConfig({ dataDir: join(folder, 'data'), address: { port: 0 }, ...more }, folder)
const at = (name: string): string => join(folder, 'data', name)

/** Starts a house and gives the id of the key that it signs tokens with, and the log's own. */
async function startOnce(config: Config): Promise<readonly [unknown, string]> {
  const server = await serveInProcess(config, hsm.environment)
  const keys = (await (await fetch(`${server.url}/oauth/jwks`)).json()) as { readonly keys: readonly { kid: string }[] }
  if (server.firstLink !== null) await createClient({ baseUrl: server.url }).sessions.open(server.firstLink)
  await server.stop()
  return [keys.keys[0]?.kid, server.logKey]
}

/** What the doctor would caution of. */
async function cautionsOf(config: Config): Promise<readonly string[]> {
  const { house, ...raised } = await raiseHouse(config, 'http://127.0.0.1:7460')
  await raised.close()
  return house.cautions
}

/** Tries to start it; gives what it said of why not. */
async function refused(config: Config): Promise<string> {
  writeFileSync(`${config.dataDir}.json`, JSON.stringify(config))
  const { code, said } = await runServer(['--config', `${config.dataDir}.json`], hsm.environment)
  expect(code).toBe(1)
  return said
}

function remit(
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const env = { ...cleanEnvironment(), ...hsm.environment }
  return new Promise((resolve) =>
    execFile(process.execPath, [CLI, ...words], { env, cwd: folder }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    ),
  )
}

describe('a house whose master key a hardware security module opens', () => {
  it('makes it so from its first start on, and has it in no file in clear', async () => {
    const config = configure(moduleAt())
    const first = await startOnce(config)
    expect(await startOnce(config)).toEqual(first)
    expect(existsSync(at('master.key'))).toBe(false)
    expect(readFileSync(at('master.key.wrapped'), 'utf8')).toMatch(/^remit-wrapped-1\.[A-Za-z0-9_-]{80}\n$/)
    expect(statSync(at('master.key.wrapped')).mode & 0o777).toBe(0o600)
  })

  it('is one that had it in a file, once `remit key wrap` has moved it', async () => {
    const before = await startOnce(configure({}))
    const config = configure(moduleAt())
    expect(await refused(config)).toContain('`remit key wrap --config FILE` has the token')
    const wrapped = await remit('key', 'wrap', '--config', `${config.dataDir}.json`)
    expect([wrapped.code, wrapped.err]).toEqual([0, ''])
    expect(wrapped.out).toContain(`destroy ${at('master.key')}`)
    expect(await startOnce(config)).toEqual(before)
    expect(await cautionsOf(config)).toEqual([expect.stringContaining(`lies in clear in ${at('master.key')}`)])
    rmSync(at('master.key'))
    expect(await cautionsOf(config)).toEqual([])
    expect(await startOnce(config)).toEqual(before)
    rmSync(at('master.key.wrapped'))
    expect(await refused(config)).toContain('master.key.wrapped is gone or empty; put it back')
  })

  it('has another one made by the module, where the key of a file or of another module opens the house as well', async () => {
    const before = await startOnce(configure({}))
    const { masterKey: module } = moduleAt() as Config
    const { masterKey: successor } = moduleAt({ keyLabel: 'another' }) as Config
    const moving = configure({ masterKey: { ...module, other: { file: at('master.key') } } })
    expect(await startOnce(moving)).toEqual(before)
    expect(await cautionsOf(moving)).toEqual([
      expect.stringContaining('masterKey.other: a second master key opens this house as well'),
    ])
    const moved = configure({ masterKey: module })
    expect(await cautionsOf(moved)).toEqual([expect.stringContaining(`lies in clear in ${at('master.key')}`)])
    renameSync(at('master.key'), join(folder, 'first.key'))
    expect(await startOnce(moved)).toEqual(before)
    expect(await refused(configure({ masterKey: { file: join(folder, 'first.key') } }))).toContain('does not open')

    const next = configure({ masterKey: { ...successor, other: module } })
    expect(await refused(next)).toContain('master.key.wrapped.other holds no wrapped master key')
    renameSync(at('master.key.wrapped'), at('master.key.wrapped.other'))
    expect(await startOnce(next)).toEqual(before)
    rmSync(at('master.key.wrapped.other'))
    expect(await startOnce(configure({ masterKey: successor }))).toEqual(before)
    expect(await cautionsOf(configure({ masterKey: successor }))).toEqual([])
  })

  it('makes none in place of one that is gone, where the other one opens nothing any more', async () => {
    await startOnce(configure({}))
    const config = configure({ masterKey: { ...(moduleAt() as Config).masterKey, other: { file: at('master.key') } } })
    await startOnce(config)
    rmSync(at('master.key.wrapped'))
    expect(await refused(config)).toContain('The master key does not open the signing keys of this store')
    expect(existsSync(at('master.key.wrapped'))).toBe(false)
  })

  it('is not written over, nor begun with the key of another house', async () => {
    await startOnce(configure({}))
    const config = configure(moduleAt())
    const file = `${config.dataDir}.json`
    writeFileSync(file, JSON.stringify(config))
    writeFileSync(join(folder, 'other.key'), Buffer.alloc(32, 7).toString('base64url'), { mode: 0o600 })
    const other = await remit('key', 'wrap', '--config', file, '--from', 'other.key', '--json')
    expect([other.code, JSON.parse(other.out)]).toMatchObject([1, { error: { code: 'config_invalid' } }])
    expect(existsSync(at('master.key.wrapped'))).toBe(false)
    renameSync(at('master.key'), join(folder, 'elsewhere.key'))
    const moved = await remit('key', 'wrap', '--config', file, '--from', 'elsewhere.key', '--json')
    expect([moved.code, JSON.parse(moved.out)]).toEqual([
      0,
      { from: join(folder, 'elsewhere.key'), to: at('master.key.wrapped') },
    ])
    const again = await remit('key', 'wrap', '--config', file, '--from', 'elsewhere.key')
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('is there already')])
    const plain = `${config.dataDir}-plain.json`
    writeFileSync(plain, JSON.stringify(configure({})))
    expect((await remit('key', 'wrap', '--config', plain)).err).toContain('masterKey.pkcs11 is not configured')
  })

  it('does not start on any doubt about the module, says which, and never with the PIN', async () => {
    await startOnce(configure(moduleAt()))
    const doubts: readonly (readonly [object, RegExp])[] = [
      [{ keyLabel: 'lost' }, /no secret key lost/],
      [{ keyLabel: 'another' }, /does not open the wrapped master key/],
      [{ tokenLabel: 'lost' }, /no token lost/],
      [{ library: '/usr/lib/none.so' }, /none\.so is missing/],
      [{ pinFile: join(folder, 'lost') }, /The PIN file .*lost is missing or empty/],
    ]
    for (const [more, why] of doubts) expect(await refused(configure(moduleAt(more)))).toMatch(why)
    writeFileSync(at('master.key.wrapped'), 'remit-wrapped-1.AAAA\n')
    const said = await refused(configure(moduleAt()))
    expect(said).toContain('cut short')
    writePin('wrong pin 7')
    expect(await refused(configure(moduleAt()))).toMatch(/The PIN in masterKey\.pkcs11\.pinFile is not that/)
    rmSync(join(folder, 'pin'))
    writePin(PIN, 0o644)
    expect(await refused(configure(moduleAt()))).toMatch(/may be read by others; chmod 600/)
    expect(said).not.toContain(PIN)
  })
})
