import { describe, expect, it } from 'vitest'
import { findBroken, type Law, over } from './law.ts'

const law = (rule: string, most: number): Law<number> => ({
  rule,
  code: 'denied',
  holds: (value) => value <= most,
  says: (value) => `${value} is more than ${most}`,
  ask: () => `Ask for ${most}.`,
  nearest: () => [{ action: rule, resource: `${most}` }],
})

describe('a table of laws', () => {
  it('is broken by the first that does not hold, in its own order', () => {
    const laws = [law('law:five', 5), law('law:three', 3)]
    expect(findBroken(laws, 3)).toBeUndefined()
    expect(findBroken(laws, 4)?.rule).toBe('law:three')
    expect(findBroken(laws, 6)?.rule).toBe('law:five')
  })

  it('over a part says of the whole what it says of the part', () => {
    const { nearest: _nearest, ...plain } = law('law:plain', 5)
    const [five, other] = over((whole: { readonly part: number }) => whole.part, [law('law:five', 5), plain])
    const whole = { part: 6 }
    expect(five).toMatchObject({ rule: 'law:five', code: 'denied' })
    expect([five?.holds(whole), five?.holds({ part: 5 })]).toEqual([false, true])
    expect([five?.says(whole), five?.ask(whole)]).toEqual(['6 is more than 5', 'Ask for 5.'])
    expect(five?.nearest?.(whole)).toEqual([{ action: 'law:five', resource: '5' }])
    expect(other).not.toHaveProperty('nearest')
  })
})
