import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanEnvironment } from '../environment.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const FLAGS = ['--disable-warning=ExperimentalWarning', MAIN, 'serve']

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remit-serve-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function serve(...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [...FLAGS, ...words], { encoding: 'utf8', env: cleanEnvironment(), cwd: folder })
}

/** Runs the server until it has said `line` on standard error or output, then stops it. */
async function serveUntil(
  line: RegExp,
  ...words: readonly string[]
): Promise<{ out: string; err: string; code: unknown }> {
  const child = spawn(process.execPath, [...FLAGS, ...words], { env: cleanEnvironment(), cwd: folder })
  const said = { out: '', err: '' }
  const hear = (name: 'out' | 'err') => (chunk: Buffer) => {
    said[name] += chunk.toString()
    if (child.killed || !line.test(said.out + said.err)) return
    child.kill('SIGTERM')
  }
  child.stdout.on('data', hear('out'))
  child.stderr.on('data', hear('err'))
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { ...said, code }
}

describe('a server that does not start', () => {
  it('says so to machines in one JSON document, and in nothing else', () => {
    writeFileSync(join(folder, 'file'), '')
    const { status, stdout, stderr } = serve('--data-dir', 'file', '--port', '0', '--json')
    expect([status, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'config_invalid', sentence: expect.stringContaining('is no folder'), next: expect.any(String) },
    })
  })

  it('says so to people in a sentence and what to do next', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { status, stdout, stderr } = serve('--data-dir', 'data', '--port', String(port))
    taken.close()
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^remit: Another process listens at 127\.0\.0\.1:\d+.*\n {7}\w.*\.\n$/)
  })

  it('names the option and what was said for it', () => {
    expect(serve('--port', 'abc')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--port is a whole number'),
    })
    expect(serve('--port', 'abc').stderr).toContain("'abc'")
  })

  it('names the database by its place', () => {
    writeFileSync(
      join(folder, 'c.json'),
      JSON.stringify({ store: { kind: 'postgres', url: 'postgres://me:hunter2@127.0.0.1:2/x' } }),
    )
    const { stderr } = serve('--config', 'c.json', '--port', '0')
    expect(stderr).toContain('PostgreSQL at 127.0.0.1:2')
    expect(stderr).not.toContain('hunter2')
  })
})

describe('a server that runs', () => {
  it('says when it has stopped', async () => {
    const people = await serveUntil(/Sign in, once/, '--data-dir', 'data', '--port', '0')
    expect(people).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/\nRemit has stopped\.\n$/) })
    const machines = await serveUntil(/firstLink/, '--data-dir', 'data', '--port', '0', '--json')
    const events = machines.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string })
    expect(events.map(({ event }) => event)).toEqual(['listening', 'stopped'])
  })

  it('finishes what is under way where each of its processes is told to stop, and ends at once by a later signal', async () => {
    const child = spawn(process.execPath, [...FLAGS, '--data-dir', 'data', '--port', '0'], {
      env: cleanEnvironment(),
      cwd: folder,
      detached: true,
    })
    const ended = once(child, 'close')
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    const socket = connect(Number(/listens at http:\/\/127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1]), '127.0.0.1')
    socket.write(
      'POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n',
    )
    await setTimeout(200)
    for (let at = 0; at < 4; at += 1) {
      process.kill(-(child.pid ?? 0), 'SIGTERM')
      await setTimeout(50)
    }
    socket.write('{"link"')
    await setTimeout(1_200)
    expect(child.exitCode).toBe(null)
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    expect((await ended)[0]).toBe(143)
    socket.destroy()
  })

  it('says where certificates are shown', async () => {
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ devTls: true, mtls: { port: 0 }, address: { port: 0 } }))
    const { out } = await serveUntil(/Sign in, once/, '--config', 'c.json')
    const [, url, mtlsUrl] = /listens at (https:\S+)\nCertificates at: (https:\S+)\n/.exec(out) ?? []
    expect(mtlsUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(mtlsUrl).not.toBe(url)
  })

  it('says which server behind it does not answer, and why', async () => {
    const upstreams = [{ name: 'docs', transport: { kind: 'stdio', command: 'no-such-command' } }]
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ upstreams, address: { port: 0 } }))
    const { err } = await serveUntil(/no-such-command/, '--config', 'c.json')
    expect(err).toBe('remit: the MCP server docs does not answer: command no-such-command not found\n')
  })
})
