import type { AccessCallback } from '../../contract/approval/access-request.ts'
import { type AccessStatus, statusOf } from '../../contract/approval/access-status.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import { RemitError } from '../../ground/errors.ts'
import type { House } from '../house.ts'
import { endOf, readAccessTask, statusesOf } from './access-task.ts'

/** What somebody is told of: a request for access, or a task that waits for people. */
export interface Told {
  readonly first: Kept<Approval>
  /** Where and of what they want to be told; undefined where of nothing. */
  readonly callback: AccessCallback | undefined
  readonly status: AccessStatus
  /** When it is over whatever becomes of it. */
  readonly endsMs: number
  /** What they know it by, and the path at which it is read by whoever may. */
  readonly id: string
  readonly path: string
}

/** Reads it by the id of its first question. Errors: `unknown_task`. */
export async function readTold(house: Pick<House, 'register'>, id: string, nowMs: number): Promise<Told> {
  const first = await house.register.approval(id)
  if (first?.request !== undefined || first?.callback === undefined) {
    const task = await readAccessTask(house, id)
    const { whole: status } = statusesOf(task, nowMs)
    const { callback } = task.first.request ?? {}
    return { first: task.first, callback, status, endsMs: endOf(task), id, path: `/access/v1/requests/${id}` }
  }
  const { callback, subjectId: taskId, expiresMs: endsMs } = first
  const status = await readStatus(house, first, nowMs)
  return { first, callback, status, endsMs, id: taskId, path: `/api/v1/tasks/${taskId}` }
}

/**
 * A yes is told once the task goes by it, so that whoever hears it gets a token at once; what ended before is no more asked
 * about.
 */
async function readStatus(
  { register }: Pick<House, 'register'>,
  first: Approval,
  nowMs: number,
): Promise<AccessStatus> {
  const task = await register.task(first.subjectId)
  if (task === undefined) throw new RemitError('unknown_task')
  const status = statusOf(first, nowMs)
  if (status === 'approved' && task.state === 'waiting') return 'pending'
  const isOpen = status === 'pending' || (status === 'expired' && nowMs < first.expiresMs)
  return isOpen && task.endedMs !== null ? 'cancelled' : status
}
