import type { Approval } from '../contract/approval/approval.ts'
import { type Change, type Fact, type Kept, update } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { Task, TaskState } from '../contract/task.ts'
import { LIMITS } from '../ground/limits.ts'
import type { RevokeStore } from './store.ts'

/** How a task can end. */
export type TaskEnd = Extract<TaskState, 'completed' | 'failed' | 'expired' | 'revoked' | 'denied'>

/** One task and all that falls with it. */
export interface EndedTask {
  readonly task: Task
  readonly credentials: number
  /** True where it has more credentials than one entry can name: the rest is for `revokeRest`. */
  readonly isMore: boolean
  readonly fact: Fact
}

/** Gives the task and every living task below it, parents first. */
export async function readSubtree(store: RevokeStore, task: Kept<Task>): Promise<readonly Kept<Task>[]> {
  const living = await store.livingTasksUnder(task.rootId, LIMITS.subtreeTasksMax)
  const below = living.filter((other) => other.id !== task.id && other.chain.some((link) => link.taskId === task.id))
  return [task, ...below.sort((a, b) => a.chain.length - b.chain.length)]
}

/**
 * Gives the fact that ends one task together with its credentials and open approvals, `LIMITS.endedRowsPerFact` of
 * each at most. Every decision looks at the task and all above, so what it does not name, and what is below, falls with
 * the first of these facts, before its own is written.
 */
export async function endTask(
  store: RevokeStore,
  task: Kept<Task>,
  how: { readonly end: TaskEnd; readonly because: string; readonly actor: Actor; readonly atMs: number },
): Promise<EndedTask> {
  const [credentials, approvals] = await Promise.all([
    store.livingCredentialsOf(task.id, LIMITS.endedRowsPerFact),
    store.openApprovalsAbout(task.id, LIMITS.endedRowsPerFact),
  ])
  const ended: Task = { ...task, state: how.end, endedMs: how.atMs, endedBecause: how.because }
  const changes: Change[] = [update('tasks', task, ended), ...credentials.map(revokeRow), ...approvals.map(expireRow)]
  return {
    task: ended,
    credentials: credentials.length,
    isMore: credentials.length === LIMITS.endedRowsPerFact,
    fact: {
      entry: {
        kind: 'task.ended',
        actor: how.actor,
        subject: { kind: 'task', id: task.id },
        data: {
          taskId: task.id,
          identityId: task.identityId,
          rootId: task.rootId,
          end: how.end,
          because: how.because,
          credentials: credentials.map((row) => row.id),
          approvals: approvals.map((row) => row.id),
        },
      },
      changes,
    },
  }
}

function revokeRow(credential: Kept<Credential>): Change {
  return update('credentials', credential, { ...credential, state: 'revoked' })
}

function expireRow(approval: Kept<Approval>): Change {
  return update('approvals', approval, { ...approval, state: 'expired' })
}

/** Gives facts that take back what the end of a task did not name, a part at a time; none where nothing is left. */
export async function revokeRest(
  store: RevokeStore,
  taskId: string,
  how: { readonly because: string; readonly actor: Actor },
): Promise<readonly Fact[]> {
  const left = await store.livingCredentialsOf(taskId, LIMITS.sweepRowsMax)
  return left.map((credential) => revokeCredential(credential, how.because, how.actor))
}

/** Gives the fact that takes back one credential alone. */
export function revokeCredential(credential: Kept<Credential>, because: string, actor: Actor): Fact {
  return {
    entry: {
      kind: 'credential.revoked',
      actor,
      subject: { kind: 'credential', id: credential.id },
      data: { credentialId: credential.id, taskId: credential.taskId, identityId: credential.identityId, because },
    },
    changes: [revokeRow(credential)],
  }
}
