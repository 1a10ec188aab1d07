import type { ActionClass } from '../action-class.ts'
import type { Scope } from '../scope.ts'
import type { Sensitivity } from '../sensitivity.ts'
import type { BindingStrength, Task } from '../task.ts'
import { isInForce } from './entitlement.ts'
import type { Identity, IdentityId } from './identity.ts'
import type { PersonId } from './person.ts'

/**
 * Who may act for whom (`may_act`): one identity may hand parts of its tasks to another. It takes two yeses: who answers for
 * the one asks, who answers for the other approves. It is a ceiling and gives nothing. Times in epoch milliseconds.
 */
export interface DelegationGrant {
  readonly id: string
  readonly from: IdentityId
  readonly to: IdentityId
  /** Who answered for each of them as the yes was given: it is theirs, and does not go on under somebody else. */
  readonly fromOwner: PersonId
  readonly toOwner: PersonId
  readonly scope: Scope
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
  /** How many hops what is handed on may be handed on further. */
  readonly depthMax: number
  /** Issuers of the bindings by which it may be taken; absent where that is left to who hands it on. */
  readonly issuers?: readonly string[]
  readonly minStrength?: BindingStrength
  readonly reason: string
  readonly approvalId: string
  readonly createdMs: number
  readonly startsMs: number
  readonly endsMs: number
  readonly state: 'waiting' | 'granted' | 'ended'
}

/** True where a grant lets one identity act for the other at this moment. What is missing lets nobody do anything. */
export function mayAct(
  grant: DelegationGrant | undefined,
  from: Pick<Identity, 'id' | 'owner'> | undefined,
  to: Pick<Identity, 'id' | 'owner'> | undefined,
  atMs: number,
): boolean {
  return (
    grant !== undefined &&
    isInForce(grant, atMs) &&
    from !== undefined &&
    to !== undefined &&
    grant.from === from.id &&
    grant.to === to.id &&
    grant.fromOwner === from.owner &&
    grant.toOwner === to.owner
  )
}

/** Gives the task of a chain whose identity may not act for the one that handed it on; undefined where each may. */
export function findUngranted(
  tasks: readonly Pick<Task, 'id' | 'parentId' | 'identityId' | 'chain' | 'grantId'>[],
  identities: readonly Pick<Identity, 'id' | 'owner'>[],
  grants: readonly DelegationGrant[],
  atMs: number,
): { readonly id: string } | undefined {
  const named = (id: string | undefined): Pick<Identity, 'id' | 'owner'> | undefined =>
    identities.find((identity) => identity.id === id)
  return tasks.find((task) => {
    if (task.parentId === null) return false
    const grant = grants.find(({ id }) => id === task.grantId)
    return !mayAct(grant, named(task.chain.at(-2)?.identityId), named(task.identityId), atMs)
  })
}
