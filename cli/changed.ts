import type { Cautioned, Explained, IdentityChanged } from '../sdk/answers.ts'
import type { Answer } from './command.ts'

/** Makes the answer of a command that changed something: what happened, the entry that proves it, and what to look at. */
export function tellChange(
  sentence: string,
  answer: Explained & Partial<Cautioned>,
  more: readonly string[] = [],
): Answer {
  const cautions = sayCautions(answer.cautions)
  return { data: answer, lines: [`${sentence}  #${answer.entry}`, ...cautions, ...more] }
}

/** Says what deserves a second look, a line each. */
export const sayCautions = (cautions: readonly string[] = []): string[] =>
  cautions.map((caution) => `  Look at this: ${caution}`)

/** So many grants are named in a line. */
const namedMax = 5

/** Names the grants that ended with an identity that was retired or got another owner. */
export function sayGrantsEnded({ grantsEnded = [] }: IdentityChanged): string[] {
  if (grantsEnded.length === 0) return []
  const more = grantsEnded.length > namedMax ? ` and ${grantsEnded.length - namedMax} more` : ''
  return [`  Grants to act for it or for others that ended: ${grantsEnded.slice(0, namedMax).join(', ')}${more}.`]
}
