import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readSeconds } from './run-bench.ts'

const programOf = (file: string): string[] => ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, file)]

describe('a bench', () => {
  it.each([
    ['crowd.ts', ['fast'], 'remit bench:crowd: It takes a number of seconds above 0'],
    ['crowd.ts', ['0'], 'remit bench:crowd: It takes a number of seconds above 0'],
    ['crowd.ts', ['61'], 'remit bench:crowd: It takes a number of seconds above 0, at most 60'],
    ['crowd.ts', ['5', '5'], 'remit bench:crowd: It takes a number of seconds above 0'],
    ['tokens/main.ts', ['fast'], 'remit bench:tokens: It takes a number of seconds above 0'],
    ['tokens/main.ts', ['5', '--json'], 'remit bench:tokens: It takes a number of seconds above 0'],
    ['paths.ts', ['5'], 'remit bench:paths: It takes no words.'],
    ['policies.ts', ['--fast'], 'remit bench:policies: It takes no words.'],
    ['main.ts', ['5'], 'This command does not take positional arguments.\n'],
  ])('%s that is told %j says what it takes, and measures nothing', (file, words, said) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...programOf(file), ...words], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(said)
  })

  it('measures for as long as it is told, and for five seconds otherwise', () => {
    expect([readSeconds([]), readSeconds(['0.5']), readSeconds(['60'])]).toEqual([
      { wishes: 5 },
      { wishes: 0.5 },
      { wishes: 60 },
    ])
  })
})

describe('a bench that is ended', () => {
  let folder: string
  let bench: ChildProcess
  let ended: Promise<unknown[]>
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'remit-ended-'))
  })
  afterEach(async () => {
    bench.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })

  function start(file: string, ...words: readonly string[]): void {
    const env = { ...process.env, TMPDIR: folder }
    bench = spawn(process.execPath, [...programOf(file), ...words], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    ended = once(bench, 'close')
  }
  const find = (pattern: string): string | undefined => globSync(join(folder, pattern))[0]
  const isThere = async (url: string): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    )
  /** Where Remit is, and a server beside it, as it was configured for this bench. */
  async function readServers(): Promise<readonly string[]> {
    const read = () =>
      JSON.parse(readFileSync(find('remit-bench-*/remit.json') ?? '', 'utf8')) as {
        readonly address: { readonly port: number }
        readonly upstreams: readonly { readonly transport: { readonly url: string } }[]
      }
    const { address, upstreams } = await vi.waitFor(read, { timeout: 60_000 }) // it is there before all of it is written
    return [`http://127.0.0.1:${address.port}/healthz`, upstreams[0]?.transport.url ?? '']
  }

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('by %s stops the servers that it started, and leaves nothing behind', async (signal, code) => {
    start('main.ts', '--seconds', '60')
    const servers = await readServers()
    for (const server of servers) await expect.poll(() => isThere(server)).toBe(true)
    bench.kill(signal)
    bench.kill(signal) // as from a terminal and from whoever started it
    expect(await ended).toEqual([code, null])
    expect(await Promise.all(servers.map(isThere))).toEqual([false, false])
    expect(readdirSync(folder)).toEqual([])
  })

  it('while its server starts stops that too', async () => {
    start('crowd.ts')
    const servers = await readServers()
    bench.kill('SIGTERM')
    expect(await ended).toEqual([143, null])
    expect(await Promise.all(servers.map(isThere))).toEqual([false, false])
    expect(readdirSync(folder)).toEqual([])
  })

  it('while it fills a store of its own leaves nothing of it', async () => {
    start('paths.ts')
    await expect.poll(() => existsSync(find('remit-paths-*/remit.db') ?? '')).toBe(true)
    bench.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(readdirSync(folder)).toEqual([])
  })
})
