import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createCallbackSend } from '../../src/enforce/callback-sender.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { makeDevTls } from '../../src/http/tls/dev-tls.ts'
import type { House } from '../house.ts'
import {
  approve,
  cancel,
  type Members,
  openAsking,
  type Standing,
  stand,
  submission,
  submit,
  told,
} from '../scenarios/asking.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-callbacks-'))
const secret = 'k'.repeat(40)
const secretFile = join(folder, 'secret')
let house: House
let receiver: Server
let base: string
let downStatus = 503
let caFile: string

interface Heard {
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}
const heard: Heard[] = []
const waiting: ((each: Heard) => void)[] = []
const next = (): Promise<Heard> => new Promise((resolve) => waiting.push(resolve))

beforeAll(async () => {
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
  const tls = await makeDevTls(folder, '127.0.0.1', Date.now())
  caFile = tls.caFile
  receiver = createServer(tls, (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const each = { path: request.url ?? '', headers: request.headers, body }
      heard.push(each)
      const status = request.url === '/moved' ? 302 : request.url === '/down' ? downStatus : 204
      if (request.url === '/upgraded') response.writeHead(101, { connection: 'Upgrade', upgrade: 'other' }).end()
      else if (request.url !== '/hang') response.writeHead(status, { location: `${base}/elsewhere` }).end()
      waiting.shift()?.(each)
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  base = `https://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const target = { secretFile, caFile, allowInternal: true }
  house = await openAsking({
    accessCallbacks: [
      { ...target, endpoint: `${base}/cb` },
      { ...target, endpoint: `${base}/down` },
      { ...target, endpoint: `${base}/hang` },
      { ...target, endpoint: `${base}/theirs`, identities: ['somebody-else'] },
    ],
  })
})
afterAll(async () => {
  await house.end()
  receiver.closeAllConnections()
  await new Promise((resolve) => receiver.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const ask = (standing: Standing, callback: Members) => submit(standing.token, submission(standing, { callback }))

describe('a callback', () => {
  it('tells the end, signed, with the state as it came, and no yes', async () => {
    const standing = await stand()
    const state = { session: 'Ä-1', list: [1, null] }
    const id = told(await ask(standing, { endpoint: `${base}/cb`, state, events: ['approved'] })).task?.id ?? ''
    const coming = next()
    await approve(id)
    const { path, headers, body } = await coming
    expect([path, JSON.parse(body)]).toEqual([
      '/cb',
      { state, task: { id, status: 'approved', status_endpoint: `${house.url}/access/v1/requests/${id}` } },
    ])
    const [, seconds = '', signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['remit-signature'])) ?? []
    expect(signature).toBe(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'))
    expect([headers['authorization'], headers['dpop'], headers['cookie']]).toEqual([undefined, undefined, undefined])
  })

  it('tells that a request was taken back, and only of ends that were named', async () => {
    const [named, unnamed] = [await stand(), await stand()]
    const quiet = told(await ask(unnamed, { endpoint: `${base}/cb`, events: ['expired'] })).task?.id ?? ''
    const id = told(await ask(named, { endpoint: `${base}/cb` })).task?.id ?? ''
    const coming = next()
    await cancel(unnamed.token, quiet)
    await cancel(named.token, id)
    expect(JSON.parse((await coming).body)).toMatchObject({ task: { id, status: 'cancelled' } })
    expect(heard.some(({ body }) => body.includes(quiet))).toBe(false)
  })

  it('that failed is told after a restart, and it is on record that it was', async () => {
    const [standing, hung] = [await stand(), await stand()]
    const id = told(await ask(standing, { endpoint: `${base}/down` })).task?.id ?? ''
    const stuck = told(await ask(hung, { endpoint: `${base}/hang` })).task?.id ?? ''
    const failing = [next(), next()]
    await approve(stuck)
    await approve(id)
    expect((await Promise.all(failing)).map(({ path }) => path).sort()).toEqual(['/down', '/hang'])
    await house.stop()
    downStatus = 200
    await house.start()
    const { entry, index } = await vi.waitFor(
      async () => {
        const { lin } = house.people
        const { size } = await lin.client.entries.list({ limit: 1 })
        const { entries } = await lin.client.entries.list({ from: Math.max(0, size - 50), limit: 50 })
        const found = entries.find(
          ({ entry: each }) => each.data['approvalId'] === id && each.kind === 'callback.ended',
        )
        if (found === undefined) throw new Error('it is not told yet')
        return found
      },
      { timeout: 60_000, interval: 100 },
    )
    const { explanation } = await house.people.lin.client.entries.why(index)
    expect(explanation.sentences).toContain(`The request ${id} is approved: their endpoint took the news.`)
    expect(entry).toMatchObject({
      kind: 'callback.ended',
      actor: { kind: 'system' },
      subject: { kind: 'call', id: standing.token.taskId },
      data: { approvalId: id, end: 'told', status: 'approved' },
    })
    const bodies = heard.filter(({ path }) => path === '/down').map(({ body }) => body)
    expect(bodies.length).toBeGreaterThan(1)
    expect(new Set(bodies).size).toBe(1)
  })

  const rows: readonly (readonly [string, () => Members])[] = [
    ['that nobody registered', () => ({ endpoint: `${base}/other` })],
    ['that differs by a letter', () => ({ endpoint: `${base}/cb/` })],
    ['that is registered for somebody else', () => ({ endpoint: `${base}/theirs` })],
    ['of the machine itself', () => ({ endpoint: 'http://127.0.0.1:22/' })],
    ['of the cloud around it', () => ({ endpoint: 'http://169.254.169.254/latest/meta-data' })],
    ['of no network', () => ({ endpoint: 'file:///etc/passwd' })],
    ['that is none', () => ({ endpoint: 7 })],
    ['with more state than fits', () => ({ endpoint: `${base}/cb`, state: 'x'.repeat(1_100) })],
    ['of an end that there is not', () => ({ endpoint: `${base}/cb`, events: ['paused'] })],
    ['of no end', () => ({ endpoint: `${base}/cb`, events: [] })],
  ]
  it.each(rows)('%s is refused, and nobody is asked', async (_, callback) => {
    const standing = await stand()
    const refused = await ask(standing, callback())
    expect([refused.status, refused.json.code]).toEqual([400, 'request_invalid'])
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
    expect(approvals.filter((row) => row.subjectId === standing.token.taskId)).toEqual([])
  })
})

describe('what is sent', () => {
  const live = new AbortController().signal
  const sendCallback = createCallbackSend(systemClock)
  const target = () => ({ secret, identities: [], ca: readFileSync(caFile, 'utf8') })

  it.each([
    (port: string) => `https://127.0.0.1:${port}/inside`,
    (port: string) => `https://localhost:${port}/inside`,
    (port: string) => `https://[::1]:${port}/inside`,
    (port: string) => `https://[::ffff:127.0.0.1]:${port}/inside`,
    (port: string) => `https://2130706433:${port}/inside`,
    (port: string) => `https://127.1:${port}/inside`,
  ])('goes nowhere inside, by number or by name', async (write) => {
    const endpoint = write(new URL(base).port)
    await expect(sendCallback({ ...target(), endpoint, allowInternal: false }, '{}', live)).rejects.toThrow(
      /lies inside/,
    )
    expect(heard.some(({ path }) => path === '/inside')).toBe(false)
  })

  it('follows no redirect', async () => {
    const sent = await sendCallback({ ...target(), endpoint: `${base}/moved`, allowInternal: true }, '{}', live)
    expect([sent, heard.some(({ path }) => path === '/elsewhere')]).toEqual([302, false])
  })

  it('fails where who answers goes over to another protocol, and keeps nobody else waiting', async () => {
    const endpoint = `${base}/upgraded`
    const sent = sendCallback({ ...target(), endpoint, allowInternal: true }, '{}', live)
    await expect(sent).rejects.toThrow('without an answer')
  })

  it('is given up on where nobody answers in time, and where the house stops', async () => {
    const due: (() => void)[] = []
    let over = 0
    const after = (ms: number, run: () => void) => {
      expect(ms).toBe(5_000)
      due.push(run)
      return () => {
        over += 1
      }
    }
    const sendHung = createCallbackSend({ nowMs: () => 0, after })
    const hung = { ...target(), endpoint: `${base}/hang`, allowInternal: true }
    const coming = next()
    const late = sendHung(hung, '{}', live)
    await coming
    due[0]?.()
    await expect(late).rejects.toMatchObject({ code: 'upstream_timeout' })
    const stop = new AbortController()
    const again = next()
    const stopped = sendHung(hung, '{}', stop.signal)
    await again
    stop.abort()
    await expect(stopped).rejects.toThrow(/abort/)
    expect(over).toBe(2)
  })

  it('goes to nobody whose certificate is not trusted', async () => {
    const { ca: _ca, ...plain } = target()
    const endpoint = `${base}/untrusted`
    await expect(sendCallback({ ...plain, endpoint, allowInternal: true }, '{}', live)).rejects.toThrow(/certificate/)
    expect(heard.some(({ path }) => path === '/untrusted')).toBe(false)
  })
})
