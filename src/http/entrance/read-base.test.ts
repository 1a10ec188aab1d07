import type { FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import type { Door } from './door.ts'
import { pathOf, readBase } from './read-base.ts'

const door = { house: {}, reachedAt: 'https://remit.example.org', peerOf: () => undefined } as unknown as Door

/** Reads a head that Node.js has read into `headers` out of `rawHeaders`. */
function read(rawHeaders: readonly string[], headers: Readonly<Record<string, string | string[]>>) {
  const request = { raw: { rawHeaders }, headers, method: 'GET', url: '/x?y', ip: '127.0.0.1' }
  return readBase(door, { path: '/x' }, request as unknown as FastifyRequest)
}

describe('the head of a request', () => {
  it('has its headers by their names, and inherits none', () => {
    const { headers } = read(['Host', 'a', 'Accept', 'b'], { host: 'a', accept: 'b' })
    expect({ ...headers }).toEqual({ host: 'a', accept: 'b' })
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) expect(headers[name]).toBeUndefined()
  })

  it('has a header of whatever name as its own', () => {
    const sent = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    const { headers } = read(['__proto__', 'x', 'constructor', 'y'], sent)
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it.each(['authorization', 'Content-Type', 'DPoP', 'Client-Cert', 'client-cert-chain', 'OAuth-Client-Attestation'])(
    'is refused where %s comes twice, whatever became of the second',
    (name) => {
      const once = { [name.toLowerCase()]: 'a' }
      expect(() => read([name, 'a', 'host', 'x', name.toLowerCase(), 'b'], { ...once, host: 'x' })).toThrow(
        expect.objectContaining({ code: 'request_invalid' }),
      )
      expect(() => read([name, 'a', 'host', 'x'], { ...once, host: 'x' })).not.toThrow()
    },
  )

  it('may have another header twice, and has both of them then', () => {
    const { headers } = read(['Accept', 'a', 'accept', 'b', 'Set-Cookie', 'c'], { accept: 'a, b', 'set-cookie': ['c'] })
    expect({ ...headers }).toEqual({ accept: 'a, b', 'set-cookie': 'c' })
  })

  it.each([
    ['/a/b', '/a/b'],
    ['/a?b', '/a'],
    ['/a?b?c', '/a'],
    ['?', ''],
    ['', ''],
    ['https://a.example/b?c', '/b'],
    ['HTTP://a.example:80/b', '/b'],
    ['https://a.example?b/c', ''],
  ])('has of the address %j the path %j', (url, path) => {
    expect(pathOf(url)).toBe(path)
  })
})
