import { expect, it } from 'vitest'
import { UntilEnd } from './until-end.ts'

it('what is shown is remembered until its end, and what ends no later than what was forgotten may be among it', () => {
  const shown = new UntilEnd<string>()
  shown.set('a', 'of a', 5_000)
  shown.set('b', 'of b', 3_000)
  expect(shown.forgetEnded(2_999)).toEqual([])
  expect([shown.size, shown.has('b'), shown.mayBeForgotten(3_000)]).toEqual([2, true, false])
  expect(shown.forgetEnded(3_999)).toEqual(['of b'])
  expect([shown.size, shown.has('a'), shown.has('b')]).toEqual([1, true, false])
  expect([3_000, 3_001].map((endMs) => shown.mayBeForgotten(endMs))).toEqual([true, false])
})

it('what is over is looked for once a second, whichever way the clock went', () => {
  const shown = new UntilEnd<string>()
  expect(shown.forgetEnded(10_000)).toEqual([])
  shown.set('a', 'of a', 10_500)
  expect(shown.forgetEnded(10_999)).toEqual([])
  expect(shown.forgetEnded(11_000)).toEqual(['of a'])
  shown.set('b', 'of b', 1_000)
  expect(shown.forgetEnded(10_001)).toEqual([])
  expect(shown.forgetEnded(10_000)).toEqual(['of b'])
})
