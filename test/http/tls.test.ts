import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../sdk/client.ts'
import { RemitProblem } from '../../sdk/problem.ts'
import { checkConfig } from '../../src/config.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type Running, serve } from '../../src/main.ts'
import { sendRaw } from './raw.ts'

describe('a house that speaks TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-tls-'))
  const at = (name: string): string => join(folder, 'data', 'dev-tls', name)
  const address = { host: '127.0.0.1', port: 0 }
  let running: Running
  let ca: string

  beforeAll(async () => {
    running = await serve(checkConfig({ address, dataDir: join(folder, 'data'), devTls: true }, folder))
    ca = readFileSync(at('ca.crt'), 'utf8')
  })
  afterAll(async () => {
    await running.stop()
    rmSync(folder, { recursive: true })
  })

  interface Answer {
    readonly status: number
    readonly cookie: string
  }

  /** Asks with a client that trusts this authority alone. */
  function ask(url: string, trusted: string, body?: string): Promise<Answer> {
    const options = { ca: trusted, agent: false, method: body === undefined ? 'GET' : 'POST' }
    return new Promise((resolve, reject) => {
      const asked = request(url, { ...options, headers: { 'content-type': 'application/json' } }, (response) => {
        const cookie = response.headers['set-cookie']?.[0] ?? ''
        response.resume().once('end', () => resolve({ status: response.statusCode ?? 0, cookie }))
      })
      asked.once('error', reject)
      asked.end(body)
    })
  }

  it('is trusted by whoever trusts its authority, by address and by name', async () => {
    expect(running.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect((await ask(`${running.url}/healthz`, ca)).status).toBe(200)
    expect((await ask(`${running.url.replace('127.0.0.1', 'localhost')}/healthz`, ca)).status).toBe(200)
  })

  it('is trusted by nobody else', async () => {
    await expect(fetch(`${running.url}/healthz`)).rejects.toThrow('fetch failed')
    await expect(ask(`${running.url}/healthz`, readFileSync(at('server.crt'), 'utf8'))).rejects.toThrow(/certificate/)
  })

  it('tells a client why there is no answer: the certificate, the protocol, or nobody there', async () => {
    const plain = await serve(checkConfig({ address, dataDir: join(folder, 'plain') }, folder))
    const reasonAt = async (baseUrl: string): Promise<unknown> => {
      const problem = await createClient({ baseUrl, session: 'rms_x' })
        .sessions.me()
        .catch((error: unknown) => error)
      expect(problem).toMatchObject({ code: 'unreachable', status: 0 })
      return problem instanceof RemitProblem ? problem.facts['reason'] : problem
    }
    expect(await reasonAt(running.url)).toBe('certificate')
    expect(await reasonAt(running.url.replace('https:', 'http:'))).toBe('perhaps-tls')
    expect(await reasonAt(plain.url.replace('http:', 'https:'))).toBe('not-tls')
    await plain.stop()
    expect(await reasonAt(plain.url)).toBe('nothing-there')
  })

  const shakesNeverAt = (url: string): Socket =>
    connectPlain(Number(new URL(url).port), '127.0.0.1').on('error', () => {})

  it('waits no longer for the end of a handshake than for a request', async () => {
    const limits = { requestSeconds: 1 }
    const quick = await serve(checkConfig({ address, dataDir: join(folder, 'quick'), devTls: true, limits }, folder))
    const startedMs = performance.now()
    await once(shakesNeverAt(quick.url), 'close')
    expect(performance.now() - startedMs).toBeLessThan(20_000)
    await quick.stop()
  }, 60_000)

  it('stops, whoever never ends the handshake', async () => {
    const slow = await serve(checkConfig({ address, dataDir: join(folder, 'slow'), devTls: true }, folder))
    const silent = shakesNeverAt(slow.url)
    await once(silent, 'connect')
    expect((await ask(`${slow.url}/healthz`, readFileSync(join(folder, 'slow/dev-tls/ca.crt'), 'utf8'))).status).toBe(
      200,
    )
    const startedMs = performance.now()
    await slow.stop()
    expect(performance.now() - startedMs).toBeLessThan(LIMITS.stopGraceMs + 10_000)
  }, 60_000)

  it('marks the cookie of a session so that it never travels in clear', async () => {
    const answer = await ask(`${running.url}/api/v1/sessions`, ca, JSON.stringify({ link: running.firstLink }))
    expect([answer.status, answer.cookie]).toEqual([201, expect.stringMatching(/; Secure$/)])
  })

  it('takes no protocol that is broken', async () => {
    const port = Number(new URL(running.url).port)
    const spoken = new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }, () =>
        resolve('spoken'),
      )
      socket.once('error', reject)
    })
    await expect(spoken).rejects.toThrow(/protocol|version/)
  })

  it('says nothing to whoever speaks in clear', async () => {
    const clear = sendRaw(running.url.replace('https:', 'http:'), { path: '/healthz' })
    expect(
      await clear.then(
        (answer) => answer.status,
        () => 0,
      ),
    ).not.toBe(200)
  })

  it('keeps the keys of its authority to its owner, and keeps its certificate', async () => {
    expect(statSync(at('server.key')).mode & 0o077).toBe(0)
    await running.stop()
    running = await serve(checkConfig({ address, dataDir: join(folder, 'data'), devTls: true }, folder))
    expect(readFileSync(at('ca.crt'), 'utf8')).toBe(ca)
    expect((await ask(`${running.url}/healthz`, ca)).status).toBe(200)
  })

  it('takes a certificate that it is given', async () => {
    const tls = { certFile: at('server.crt'), keyFile: at('server.key') }
    const other = await serve(checkConfig({ address, dataDir: join(folder, 'other'), tls }, folder))
    expect((await ask(`${other.url}/healthz`, ca)).status).toBe(200)
    await other.stop()
  })

  it.each([
    ['a certificate that is not there', { certFile: 'none.crt', keyFile: 'server.key' }, 'tls.certFile'],
    ['a key that is not there', { certFile: 'server.crt', keyFile: 'none.key' }, 'tls.keyFile'],
    ['a certificate that is none', { certFile: 'server.key', keyFile: 'server.key' }, 'tls.certFile'],
    ['the key of another certificate', { certFile: 'ca.crt', keyFile: 'server.key' }, 'tls.keyFile'],
  ])('does not start with %s, and says which setting is wrong', async (_, files, setting) => {
    const tls = { certFile: at(files.certFile), keyFile: at(files.keyFile) }
    const start = serve(checkConfig({ address, dataDir: join(folder, 'third'), tls }, folder))
    await expect(start).rejects.toMatchObject({ code: 'config_invalid', detail: expect.stringContaining(setting) })
  })
})
