import type { TaskId } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createInTurnOf } from '../../ground/one-by-one.ts'
import { Recent } from '../../ground/recent.ts'

/** Which task each answer to a question of consent has opened, so that one that is sent twice opens one. */
export interface ConsentAnswers {
  /**
   * Runs `give` with the task that this very answer opened before, and keeps the one that it gives now. Of the same answer
   * one runs after the other.
   */
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
