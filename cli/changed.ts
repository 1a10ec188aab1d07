import type { Cautioned, Explained } from '../sdk/answers.ts'
import type { Answer } from './command.ts'

/** Makes the answer of a command that changed something: what happened, the entry that proves it, and what to look at. */
export function tellChange(
  sentence: string,
  answer: Explained & Partial<Cautioned>,
  more: readonly string[] = [],
): Answer {
  const cautions = (answer.cautions ?? []).map((caution) => `  Look at this: ${caution}`)
  return { data: answer, lines: [`${sentence}  #${answer.entry}`, ...cautions, ...more] }
}
