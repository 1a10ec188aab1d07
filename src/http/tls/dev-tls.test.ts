import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeDevTls } from './dev-tls.ts'

const DAY_MS = 86_400_000
const NOW_MS = 1_790_000_000_000

describe('the certificate of development', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'remit-dev-tls-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))
  const make = async (host = 'localhost', nowMs = NOW_MS) => await makeDevTls(dataDir, host, nowMs)
  const file = (name: string): string => join(dataDir, 'dev-tls', name)

  it('is the same at the next start, so that clients go on trusting it', async () => {
    expect(await make()).toEqual(await make('127.0.0.1', NOW_MS + 300 * DAY_MS))
  })

  it.each([
    ['it is for another host', 'other.test', NOW_MS],
    ['it has no day left', 'localhost', NOW_MS + 364.5 * DAY_MS],
    ['it is not valid yet', 'localhost', NOW_MS - 2 * DAY_MS],
  ])('is made anew where %s', async (_, host, nowMs) => {
    const before = await make()
    const { cert } = await make(host, nowMs)
    expect(cert).not.toBe(before.cert)
    const made = new X509Certificate(cert)
    expect(made.checkHost(host)).toBe(host)
    expect(made.validToDate.getTime()).toBeGreaterThan(nowMs + 300 * DAY_MS)
    expect(made.verify(new X509Certificate(readFileSync(file('ca.crt'))).publicKey)).toBe(true)
  })

  it.each(['::1', 'fd00::a:1', '2001:db8:1:2:3:4:5:6', '::ffff:10.0.0.1', '::'])(
    'is for the address %s as one, and stays',
    async (host) => {
      const { cert } = await make(host)
      expect(new X509Certificate(cert).checkIP(host)).toBe(host)
      expect((await make(host)).cert).toBe(cert)
    },
  )

  it.each(['server.crt', 'server.key', 'ca.crt'])(
    'is made anew where a start that was cut short left %s empty',
    async (name) => {
      const before = await make()
      writeFileSync(file(name), '')
      expect((await make()).cert).not.toBe(before.cert)
    },
  )

  it('is made anew where its parts do not belong together', async () => {
    const before = await make()
    const key = readFileSync(file('server.key'))
    rmSync(join(dataDir, 'dev-tls'), { recursive: true })
    const other = await make()
    writeFileSync(file('server.key'), key)
    expect([before.cert, other.cert]).not.toContain((await make()).cert)
  })

  it('may be written by nobody else, whatever the umask says', async () => {
    const before = process.umask(0)
    await make()
    process.umask(before)
    const modes = ['server.key', 'server.crt', 'ca.crt'].map((name) => statSync(file(name)).mode & 0o777)
    expect(modes).toEqual([0o600, 0o644, 0o644])
  })
})
