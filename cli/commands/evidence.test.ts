import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEnvironment } from '../environment.ts'
import { runCommandLine } from '../main.ts'

let folder: string
let server: Server
let isCut: boolean

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-evidence-'))
  isCut = false
  server = createServer((_, response) => {
    response.writeHead(200)
    response.write('a pack\n', () => (isCut ? response.destroy() : response.end('of two lines\n')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const said: string[] = []

async function write(file: string, ...more: readonly string[]): Promise<number> {
  said.length = 0
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const terminal = {
    print: () => undefined,
    warn: (text: string) => said.push(text),
    paint: (_: string, text: string) => text,
    columns: 100,
  }
  const environment = readEnvironment({ XDG_CONFIG_HOME: folder, REMIT_URL: url, REMIT_SESSION: 'rms_one' })
  return await runCommandLine(['evidence', '--out', file, ...more], environment, terminal)
}

describe('an evidence pack that is written', () => {
  it('can be read by this user only, and leaves nothing beside it', async () => {
    const file = join(folder, 'evidence.pack')
    expect(await write(file)).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('a pack\nof two lines\n')
    expect(lstatSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['evidence.pack'])
  })

  it('takes the place of a link, and does not go where it points', async () => {
    const [victim, file] = [join(folder, 'victim'), join(folder, 'evidence.pack')]
    writeFileSync(victim, 'mine')
    symlinkSync(victim, file)
    expect(await write(file, '--replace')).toBe(0)
    expect(readFileSync(victim, 'utf8')).toBe('mine')
    expect(lstatSync(file).isSymbolicLink()).toBe(false)
  })

  it('that breaks off leaves the one from before as it was', async () => {
    const file = join(folder, 'evidence.pack')
    writeFileSync(file, 'the one from before')
    isCut = true
    expect(await write(file, '--replace')).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('the one from before')
    expect(readdirSync(folder)).toEqual(['evidence.pack'])
  })

  it('takes the place of another one only where that is said', async () => {
    const file = join(folder, 'evidence.pack')
    writeFileSync(file, 'the one from before')
    expect(await write(file)).toBe(1)
    expect(said.join('\n')).toMatch(/evidence\.pack is there already, and nothing was written\.\n.*--replace/)
    expect(readFileSync(file, 'utf8')).toBe('the one from before')
    expect(await write(file, '--replace')).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('a pack\nof two lines\n')
  })

  it('takes the place of no link and no folder unsaid', async () => {
    const [link, inside] = [join(folder, 'link'), join(folder, 'nowhere')]
    symlinkSync(inside, link)
    expect(await write(link)).toBe(1)
    expect(await write(folder)).toBe(1)
    expect(readdirSync(folder)).toEqual(['link'])
  })

  it('has a folder to lie in, or says which one is not there', async () => {
    expect(await write(join(folder, 'none', 'evidence.pack'))).toBe(1)
    expect(said[0]).toBe(`remit: There is no folder ${join(folder, 'none')}.`)
    expect(said[1]).toMatch(/make the folder first/)
  })
})
