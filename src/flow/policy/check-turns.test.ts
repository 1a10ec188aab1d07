import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { createCheckTurns } from './check-turns.ts'

describe('the turns of those who check policies', () => {
  it('are so many at once for one person, and as many for another', async () => {
    const turns = createCheckTurns()
    const gate = Promise.withResolvers<void>()
    const held = Array.from({ length: LIMITS.policyChecksPerPersonMax }, () => turns.take('psn_a', () => gate.promise))
    await expect(turns.take('psn_a', async () => 'in')).rejects.toMatchObject({ code: 'rate_limited', status: 429 })
    expect(await turns.take('psn_b', async () => 'in')).toBe('in')
    gate.resolve()
    await Promise.all(held)
    expect(await turns.take('psn_a', async () => 'in')).toBe('in')
  })

  it('are given back by a check that fails', async () => {
    const turns = createCheckTurns()
    const fail = () => turns.take('psn_a', () => Promise.reject(new Error('it failed')))
    for (let at = 0; at <= LIMITS.policyChecksPerPersonMax; at++) await expect(fail()).rejects.toThrow('it failed')
  })
})
