import { type PolicyJson, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { findContradiction, type RangeOf } from './find-contradiction.ts'

function read(conditions: string): PolicyJson {
  const answer = policyToJson(`permit (principal, action, resource) ${conditions};`)
  return answer.type === 'success' ? answer.json : expect.unreachable(JSON.stringify(answer.errors))
}

const when = (condition: string): string | null => findContradiction(read(`when { ${condition} }`))
/** One thing of which it is known what it can be: `principal.rank`. */
const ranked = (least: number, most: number): RangeOf => {
  return (told) => (JSON.stringify(told).includes('"rank"') ? [least, most] : undefined)
}

describe('what excludes itself', () => {
  it.each([
    ['context.n > -(2) && context.n == -2', 'context.n is to be > -2 and == -2'],
    ['context.n >= 3 && context.n < 3', 'context.n is to be >= 3 and < 3'],
    ['context.n <= 3 && context.n > 3', 'context.n is to be <= 3 and > 3'],
    ['3 <= context.n && 3 > context.n', 'context.n is to be >= 3 and < 3'],
    ['3 < context.n && 3 >= context.n', 'context.n is to be > 3 and <= 3'],
    ['context.n >= 3 && context.n <= 3 && context.n != 3', 'context.n is to be >= 3 and <= 3 and != 3'],
    [
      'context.now >= datetime("2026-12-20") && context.now < datetime("2026-01-05T00:00:00Z")',
      'context.now is to be >= datetime("2026-12-20T00:00:00.000Z") and < datetime("2026-01-05T00:00:00.000Z")',
    ],
    [
      'context.t > duration("2h") && context.t < duration("30m")',
      'context.t is to be > duration("7200000ms") and < duration("1800000ms")',
    ],
    [
      'context.d.greaterThan(decimal("10.5")) && context.d.lessThanOrEqual(decimal("10.5"))',
      'context.d is to be > decimal("10.5000") and <= decimal("10.5000")',
    ],
    [
      '!context.d.greaterThanOrEqual(decimal("1.0")) && !context.d.lessThan(decimal("2.0"))',
      'context.d is to be < decimal("1.0000") and >= decimal("2.0000")',
    ],
    [
      'context.now == datetime("2026-01-01") && context.now == datetime("2026-01-02")',
      'context.now is to be == datetime("2026-01-01T00:00:00.000Z") and == datetime("2026-01-02T00:00:00.000Z")',
    ],
    ['context.on && false == context.on', 'context.on is to be == true and == false'],
    ['context.n == 1 && context.n == 1 && context.n == 2', 'context.n is to be == 1 and == 2'],
    ['false || (context.n == 1 && context.n == 2)', 'context.n is to be == 1 and == 2'],
    ['true && context.n == 1 && context.n == 2', 'context.n is to be == 1 and == 2'],
    ['(context.n == 1 || context.n == 2) && context.n == 3', 'context.n is to be == 1 and == 3'],
    ['!(context.n != 1) && !(context.n != 2)', 'context.n is to be == 1 and == 2'],
    ['principal.a.b == "x" && principal.a.b == "y"', 'principal.a.b is to be == "x" and == "y"'],
    [
      'context.f(1) == 1 && context.f(1) == 2'.replaceAll('.f(1)', '.a.contains(1)'),
      'one thing is to be == 1 and == 2',
    ],
    ['[1].isEmpty() == true && [1].isEmpty() == false', 'one thing is to be == true and == false'],
    ['{a: 1}.a == 1 && {a: 1}.a == 2', 'one thing is to be == 1 and == 2'],
    ['principal.getTag(context.t) == 1 && principal.getTag(context.t) == 2', 'one thing is to be == 1 and == 2'],
  ])('is said: %s', (condition, said) => {
    expect(when(condition)).toBe(said)
  })

  it.each([
    'true',
    'context.n > -3 && context.n < -1',
    'context.n >= 3 && context.n <= 3',
    'context.n == context.m && context.n == 3',
    'context.n != 1 && context.n != 2',
    '(context.n == 1 && context.n == 2) || context.on',
    'context.on || (context.n == 1 && context.n == 2)',
    'true || (context.n == 1 && context.n == 2)',
    '!(context.n == 1 && context.n == 2)',
    '1 == 2',
    'context.now == datetime("2026-01-01") && context.now == datetime("2026-01-01T00:00:00Z")',
    'context.now >= datetime("2026-01-01") && context.now <= datetime("2026-01-01")',
    'context.now > datetime("never") && context.now < datetime("2026-01-01")',
    'context.d.lessThan(decimal("1.0001")) && context.d.greaterThan(decimal("0.9999"))',
    'datetime("2026-01-01") < context.now && context.other < datetime("2025-01-01")',
    'context.ip == ip("10.0.0.1") && context.ip == ip("10.0.0.2")',
    'context.a == "1" && context.b == "2"',
    'principal.getTag("a") == 1 && principal.getTag("b") == 2',
  ])('is not seen in what can be met: %s', (condition) => {
    expect(when(condition)).toBeNull()
  })

  it('is what excludes something that only a few numbers can be', () => {
    const rank = (condition: string, least = 0, most = 4) =>
      findContradiction(read(`when { ${condition} }`), ranked(least, most))
    expect(rank('principal.rank > 4')).toBe('principal.rank is to be > 4, and is 0 to 4')
    expect(rank('principal.rank < 0')).toBe('principal.rank is to be < 0, and is 0 to 4')
    expect(rank('principal.rank != 7', 7, 7)).toBe('principal.rank is to be != 7, and is 7 to 7')
    expect(rank('principal.rank != 0')).toBeNull()
    expect(rank('principal.rank >= 4 && principal.rank <= 4')).toBeNull()
    expect(rank('context.n > 4')).toBeNull()
  })

  it('is what a when and an unless say together', () => {
    expect(findContradiction(read('when { context.on } unless { context.on }'))).toBe(
      'context.on is to be == true and == false',
    )
    expect(findContradiction(read('when { context.on } unless { context.off }'))).toBeNull()
    expect(findContradiction(read('unless { false }'))).toBeNull()
  })

  it('is not looked for in more than 64 ways', () => {
    const either = (count: number): string =>
      Array.from({ length: count }, (_, at) => `(context.a${at} == 1 || context.a${at} == 2)`).join(' && ')
    const clash = 'context.n == 1 && context.n == 2'
    expect(when(`${either(6)} && ${clash}`)).toBe('context.n is to be == 1 and == 2')
    expect(when(`${clash} && ${either(7)}`)).toBeNull()
  })
})
