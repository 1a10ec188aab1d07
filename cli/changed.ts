import type { Explained } from '../sdk/answers.ts'
import type { Answer } from './command.ts'

/** Makes the answer of a command that changed something: what happened, and the entry that proves it. */
export function tellChange(sentence: string, answer: Explained, more: readonly string[] = []): Answer {
  return { data: answer, lines: [`${sentence}  #${answer.entry}`, ...more] }
}
