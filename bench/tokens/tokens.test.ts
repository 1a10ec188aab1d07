import { describe, expect, it } from 'vitest'
import { writeBars } from '../bars.ts'
import type { Loaded } from '../load-job.ts'
import { findTokenBars, writeTokenRates } from './main.ts'
import { measureTokens, type TokenFigures } from './measure-tokens.ts'

const rate = (perSecond: number): Loaded => ({
  perSecond,
  requests: 1,
  tookSeconds: 1,
  p50Ms: 1,
  p99Ms: 2,
  failures: 0,
  failure: '',
})

const figures = (exchange: number): TokenFigures => ({
  echo: rate(10_000),
  introspection: rate(6_000),
  bare: rate(5_000),
  provider: rate(2_000),
  exchange: rate(exchange),
  freshExchange: rate(exchange),
  besideCrowd: rate(3_000),
  crowdedExchange: rate(2_700),
  acceptMicroseconds: 15,
})

describe('the bench of tokens', () => {
  it('asks real servers, ours and that of others, and every answer is a token', { timeout: 300_000 }, async () => {
    const pace = { seconds: 0.1, warmingTurns: 0, measuredTurns: 1 }
    const found = await measureTokens(pace, { issuers: 10, identities: 10, entitlementsEach: 1, tasks: 0 })
    const { acceptMicroseconds, ...loads } = found
    expect(acceptMicroseconds).toBeGreaterThan(0)
    for (const load of Object.values(loads)) expect(load).toMatchObject({ failures: 0, failure: '' })
    for (const load of Object.values(loads)) expect(load.requests).toBeGreaterThan(0)
    expect(writeTokenRates(found)).toHaveLength(8)
  })

  it('holds its bars just at their bounds', () => {
    expect(findTokenBars(figures(3_000)).map(({ holds }) => holds)).toEqual([true, true, true, true, true])
  })

  it('says which are not held just beyond them', () => {
    const slow = {
      ...figures(1_999),
      crowdedExchange: rate(2_699),
      introspection: rate(5_999),
      acceptMicroseconds: 15.1,
    }
    expect(findTokenBars(slow).map(({ holds }) => holds)).toEqual([false, false, false, false, false])
    expect(writeBars(findTokenBars(slow))[0]).toMatch(/^not held: token exchanges a second of client credentials/)
  })
})
