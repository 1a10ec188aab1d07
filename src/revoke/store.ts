import type { Approval } from '../contract/approval/approval.ts'
import type { Kept } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { Cutoff, CutoffTarget } from '../contract/cutoff.ts'
import type { Task } from '../contract/task.ts'
import type { Page } from '../register/store.ts'

/**
 * What taking back reads. Committed state, lists ordered by key and bounded by `limit` or their page; errors: `store_failed`,
 * `store_damaged`.
 */
export interface RevokeStore {
  task(id: string): Promise<Kept<Task> | undefined>
  /** Every task of a tree that is `active` or `waiting`. */
  livingTasksUnder(rootId: string, limit: number): Promise<readonly Kept<Task>[]>
  /**
   * Gives what finds living tasks that a cutoff of this target ends. Asked again it finds more, or the same where they still live;
   * an identity that it has gone by opens none any more, and is not looked at again.
   */
  livingTasksOf(target: CutoffTarget, targetId: string): (limit: number) => Promise<readonly Kept<Task>[]>
  /** Living tasks that were handed on with this token. */
  livingTasksFrom(credentialId: string, limit: number): Promise<readonly Kept<Task>[]>
  /** Living tasks that were handed on under this grant. */
  livingTasksUnderGrant(grantId: string, limit: number): Promise<readonly Kept<Task>[]>
  /** Living tasks that this person opened, or these did, to act on their behalf. */
  livingTasksOpenedFor(personId: string | readonly string[], page: Page): Promise<readonly Kept<Task>[]>
  /** Living tasks whose end has passed. */
  overdueTasks(atMs: number, limit: number): Promise<readonly Kept<Task>[]>
  /** Credentials of a task that are not revoked. */
  livingCredentialsOf(taskId: string, limit: number): Promise<readonly Kept<Credential>[]>
  credential(id: string): Promise<Kept<Credential> | undefined>
  /** Approvals about a task or its calls that are pending or approved. */
  openApprovalsAbout(subjectId: string, limit: number): Promise<readonly Kept<Approval>[]>
  cutoff(id: string): Promise<Kept<Cutoff> | undefined>
  /** Those of these ids that there are. */
  cutoffsOf(ids: readonly string[]): Promise<readonly Kept<Cutoff>[]>
  cutoffs(page: Page): Promise<readonly Kept<Cutoff>[]>
}
