import { describe, expect, it } from 'vitest'
import { foreignHopsMax, readForeignHops } from './foreign-act.ts'

const nested = (hops: number): object =>
  Array.from({ length: hops }).reduce<object>((act, _, at) => ({ iss: 'i', sub: `s${at + 1}`, act }), {
    iss: 'i',
    sub: 's0',
  })

describe('the chain of another domain', () => {
  it('is read hop by hop, the latest first', () => {
    const act = { iss: 'a', sub: 'x', client_id: 'more', act: { iss: 'b', sub: 'y', sub_profile: 'ai_agent' } }
    expect(readForeignHops(act)).toEqual([
      { iss: 'a', sub: 'x' },
      { iss: 'b', sub: 'y' },
    ])
  })

  it('may be as long as is allowed, and no longer', () => {
    expect(readForeignHops(nested(foreignHopsMax - 1))).toHaveLength(foreignHopsMax)
    expect(readForeignHops(nested(foreignHopsMax))).toBeNull()
  })

  it.each([
    ['no object', 'agent'],
    ['nothing', null],
    ['a list', [{ iss: 'a', sub: 'x' }]],
    ['a hop without an issuer', { sub: 'x' }],
    ['a hop without a subject', { iss: 'a' }],
    ['an inner hop without an issuer', { iss: 'a', sub: 'x', act: { sub: 'y' } }],
    ['an inner hop that is nothing', { iss: 'a', sub: 'x', act: null }],
    ['an empty subject', { iss: 'a', sub: '' }],
    ['a subject that cannot be shown', { iss: 'a', sub: 'x\u202e' }],
    ['a subject that is a number', { iss: 'a', sub: 7 }],
    ['far too much beside', { iss: 'a', sub: 'x', more: 'y'.repeat(3_000) }],
  ])('is none with %s', (_what, act) => {
    expect(readForeignHops(act)).toBeNull()
  })
})
