import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { createRateLimit, createSharedRateLimit } from './rate-limit.ts'

describe('a rate limit', () => {
  it('never lets through more than its burst and what has come in since', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(3_000), tries: fc.nat(20) }), { maxLength: 20 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100 }), steps, (perSecond, burst, all) => {
        let [atMs, taken] = [0, 0]
        const limit = createRateLimit(perSecond, burst, () => atMs)
        for (const { waitMs, tries } of all) {
          atMs += waitMs
          for (let at = 0; at < tries; at += 1) taken += limit.take('a') ? 1 : 0
          expect(taken).toBeLessThanOrEqual(burst + (atMs / 1000) * perSecond + 1e-6)
        }
      }),
      { numRuns: 10_000 },
    )
  })

  it('gives a steady asker its rate for ever', () => {
    let atMs = 0
    const limit = createRateLimit(10, 1, () => atMs)
    for (let at = 0; at < 1_000; at += 1) {
      expect(limit.take('a')).toBe(true)
      atMs += 101
    }
  })

  it('lets one through again once it has waited long enough, and no more than its burst after a long rest', () => {
    let atMs = 0
    const limit = createRateLimit(1, 3, () => atMs)
    const takeAll = (): number => Array.from({ length: 10 }, () => limit.take('a')).filter(Boolean).length
    expect(takeAll()).toBe(3)
    atMs = 999
    expect(takeAll()).toBe(0)
    atMs = 1_000
    expect(takeAll()).toBe(1)
    atMs = 9_000_000
    expect(takeAll()).toBe(3)
  })

  it.each([
    ['two of one IPv6 network', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', false],
    ['two forms of one IPv6 network', '2001:db8::7', '2001:0DB8:0:0:1::', false],
    ['two IPv6 networks', '2001:db8:1:2::1', '2001:db8:1:3::1', true],
    ['two networks whose zeros are left out', '::1', '0:0:0:1::1', true],
    ['one IPv4 address in two forms', '::ffff:10.0.0.1', '::ffff:a00:1', false],
    ['two IPv4 addresses inside of IPv6', '::ffff:10.0.0.1', '::ffff:10.0.0.2', true],
    ['an address with its interface', 'fe80::1%eth0', 'fe80::2', false],
  ])('counts %s: %s and %s', (_, one, other, apart) => {
    const limit = createRateLimit(1, 1, () => 0)
    expect([limit.take(one), limit.take(other)]).toEqual([true, apart])
  })

  it('that is shared bounds each address, and all of them together', () => {
    const shared = createSharedRateLimit(
      createRateLimit(1, 2, () => 0),
      createRateLimit(1, 3, () => 0),
    )
    const asked = ['a', 'a', 'a', 'b', 'c']
    expect(asked.map((address) => shared.take(address))).toEqual([true, true, false, true, false])
  })

  it('says whether it would take one more, and takes none for that', () => {
    const limit = createRateLimit(1, 1, () => 0)
    expect([limit.has('a'), limit.has('a'), limit.take('a'), limit.has('a'), limit.has('b')]).toEqual([
      true,
      true,
      true,
      false,
      true,
    ])
  })

  it('that is shared says of an address what is left to it, however many failed elsewhere', () => {
    const shared = createSharedRateLimit(
      createRateLimit(1, 1, () => 0),
      createRateLimit(1, 1, () => 0),
    )
    shared.take('a')
    expect([shared.has('a'), shared.has('b'), shared.take('b')]).toEqual([false, true, false])
  })

  it('counts each address for itself', () => {
    const limit = createRateLimit(1, 1, () => 0)
    expect([limit.take('a'), limit.take('b'), limit.take('a')]).toEqual([true, true, false])
  })

  it('forgets what asked long ago when there are too many, and none of the last ones', () => {
    const limit = createRateLimit(1, 1, () => 0)
    const askAs = (name: string): void => {
      for (let at = 0; at < LIMITS.addressesMax; at += 1) limit.take(`${name}${at}`)
    }
    askAs('first')
    limit.take('again')
    askAs('second')
    const last = `second${LIMITS.addressesMax - 1}`
    expect([limit.take('first0'), limit.take('second0'), limit.take(last)]).toEqual([true, false, false])
    expect(limit.take('again')).toBe(false) // it asked within the last addressesMax
  })
})
