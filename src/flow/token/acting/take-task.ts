import { systemActor } from '../../../authenticate/actor.ts'
import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import type { Task } from '../../../contract/task.ts'
import type { TokenRequest } from '../../../decide/requests.ts'
import { isError, RemitError } from '../../../ground/errors.ts'
import { toError } from '../../../ground/to-error.ts'
import type { IssuedToken } from '../../../issue/access-token.ts'
import type { House } from '../../house.ts'
import { endTaskTree } from '../../task/end-task.ts'
import { exchangeToken } from '../exchange-token.ts'

/** A token of a task that was opened for it. */
export type OpenedToken = IssuedToken & { readonly entry: number }

/**
 * Gives the workload for which a task was opened a token in it. Errors: those of the exchange. `approval_required` tells which
 * task waits: whoever it is for asks for its token with their own proof, once a person has said yes. After any other one the
 * task is ended: nobody was told of it.
 */
export async function takeTask(
  house: House,
  actor: WorkloadCaller,
  task: Task,
  asked: Omit<TokenRequest, 'taskId'>,
): Promise<OpenedToken> {
  try {
    return await exchangeToken(house, actor, { taskId: task.id, ...asked })
  } catch (error) {
    if (isError(error, 'approval_required')) throw tellTask(error, task.id)
    await endUntold(house, task.id)
    throw error
  }
}

function tellTask(error: RemitError, taskId: string): RemitError {
  const { code, detail, facts, cause, oauth } = error
  return new RemitError(code, { detail, facts: { ...facts, taskId }, cause, oauth })
}

async function endUntold(house: House, taskId: string): Promise<void> {
  try {
    await endTaskTree(house, taskId, {
      end: 'revoked',
      because: 'no token could be made in it for the one it was opened for',
      actor: systemActor,
    })
  } catch (fault) {
    if (isError(fault, 'task_not_active')) return
    house.carryOnLater(toError(fault))
  }
}
