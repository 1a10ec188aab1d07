import { SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client'
import { describe, expect, it } from 'vitest'
import { RemitError } from '../ground/errors.ts'
import { sayUpstreamFault } from './upstream-fault.ts'

const fault = (cause?: unknown): RemitError => new RemitError('upstream_unavailable', { cause })
const platform = (message: string, more: object): Error => Object.assign(new Error(message), more)

describe('why a server behind the gateway does not serve', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    [
      'a command that is not there',
      fault(platform('x', { code: 'ENOENT', syscall: 'spawn nope' })),
      'command nope not found',
    ],
    [
      'a command that is no program',
      fault(platform('x', { code: 'EACCES', syscall: 'spawn no' })),
      'command no cannot be run',
    ],
    [
      'nobody at the port',
      fault(new TypeError('fetch failed', { cause: platform('x', { code: 'ECONNREFUSED' }) })),
      'connection refused',
    ],
    ['an answer that is too late', new RemitError('upstream_timeout'), 'it does not answer'],
    [
      'a redirect',
      fault(new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, 'x', { status: 307 })),
      'it answers with the HTTP status 307, and redirects are not followed',
    ],
    ['no cause at all', fault(), 'it ended, or closed the connection'],
    ['a cause that nobody knows', fault(new Error('bad port')), 'bad port'],
  ]
  it.each(cases)('is said in a few words: %s', (_, error, said) => {
    expect(sayUpstreamFault(error)).toBe(said)
  })

  it('is said without an address, which may hold a password, and never at length', () => {
    const said = sayUpstreamFault(fault(new Error(`no such thing as http://me:secret@host/x ${'y'.repeat(1_000)}`)))
    expect(said).not.toContain('secret')
    expect(said.length).toBeLessThanOrEqual(200)
  })

  // with the square of its length this would not come to an end
  it('is said at once, however much a server says of itself', () => {
    expect(sayUpstreamFault(fault(new Error('y'.repeat(1_000_000))))).toBe('y'.repeat(200))
  })
})
