import type { Kept } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { Cutoff } from '../contract/cutoff.ts'
import type { Identity } from '../contract/register/identity.ts'
import { cutoffTargets, type Footing } from '../contract/standing.ts'
import type { Task } from '../contract/task.ts'

/** What a presented token rests on, as kept. Committed state, unknown keys left out; errors: `store_failed`. */
export interface FootingStore {
  /** Moves with every commit that may have changed a row: while it stands still, reads give what they gave. Null where nobody knows. */
  readonly moves: () => number | null
  credential(id: string): Promise<Kept<Credential> | undefined>
  tasks(ids: readonly string[]): Promise<readonly Kept<Task>[]>
  identities(ids: readonly string[]): Promise<readonly Kept<Identity>[]>
  cutoffs(ids: readonly string[]): Promise<readonly Kept<Cutoff>[]>
}

/** A footing whose rows carry their versions. */
export interface KeptFooting extends Footing {
  readonly identity: Kept<Identity>
  readonly credential: Kept<Credential>
  readonly task: Kept<Task>
}

/** Reads all that a credential rests on: its task, every task above, their identities, and their cutoffs. */
export async function readFooting(store: FootingStore, credentialId: string): Promise<KeptFooting | undefined> {
  const credential = await store.credential(credentialId)
  if (credential === undefined) return undefined
  const own = (await store.tasks([credential.taskId]))[0]
  if (own === undefined) return undefined
  const above = own.chain.slice(0, -1)
  const [ancestors, identities] = await Promise.all([
    store.tasks(above.map((link) => link.taskId)),
    store.identities(own.chain.map((link) => link.identityId)),
  ])
  const identity = identities.find((row) => row.id === own.identityId)
  const delegators = identities.filter((row) => row.id !== own.identityId)
  if (identity === undefined || ancestors.length !== above.length || delegators.length !== above.length)
    return undefined
  const partial = { identity, credential, task: own, ancestors, delegators }
  return { ...partial, cutoffs: await store.cutoffs(cutoffTargets(partial)) }
}
