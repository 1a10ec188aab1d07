import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { StoryEvent } from '../../cli/demo/picture.ts'
import { ROOT } from '../../tools/read-tree.ts'

const run = promisify(execFile)

it('the demo tells what README.md shows of it, each with its entry', async () => {
  const shown = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^ {4}(\S+) .*#(\d+) ([a-z.-]+)$/gm)]
  const { stdout } = await run(process.execPath, [join(ROOT, 'cli/demo/main.ts'), '--exit', '--json', '--port', '0'])
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as StoryEvent]))
  const told = events.flatMap((event) =>
    event.event === 'told' && event.entry !== null ? [`${event.actor} #${event.entry.index} ${event.entry.kind}`] : [],
  )
  expect(shown.length).toBeGreaterThan(5)
  for (const [, actor, index, kind] of shown) expect(told).toContain(`${actor} #${index} ${kind}`)
  // what the commands after it show bears the names of the story
  expect(stdout).not.toContain('First administrator')
}, 120_000)

it('the demo leaves no server and no file behind where its reader has enough of it, as head does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-demo-ends-'))
  const env = { ...process.env, TMPDIR: folder }
  const words = [join(ROOT, 'cli/demo/main.ts'), '--exit', '--port', '0']
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const ended = once(child, 'close')
    let url: string | undefined
    for await (const line of createInterface(child.stdout)) {
      url = /Remit runs at (\S+),/.exec(line)?.[1]
      if (url !== undefined) break
    }
    child.stdout.destroy()
    await ended
    expect(url).toBeDefined()
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
    expect(readdirSync(folder).filter((name) => name.startsWith('remit-demo-'))).toEqual([])
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)

it('the demo leaves no server and no file behind, also where a signal comes twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-demo-ends-'))
  const env = { ...process.env, TMPDIR: folder }
  const child = spawn(process.execPath, [join(ROOT, 'cli/demo/main.ts'), '--port', '0'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let said = ''
    for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      said += String(chunk)
      if (said.includes('Ctrl-C stops it')) break
    }
    child.stdout.resume()
    const url = /Remit runs at (\S+),/.exec(said)?.[1] ?? ''
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const ended = once(child, 'close')
    child.kill('SIGHUP')
    await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGHUP')
    expect(await ended).toEqual([0, null])
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
    expect(readdirSync(folder).filter((name) => name.startsWith('remit-demo-'))).toEqual([])
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
