import type { AgentCaller } from '../../authenticate/caller.ts'
import { RemitError } from '../../ground/errors.ts'

/** Refuses with `not_found` unless the agent's token is for this task: a token says nothing about any other. */
export function requireOwnTask(caller: AgentCaller, taskId: string): void {
  if (caller.task.id !== taskId) throw new RemitError('not_found', { detail: 'This token is for another task.' })
}
