import { describe, expect, it } from 'vitest'
import { RemitError } from '../../ground/errors.ts'
import { parseSpiffeId } from './spiffe-id.ts'

describe('a SPIFFE ID', () => {
  const good: [string, string, string][] = [
    ['spiffe://acme.example/payments/api', 'acme.example', '/payments/api'],
    ['spiffe://acme.example', 'acme.example', ''],
    ['spiffe://10.0.0.1/a', '10.0.0.1', '/a'],
    ['spiffe://a_b-c.d/A.b-C_d', 'a_b-c.d', '/A.b-C_d'],
    ['spiffe://acme.example/.../..a/a..', 'acme.example', '/.../..a/a..'],
    [`spiffe://${'a'.repeat(255)}/b`, 'a'.repeat(255), '/b'],
    [`spiffe://a/${'b'.repeat(2037)}`, 'a', `/${'b'.repeat(2037)}`],
  ]
  it.each(good)('is read: %s', (text, trustDomain, path) => {
    expect(parseSpiffeId(text)).toEqual({ trustDomain, path })
  })

  const bad: [string, string][] = [
    ['nothing', ''],
    ['another scheme', 'https://acme.example/a'],
    ['an upper-case scheme', 'SPIFFE://acme.example/a'],
    ['no trust domain', 'spiffe:///a'],
    ['only the scheme', 'spiffe://'],
    ['an upper-case trust domain', 'spiffe://Acme.example/a'],
    ['a trust domain with a port', 'spiffe://acme.example:443/a'],
    ['a trust domain with a user', 'spiffe://ann@acme.example/a'],
    ['a trust domain with percent-encoding', 'spiffe://acme%2eexample/a'],
    ['an IPv6 trust domain', 'spiffe://[::1]/a'],
    ['a trust domain in other letters', 'spiffe://аcme.example/a'],
    ['a trust domain beyond 255 bytes', `spiffe://${'a'.repeat(256)}/b`],
    ['a trailing slash', 'spiffe://acme.example/a/'],
    ['a trailing slash and no path', 'spiffe://acme.example/'],
    ['an empty segment', 'spiffe://acme.example/a//b'],
    ['a segment ..', 'spiffe://acme.example/a/../b'],
    ['a last segment ..', 'spiffe://acme.example/..'],
    ['a segment .', 'spiffe://acme.example/./a'],
    ['percent-encoding', 'spiffe://acme.example/%61'],
    ['encoded dots', 'spiffe://acme.example/%2e%2e/b'],
    ['a query', 'spiffe://acme.example/a?b'],
    ['a fragment', 'spiffe://acme.example/a#b'],
    ['white space', 'spiffe://acme.example/a b'],
    ['a line break at its end', 'spiffe://acme.example/a\n'],
    ['a NUL', 'spiffe://acme.example/a\0'],
    ['a backslash', 'spiffe://acme.example\\a'],
    ['a letter beyond ASCII', 'spiffe://acme.example/ä'],
    ['more than 2,048 bytes', `spiffe://a/${'b'.repeat(2038)}`],
  ]
  it.each(bad)('is refused with %s', (_, text) => {
    expect(() => parseSpiffeId(text)).toThrow(RemitError)
  })
})
