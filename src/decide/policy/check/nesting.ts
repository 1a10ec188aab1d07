import { LIMITS } from '../../../ground/limits.ts'

/**
 * Texts and comments as Cedar reads them, and everything by which a policy or a type goes deeper. At a text that is never closed
 * Cedar stops, so that all behind it is part of it: each quote in there would be looked through to the end otherwise.
 */
const LEXEMES =
  /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|\/\/[^\n\r]*|[([{)\]}]|&&|\|\||[<>=!]=|[.+*!<>-]|\b(?:if|then|else|in|is|has|like|when|unless)\b|;/g

/** What of a text nests: brackets; in a schema those of types as well. */
const BRACKETS = { policies: ['([{', ')]}'], schema: ['([{<', ')]}>'] } as const

/**
 * Says why a text is not given to Cedar at all; null where it is. Cedar's reader works on a stack of a fixed size, and when
 * that overflows it is broken for good, for everybody: how deep it goes is bounded before, by brackets in brackets and by
 * how much is chained in one policy.
 */
export function findNestingFault(text: string, kind: keyof typeof BRACKETS): string | null {
  const [opens, closes] = BRACKETS[kind]
  let [depth, chained] = [0, 0]
  for (const [lexeme] of text.matchAll(LEXEMES)) {
    if (lexeme.startsWith('"') || lexeme.startsWith('//')) continue
    if (lexeme === ';') chained = 0
    else if (closes.includes(lexeme)) depth = Math.max(0, depth - 1)
    else {
      if (opens.includes(lexeme)) depth += 1
      if (!'({'.includes(lexeme)) chained += 1
    }
    if (depth > LIMITS.policyNestingMax) return `it has more than ${LIMITS.policyNestingMax} brackets inside each other`
    if (chained > LIMITS.policyChainedMax)
      return `it has more than ${LIMITS.policyChainedMax} operators in one policy; write several`
  }
  return null
}
