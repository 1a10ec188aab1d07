import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Listening, readListening } from '../cli/commands/serve.ts'
import { cleanEnvironment } from '../cli/environment.ts'
import { readLines } from '../cli/foreground.ts'
import { writeBeside } from '../test/write-beside.ts'
import { checkShipped } from './check-shipped.ts'
import { listFiles, ROOT } from './read-tree.ts'
import { writeDist } from './write-dist.ts'

/** Long, since everything is compiled first, also on a slow machine. */
const BUILD_MS = 300_000

/** What is published, in a folder of its own: `bin`, `dist`, and beside them the run-time dependencies and no other. */
function installBuilt(folder: string): void {
  writeDist(join(folder, 'dist'))
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
  const manifest: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  )
  for (const name of Object.keys(manifest.dependencies)) {
    const place = join(folder, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), place)
  }
}

describe('what is built', () => {
  let folder: string
  let server: ChildProcess
  let ended: Promise<number | null>
  let listening: Listening
  const environment = (): NodeJS.ProcessEnv => ({ ...cleanEnvironment(), XDG_CONFIG_HOME: join(folder, 'config') })
  const program = (): string => join(folder, 'bin', 'remit.mjs')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'remit-built-'))
    installBuilt(folder)
    const words = ['serve', '--data-dir', join(folder, 'data'), '--port', '0', '--json']
    server = spawn(process.execPath, [program(), ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: environment(),
      cwd: folder,
    })
    ended = new Promise((resolve) => server.once('close', resolve))
    listening = await new Promise<Listening>((resolve, reject) => {
      ended.then((code) => reject(new Error(`the built server ended with ${code}`)), reject)
      if (server.stdout !== null)
        readLines(server.stdout, (line) => {
          const heard = readListening(line)
          if (heard !== undefined) resolve(heard)
        })
    })
  }, BUILD_MS)
  afterAll(async () => {
    server.kill('SIGTERM') // it hands that on; killed, it would leave the server behind
    await ended
    rmSync(folder, { recursive: true, force: true })
  })

  function remit(...words: readonly string[]): string {
    const options = { encoding: 'utf8', env: environment(), cwd: folder } as const
    const { status, stdout, stderr } = spawnSync(process.execPath, [program(), ...words], options)
    expect([words.join(' '), status, stderr]).toEqual([words.join(' '), 0, ''])
    return stdout
  }

  it('holds nothing but what may be shipped, and no sources', () => {
    expect(checkShipped(join(folder, 'dist'))).toEqual([])
    const sources = listFiles(['.'], /\.ts$/, join(folder, 'dist')).filter((path) => !path.endsWith('.d.ts'))
    expect(sources).toEqual([])
  })

  it('is a server that lives, is ready, and shows its page', async () => {
    const ask = async (path: string): Promise<Response> => fetch(`${listening.url}${path}`)
    expect(await (await ask('/healthz')).json()).toEqual({ ok: true })
    expect(await (await ask('/readyz')).json()).toMatchObject({ ok: true })
    expect(await (await ask('/')).text()).toContain('<html')
    expect(await (await ask('/api/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' })
  })

  it('is a command line that signs in, packs evidence and verifies it', { timeout: 120_000 }, () => {
    remit('login', listening.firstLink ?? '', '--url', listening.url)
    writeFileSync(join(folder, 'log.key'), remit('log', 'key'))
    remit('evidence', '--out', join(folder, 'evidence.pack'))
    const said = remit('verify', join(folder, 'evidence.pack'), '--key', join(folder, 'log.key'))
    expect(said).toMatch(/^It verifies: all \d+ entries/)
  })

  it('is an SDK that stands on its own', async () => {
    const client: typeof import('../sdk/client.ts') = await import(
      pathToFileURL(join(folder, 'dist', 'sdk', 'client.js')).href
    )
    const { sessions } = client.createClient({ baseUrl: listening.url, session: 'rms_nothing' })
    await expect(sessions.me()).rejects.toMatchObject({ code: 'session_invalid' })
  })

  it('audits its log while it runs, in a thread of its own', async () => {
    const ask = async (path: string): Promise<Response> => fetch(`${listening.url}${path}`)
    await writeBeside(join(folder, 'data', 'remit.db'), "update persons set body = replace(body, '{', ' {')")
    await expect.poll(async () => (await ask('/readyz')).status, { timeout: 30_000 }).toBe(503)
    const lines = (await (await ask('/metrics')).text()).split('\n')
    expect(lines.filter((line) => line.startsWith('remit_audit_'))).toEqual(['remit_audit_threads_ended_total 0'])
  })

  it('ends with 0 when it is asked to stop', async () => {
    server.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
