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

async function write(file: string): Promise<number> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const terminal = {
    print: () => undefined,
    warn: () => undefined,
    paint: (_: string, text: string) => text,
    columns: 100,
  }
  const environment = readEnvironment({ XDG_CONFIG_HOME: folder, REMIT_URL: url, REMIT_SESSION: 'rms_one' })
  return await runCommandLine(['evidence', '--out', file], environment, terminal)
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
    expect(await write(file)).toBe(0)
    expect(readFileSync(victim, 'utf8')).toBe('mine')
    expect(lstatSync(file).isSymbolicLink()).toBe(false)
  })

  it('that breaks off leaves the one from before as it was', async () => {
    const file = join(folder, 'evidence.pack')
    writeFileSync(file, 'the one from before')
    isCut = true
    expect(await write(file)).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('the one from before')
    expect(readdirSync(folder)).toEqual(['evidence.pack'])
  })
})
