import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { allow, type ConsentCast, castConsent } from '../consent/cast.ts'
import { type House, startHouse } from '../house.ts'
import { furnish } from './cast.ts'

const suite = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
)

/** What the suite said, and how it ended. */
interface Ran {
  readonly code: number | null
  readonly said: string
}

describe('the conformance suite of the Model Context Protocol, for authorization servers', () => {
  let house: House
  let cast: ConsentCast

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    cast = await castConsent(house, { redirectUris: ['http://127.0.0.1/callback'], server: 'docs' })
  })
  afterAll(async () => void (await house.end(30)))

  async function follow(url: string): Promise<Response> {
    const { location, page } = await allow(house, cast.zoe, { url })
    if (location === null) throw new Error(`the page leads nowhere: ${page.slice(0, 2_000)}`)
    return await fetch(location)
  }

  /**
   * Runs all of its scenarios. It prints an address for a person to open: Zoe does, and says yes. She waits for what
   * it prints later: that it listens for the answer.
   */
  async function run(...more: readonly string[]): Promise<Ran> {
    const port = String(await findPort(0))
    const words = ['authorization', '--url', house.url, '--client-id', cast.clientId, '--port', port, ...more]
    const child = spawn(process.execPath, [suite, ...words], { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let following: Promise<Response> | undefined
    const hear = (part: Buffer): void => {
      said += part.toString('utf8')
      const url = /(http:\/\/\S+\/oauth\/authorize\?\S+)\s.*Callback server started/s.exec(said)?.[1]
      if (url === undefined || following !== undefined) return
      following = follow(url)
      following.catch(() => child.kill()) // by itself it waits five minutes for an answer that does not come
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    await following
    return { code, said }
  }

  it.each([
    ['that names no resource', []],
    ['that names the server', ['--resource']],
  ] as const)('passes with a client %s', async (_, more) => {
    const resource = more.length === 0 ? [] : [...more, `${house.url}/mcp/docs`]
    const { code, said } = await run(...resource)
    expect(said).toContain('✓ authorization-server-metadata-endpoint')
    expect(said).toContain('✓ authorization-code-grant')
    expect([code, /Total: (\d+) passed, (\d+) failed/.exec(said)?.slice(1)]).toEqual([
      0,
      [expect.stringMatching(/[1-9]/), '0'],
    ])
  })
})
