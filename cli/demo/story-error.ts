import { isProblem, type RemitProblem } from '../../sdk/problem.ts'

/** The story did not come out as it is told. */
export class StoryError extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, { cause })
    this.name = 'StoryError'
  }
}

/** Fails the story unless something holds. */
export function expectThat(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new StoryError(sentence)
}

/** Does what must be refused; gives the refusal, and fails the story where it is let through or refused otherwise. */
export async function expectRefusal(what: string, code: string, act: () => Promise<unknown>): Promise<RemitProblem> {
  try {
    await act()
  } catch (error) {
    if (isProblem(error, code)) return error
    if (isProblem(error))
      throw new StoryError(`${what} was refused with ${error.code} in place of ${code}: ${error.detail}`, error)
    throw error
  }
  throw new StoryError(`${what} was let through; it had to be refused with ${code}.`)
}
