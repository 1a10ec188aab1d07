import { connect as connectTcp, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { type RawAnswer, sendRaw } from './raw.ts'

const sizeOf = async (house: House): Promise<number> => (await house.people.lin.client.entries.list({ limit: 1 })).size

describe('an address that asks too much', () => {
  it('is refused after too many failed proofs, so that the log does not fill, while who is known goes on', async () => {
    const house = await startHouse()
    const guess = (at: number): Promise<{ status: number }> =>
      sendRaw(house.url, { path: '/api/v1/me', headers: { authorization: `Bearer rms_${at}` } })
    const before = await sizeOf(house)
    // all at once: what comes in again while they wait is far less than what is asked for beyond the bound
    const guesses = Array.from({ length: 2 * LIMITS.failedAuthPerMinuteMax }, (_, at) => guess(at))
    const statuses = (await Promise.all(guesses)).map((answer) => answer.status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(LIMITS.failedAuthPerMinuteMax)
    expect((await house.people.lin.client.sessions.me()).person.name).toBe('lin')
    const recorded = (await sizeOf(house)) - before
    expect(recorded).toBe(statuses.filter((status) => status === 401).length)
    expect(recorded).toBeLessThan(statuses.length)
    await house.end()
  })

  it('is refused beyond its rate, and told to wait', async () => {
    const perSecond = 50
    const house = await startHouse({ limits: { requestsPerSecond: perSecond } })
    const startedMs = performance.now()
    const answers: RawAnswer[] = []
    // wave upon wave: on a slow machine one wave may not ask for more than comes in again while it waits
    while (!answers.some((answer) => answer.status === 429))
      answers.push(...(await Promise.all(Array.from({ length: 200 }, () => sendRaw(house.url, { path: '/healthz' })))))
    const tookSeconds = (performance.now() - startedMs) / 1000
    const taken = answers.filter((answer) => answer.status === 200)
    const refused = answers.filter((answer) => answer.status === 429)
    expect(taken.length + refused.length).toBe(answers.length)
    expect(taken.length).toBeGreaterThan(0)
    expect(taken.length).toBeLessThanOrEqual(perSecond * (LIMITS.requestBurstSeconds + tookSeconds))
    expect(refused[0]?.json).toMatchObject({ code: 'rate_limited', type: 'urn:remit:error:rate_limited' })
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    await house.end()
  })
})

describe('a request that does not arrive', () => {
  it.each([
    ['its headers end half-way', 'GET /healthz HTTP/1.1\r\nhost: x\r\n'],
    [
      'its body ends half-way',
      'POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    ],
  ])('is given up after its time where %s', async (_, begun) => {
    const house = await startHouse({ limits: { requestSeconds: 3 } }) // the house itself is set up within it
    const { hostname, port } = new URL(house.url)
    const socket = connectTcp(Number(port), hostname)
    const said: string[] = []
    socket.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.write(begun)
    await closed
    expect(said.join('')).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/)
    await house.end()
  })
})

describe('a client that sends on and takes no answers', () => {
  const asking = 'GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n' // 340 KB each
  const connectTo = (house: House): Promise<Socket> => {
    const { hostname, port } = new URL(house.url)
    return new Promise((resolve) => {
      const socket = connectTcp(Number(port), hostname, () => resolve(socket))
      socket.pause().on('error', () => undefined)
    })
  }
  const readAll = async (socket: Socket): Promise<number> => {
    let bytes = 0
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    await new Promise<void>((resolve) => socket.once('close', () => resolve()).resume())
    return bytes
  }

  it('is let go of after the time of a request, and who takes them slowly is not', async () => {
    const house = await startHouse({ limits: { requestSeconds: 2 } })
    const [silent, slow] = [await connectTo(house), await connectTo(house)]
    for (const socket of [silent, slow])
      socket.write(asking.repeat(59) + asking.replace('host', 'connection: close\r\nhost'))
    let taken = 0
    slow.on('data', (chunk: Buffer) => {
      taken += chunk.length
      slow.pause()
      setTimeout(() => slow.resume(), 25)
    })
    slow.resume()
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    expect(await readAll(silent)).toBeLessThan(60 * 340_000)
    slow.removeAllListeners('data')
    const left = await readAll(slow)
    expect([taken < 50 * 340_000, taken + left > 60 * 340_000]).toEqual([true, true])
    await house.end()
  })

  it('is let go of at once where too many of its requests wait', async () => {
    const house = await startHouse()
    const few = await connectTo(house)
    few.write(asking.repeat(LIMITS.requestsWaitingMax) + asking.replace('host', 'connection: close\r\nhost'))
    expect(await readAll(few)).toBeGreaterThan((LIMITS.requestsWaitingMax + 1) * 340_000)
    const many = await connectTo(house)
    many.write(asking.repeat(1_000))
    expect(await readAll(many)).toBeLessThan(340_000)
    await house.end()
  })
})

describe('a house that is stopping', () => {
  it('answers what is under way, refuses what comes after, and keeps what it acknowledged', async () => {
    const house = await startHouse()
    const { hostname, port } = new URL(house.url)
    const said: string[] = []
    const socket = connectTcp(Number(port), hostname)
    socket.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const body = JSON.stringify({
      code: 'last-word',
      title: 'Said while stopping',
      classes: ['read'],
      ceiling: 'public',
    })
    const head = [
      'POST /api/v1/purposes HTTP/1.1',
      `host: ${hostname}`,
      `authorization: Bearer ${house.people.ada.session}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
      'expect: 100-continue',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    await expect.poll(() => said.join('')).toContain('100 Continue') // the request is under way
    const stopped = house.stop()
    socket.write(`${body}GET /healthz HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`)
    await Promise.all([stopped, closed])
    const [, first, second] = said.join('').split(/(?=HTTP\/1\.1 )/)
    expect(first).toMatch(/^HTTP\/1\.1 201 /)
    expect(first).toMatch(/\r\nconnection: close\r\n/i)
    expect(first).toContain('last-word')
    if (second !== undefined) expect(second).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"stopping"/)
    await expect(fetch(`${house.url}/healthz`)).rejects.toThrow('fetch failed')
    await house.start()
    const { purposes } = await house.people.lin.client.catalogue.purposes()
    expect(purposes.map((row) => row.code)).toContain('last-word')
    await house.end()
  })

  it('keeps no connection open for what it refuses, if that was under way', async () => {
    const house = await startHouse()
    const { hostname, port } = new URL(house.url)
    const said: string[] = []
    const socket = connectTcp(Number(port), hostname)
    socket.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const head = [
      'POST /oauth/token HTTP/1.1',
      `host: ${hostname}`,
      'content-type: application/x-www-form-urlencoded',
      'content-length: 3',
      'expect: 100-continue',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    await expect.poll(() => said.join('')).toContain('100 Continue')
    const stopped = house.stop()
    socket.write('a=1')
    await Promise.all([stopped, closed])
    expect(said.join('')).toMatch(/HTTP\/1\.1 400 [\s\S]*\r\nconnection: close\r\n/i)
    await house.end()
  })
})
