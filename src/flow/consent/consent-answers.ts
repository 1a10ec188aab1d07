import type { TaskId } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createInTurnOf } from '../../ground/one-by-one.ts'
import { Recent } from '../../ground/recent.ts'

/** Which task an answer to a question of ours has opened, so that one that is sent twice opens one. */
export interface ConsentAnswers {
  /** Gives with the task that this very answer has opened before, and notes that of what is given; those alike one after the other. */
  once<T extends { readonly taskId: TaskId }>(
    answer: string,
    give: (before: TaskId | undefined) => Promise<T>,
  ): Promise<T>
}

/** Keeps them in memory, `LIMITS.consentAnswersMax` at most: whoever is forgotten opens another one. */
export function createConsentAnswers(): ConsentAnswers {
  const opened = new Recent<TaskId>(LIMITS.consentAnswersMax)
  const inTurn = createInTurnOf()
  return {
    once: (answer, give) =>
      inTurn(answer, async () => {
        const given = await give(opened.get(answer))
        opened.set(answer, given.taskId)
        return given
      }),
  }
}
