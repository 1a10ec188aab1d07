import type { ActionClass } from '../src/contract/action-class.ts'
import type { Approval } from '../src/contract/approval/approval.ts'
import type { Kept } from '../src/contract/change.ts'
import type { DelegationGrant } from '../src/contract/register/delegation-grant.ts'
import type { Scope } from '../src/contract/scope.ts'
import type { Sensitivity } from '../src/contract/sensitivity.ts'
import type { BindingStrength, Task } from '../src/contract/task.ts'
import { at, type PageQuery } from './address.ts'
import type { Cautioned, Explained, Part, TaskEnded } from './answers.ts'
import type { Caller } from './call.ts'

/** What one identity may be handed by another, for `days` days (1 to 366): one more ceiling, which gives nothing by itself. */
export interface DelegationDraft {
  /** The identity that may act, by id or name. */
  readonly to: string
  readonly scope: Scope
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
  /** How many hops it may hand on further, 0 to 4. */
  readonly depthMax: number
  /** Of the bindings by which it may be taken. */
  readonly issuers?: readonly string[]
  readonly minStrength?: BindingStrength
  readonly reason: string
  readonly days: number
}

/** Who may act for whom. */
export const delegationsOf = (caller: Caller) => ({
  /** Gives the grants by which others may act for an identity, and by which it may act for others. */
  list: (id: string, query: PageQuery = {}) =>
    caller.json<Part & { readonly grants: readonly Kept<DelegationGrant>[] }>(
      'GET',
      at('identities', id, 'delegates'),
      {
        query,
      },
    ),
  /** Asks who answers for the other identity whether it may act for this one, which is yours. Errors: `role_missing`. */
  ask: (id: string, draft: DelegationDraft) =>
    caller.json<Cautioned & { readonly grant: DelegationGrant; readonly approval: Approval }>(
      'POST',
      at('identities', id, 'delegates'),
      { body: draft },
    ),
  /** Ends a grant, and all that was handed on under it. */
  end: (id: string, grantId: string, reason: string) =>
    caller.json<Explained>('POST', at('identities', id, 'delegates', grantId, 'end'), { body: { reason } }),
})

/** What acts on behalf of who is signed in, and what may. */
export const actingOf = (caller: Caller) => ({
  /** Gives by what identities may act for you, what has ended too. */
  grants: () => caller.json<{ readonly grants: readonly Kept<DelegationGrant>[] }>('GET', at('me', 'delegates')),
  /** Lets an identity act for you, inside what you may do yourself. Errors: `not_found`. */
  let: (draft: DelegationDraft) =>
    caller.json<Cautioned & { readonly grant: DelegationGrant }>('POST', at('me', 'delegates'), { body: draft }),
  /** Ends that, with all that is done so. Errors: `not_found`. */
  endLet: (grantId: string, reason: string) =>
    caller.json<Explained>('POST', at('me', 'delegates', grantId, 'end'), { body: { reason } }),
  list: () => caller.json<{ readonly tasks: readonly Kept<Task>[] }>('GET', at('me', 'acting')),
  /** Ends a task that acts for you, with all below it. Errors: `not_found`. */
  end: (taskId: string, reason: string) =>
    caller.json<TaskEnded>('POST', at('me', 'acting', taskId, 'end'), { body: { reason } }),
})
