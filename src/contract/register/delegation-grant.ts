import type { ActionClass } from '../action-class.ts'
import type { Scope } from '../scope.ts'
import type { Sensitivity } from '../sensitivity.ts'
import type { BindingStrength, Task } from '../task.ts'
import { isInForce } from './entitlement.ts'
import type { Identity, IdentityId } from './identity.ts'
import type { PersonId } from './person.ts'

/**
 * Who may act for whom (`may_act`): one identity may hand parts of its tasks to another. It takes two yeses: who answers for
 * the one asks, who answers for the other approves. Or a person lets an identity act for them, which takes theirs alone. It is
 * a ceiling and gives nothing. Times in epoch milliseconds.
 */
export interface DelegationGrant {
  readonly id: string
  /** An identity or a person: both are ids, which are told apart by how they begin. */
  readonly from: IdentityId
  readonly to: IdentityId
  /**
   * Who answered for each of them as the yes was given: it is theirs, and does not go on under somebody else. A person answers
   * for themselves.
   */
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
  /** Null where a person gave it for themselves. */
  readonly approvalId: string | null
  readonly createdMs: number
  readonly startsMs: number
  readonly endsMs: number
  readonly state: 'waiting' | 'granted' | 'ended'
}

/** True where a grant lets one identity act for the other at this moment. What is missing lets nobody do anything. */
export function mayAct(
  grant: DelegationGrant | undefined,
  from: Giver | undefined,
  to: Giver | undefined,
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

/** Who lets somebody act, as far as grants look at them. */
export type Giver = Pick<Identity, 'id' | 'owner'>

/** A person as one who lets somebody act for them: nobody else answers for that. */
export function giverOf(personId: PersonId): Giver {
  return { id: personId, owner: personId }
}

/**
 * Gives the task of a chain whose identity may not act for the one that handed it on, or for the person who let it open the
 * task; undefined where each may.
 */
export function findUngranted(
  tasks: readonly Pick<Task, 'id' | 'parentId' | 'identityId' | 'chain' | 'grantId' | 'onBehalfOf'>[],
  identities: readonly Giver[],
  grants: readonly DelegationGrant[],
  atMs: number,
): { readonly id: string } | undefined {
  const named = (id: string | undefined): Giver | undefined => identities.find((identity) => identity.id === id)
  return tasks.find((task) => {
    const isOpened = task.parentId === null
    if (isOpened && task.grantId === undefined) return false
    const person = task.onBehalfOf === null ? undefined : giverOf(task.onBehalfOf)
    const from = isOpened ? person : named(task.chain.at(-2)?.identityId)
    const grant = grants.find(({ id }) => id === task.grantId)
    return !mayAct(grant, from, named(task.identityId), atMs)
  })
}
