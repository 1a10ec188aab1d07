import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'
import { readListening } from '../../cli/commands/serve.ts'
import { cleanEnvironment } from '../../cli/environment.ts'
import { readLines } from '../../cli/foreground.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const FILES_MAX = 160

const undos: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of undos.splice(0).toReversed()) await undo()
})

/** Starts a server that may have few files open. */
async function startSmall() {
  const folder = mkdtempSync(join(tmpdir(), 'remit-crowded-'))
  undos.push(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'remit.json')
  // none of the crowd is closed on as one that says nothing
  const limits = { requestSeconds: 300 }
  writeFileSync(file, JSON.stringify({ dataDir: 'data', address: { port: 0 }, limits }))
  const words = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, 'serve', '--config', file]
  const child = spawn('sh', ['-c', `ulimit -n ${FILES_MAX} && exec "$@"`, 'sh', ...words], { env: cleanEnvironment() })
  const ended = once(child, 'close')
  undos.push(async () => {
    child.kill()
    await ended
  })
  const told: string[] = []
  readLines(child.stderr, (line) => told.push(line))
  const listening = await new Promise<NonNullable<ReturnType<typeof readListening>>>((resolve, reject) => {
    readLines(child.stdout, (line) => {
      const heard = readListening(line)
      if (heard !== undefined) resolve(heard)
    })
    ended.then(() => reject(new Error(`the server did not start: ${told.join('\n')}`)), reject)
  })
  return { ...listening, told }
}

/** Asks on a connection of the agent's, and gives the status of the answer. */
function ask(agent: Agent, url: URL, body?: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const asked = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    })
    asked.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

it('more connect than the server may have files: who is connected is served, and so is somebody else', async () => {
  const { url, firstLink, told } = await startSmall()
  const { hostname, port } = new URL(url)
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  undos.push(() => kept.destroy())
  expect(await ask(kept, new URL('/readyz', url))).toBe(200)
  let closed = 0
  const crowd = Array.from({ length: 2 * FILES_MAX }, () =>
    connect(Number(port), hostname)
      .on('error', () => {})
      .on('close', () => {
        closed += 1
      }),
  )
  undos.push(() => {
    for (const socket of crowd) socket.destroy()
  })
  await vi.waitFor(() => expect(closed).toBe(crowd.length - (FILES_MAX / 4 - 1)), { timeout: 60_000 })
  expect(await ask(kept, new URL('/api/v1/sessions', url), { link: firstLink })).toBe(201)
  // what it tells comes another way than what it answers, and may come later
  await vi.waitFor(() => expect(told.join('\n')).toContain('40 connections of 127.0.0.1 are open,'), {
    timeout: 60_000,
  })
  expect(await ask(new Agent({ localAddress: '127.0.0.2' }), new URL('/readyz', url))).toBe(200)
  for (const socket of crowd) socket.destroy()
  const late = new Agent()
  await vi.waitFor(async () => expect(await ask(late, new URL('/readyz', url))).toBe(200), { timeout: 60_000 })
})
