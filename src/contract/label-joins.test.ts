import { describe, expect, it } from 'vitest'
import { hasGrown, isTainted, joinLabels } from './label.ts'
import { maxSensitivity, minSensitivity } from './sensitivity.ts'

describe('labels', () => {
  const at = (
    confidentiality: 'public' | 'internal' | 'confidential' | 'restricted',
    integrity: 'trusted' | 'untrusted',
  ) => ({ confidentiality, integrity }) as const
  it('taint from untrusted content and confidential data on', () => {
    expect(
      [
        at('confidential', 'untrusted'),
        at('restricted', 'untrusted'),
        at('internal', 'untrusted'),
        at('restricted', 'trusted'),
      ].map(isTainted),
    ).toEqual([true, true, false, false])
  })

  it('are joined to the worse of either, in whichever order, and have grown to it from both', () => {
    const [one, other, both] = [
      at('internal', 'untrusted'),
      at('confidential', 'trusted'),
      at('confidential', 'untrusted'),
    ]
    expect([joinLabels(one, other), joinLabels(other, one)]).toEqual([both, both])
    expect([hasGrown(one, both), hasGrown(other, both), hasGrown(both, one), hasGrown(both, other)]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect([maxSensitivity('internal', 'public'), minSensitivity('internal', 'public')]).toEqual(['internal', 'public'])
  })
})
