import { describe, expect, it } from 'vitest'
import { readFreshMs } from './freshness.ts'

const date = 'Sun, 29 Nov 2026 09:00:00 GMT'

describe('for how long an answer may be kept', () => {
  it.each<[number | undefined, Readonly<Record<string, string>>]>([
    [undefined, {}],
    [undefined, { 'cache-control': 'public, must-revalidate' }],
    [undefined, { 'cache-control': 's-maxage=5' }], // for those who hand it on
    [60_000, { 'cache-control': 'max-age=60' }],
    [60_000, { 'cache-control': 'private,Max-Age="60"' }],
    [40_000, { 'cache-control': 'public, max-age=60', age: '20' }],
    [0, { 'cache-control': 'max-age=60', age: '61' }],
    [0, { 'cache-control': 'max-age=0' }],
    [0, { 'cache-control': 'max-age=-1' }],
    [0, { 'cache-control': 'max-age=soon' }],
    [0, { 'cache-control': 'max-age' }],
    [0, { 'cache-control': 'max-age=60', age: 'old' }],
    [0, { 'cache-control': 'no-store' }],
    [0, { 'cache-control': 'max-age=60, No-Store' }],
    [0, { 'cache-control': 'no-cache="set-cookie, x", max-age=60' }],
    [60_000, { 'cache-control': 'community="no-store, a", max-age=60' }],
    [60_000, { expires: 'Sun, 29 Nov 2026 09:01:00 GMT', date }],
    [5_000, { 'cache-control': 'max-age=5', expires: 'Sun, 29 Nov 2026 09:01:00 GMT', date }],
    [0, { expires: '0', date }],
    [0, { expires: 'never', date }],
    [0, { expires: 'Sun, 29 Nov 2026 09:01:00 GMT' }],
  ])('is %j for %j', (ms, headers) => {
    expect(readFreshMs(new Headers(headers))).toBe(ms)
  })
})
