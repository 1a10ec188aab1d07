import { describe, expect, it } from 'vitest'
import { type JsonEntity, type JsonRequest, prepareEngines } from './engines.ts'

/** An expression of the language, and what it comes to: a yes, a no, or the error in our words. */
export type Rule = readonly [expression: string, means: boolean | string]

/**
 * Holds both engines to the same rules: each expression is asked as a condition, of ours and of Cedar's own, and both must
 * say what is stated here.
 */
export function holdRules(
  rules: Readonly<Record<string, readonly Rule[]>>,
  request: JsonRequest,
  entities: readonly JsonEntity[],
): void {
  describe.each(Object.entries(rules))('%s', (_, rows) => {
    it.each(rows)('%s is %s', (expression, means) => {
      const { ours, cedars, words } = prepareEngines(
        [`permit (principal, action, resource) when { ${expression} };`],
        entities,
      )
      const held = means === true ? ['p0'] : []
      const failed = typeof means === 'string' ? ['p0'] : []
      const expected = { decision: means === true ? 'allow' : 'deny', determining: held, faults: failed }
      expect([ours(request), cedars(request)]).toEqual([expected, expected])
      expect(words(request)).toEqual(typeof means === 'string' ? [means] : [])
    })
  })
}

/** The error of an operator that was given a value of a type that it does not take. */
export const wants = (expected: string, got: string): string => `type error: expected ${expected}, got ${got}`
export const overflow = 'integer overflow'
