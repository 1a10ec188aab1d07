import type { Cautioned, Explained } from '../sdk/answers.ts'
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
