import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { makeAuthority } from '../../test/issuer/certificates.ts'
import { createTlsFetch } from '../../test/spiffe/tls-client.ts'
import { checkConfig } from '../config.ts'
import { systemClock } from '../ground/clock.ts'
import { createIds } from '../ground/ids.ts'
import { openStandBy } from './mutual-tls.ts'

describe('a server that stands by', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-stand-by-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const authority = makeAuthority()
  const own = authority.issue({ dns: ['localhost'] })
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const files = { certFile: write('a.crt', own.pem), keyFile: write('a.key', own.key) }

  async function configure() {
    const [port, other] = [await findPort(0), await findPort(0)]
    const config = checkConfig({ dataDir: folder, address: { port }, mtls: { port: other, ...files } }, '.')
    // nobody is closed on by time while a test waits
    const options = { host: '127.0.0.1', port, tls: undefined, requestSeconds: 300, ids: createIds(() => 0) }
    const bounds = { connectionsMax: 10, isProxy: () => false, clock: systemClock, count: () => {}, tell: () => {} }
    return { config, options, bounds, port, other }
  }

  it('says so at the door for certificates too', async () => {
    const { config, options, bounds, port, other } = await configure()
    const door = await openStandBy(config, options, bounds)
    const client = authority.issue({ commonName: 'client' })
    const ask = createTlsFetch({ ca: authority.pem, servername: 'localhost', cert: client.pem, key: client.key })
    const refused = await ask(`https://127.0.0.1:${other}/oauth/token`, { method: 'POST' })
    expect([refused.status, await refused.json()]).toEqual([503, expect.objectContaining({ code: 'standing_by' })])
    expect((await ask(`https://127.0.0.1:${other}/healthz`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/tasks`)).status).toBe(503)
    await door.close()
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow(/fetch failed/)
    await expect(ask(`https://127.0.0.1:${other}/healthz`)).rejects.toThrow(/ECONNREFUSED/)
  })

  it('closes at once on who never ends the handshake, so that nobody holds up whoever takes over', async () => {
    const { config, options, bounds, other } = await configure()
    const door = await openStandBy(config, options, bounds)
    const silent = connect(other, '127.0.0.1')
    const gone = once(silent, 'close')
    await once(silent, 'connect')
    await new Promise((resolve) => setTimeout(resolve, 200)) // until the server has taken it
    await expect(Promise.all([door.close(), gone])).resolves.toBeDefined()
  })

  it('lets in no more than one that serves, at both doors together', async () => {
    const { config, options, bounds, port, other } = await configure()
    const count = vi.fn()
    const door = await openStandBy(config, options, { ...bounds, connectionsMax: 4, count })
    const crowd = [port, other, port, other, other].map((at) => connect(at, '127.0.0.1').on('error', () => {}))
    await vi.waitFor(() => expect(crowd.filter(({ closed }) => closed)).toHaveLength(3), { timeout: 60_000 })
    expect(count).toHaveBeenCalledTimes(3)
    await door.close()
  })

  it('leaves no door open where the other one cannot be opened', async () => {
    const { config, options, bounds, port, other } = await configure()
    const taken = createServer().listen(other, '127.0.0.1')
    await once(taken, 'listening')
    await expect(openStandBy(config, options, bounds)).rejects.toThrow(/EADDRINUSE/)
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow(/fetch failed/)
    taken.close()
  })
})
