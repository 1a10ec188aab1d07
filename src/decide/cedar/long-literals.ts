import { EvaluationFault } from './values/evaluation-fault.ts'

/**
 * Whole numbers beyond 53 bits do not survive Cedar's JSON form as JavaScript reads it. So the text of a policy is
 * rewritten before it is turned into JSON: each such literal becomes the record `{"long": "digits"}`, which no policy
 * can tell apart from one of its own but this module, by the name. A text that is never closed goes on to the end.
 */
const LEXEMES = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|\/\/[^\n\r]*|[A-Za-z_][A-Za-z0-9_]*|[0-9]+/g

/** The name of the one member of the record that stands for a long literal. */
export const longMember = 'remit:long'

/**
 * Replaces the literals that a number cannot hold. Texts, comments and names stay as they are.
 * Errors: `EvaluationFault` for a text that has the name itself.
 */
export function liftLongLiterals(text: string): string {
  if (text.includes(longMember)) throw new EvaluationFault(`a policy must not hold "${longMember}"`)
  return text.replace(LEXEMES, (lexeme) =>
    /^[0-9]/.test(lexeme) && !Number.isSafeInteger(Number(lexeme)) ? `{"${longMember}": "${BigInt(lexeme)}"}` : lexeme,
  )
}
