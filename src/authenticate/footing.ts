import type { Kept } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { Cutoff } from '../contract/cutoff.ts'
import type { PersonLogin } from '../contract/person/person-login.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { DelegationGrant } from '../contract/register/delegation-grant.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Person } from '../contract/register/person.ts'
import type { PersonRight } from '../contract/register/person-right.ts'
import { cutoffTargets, type Footing, namedBy } from '../contract/standing.ts'
import type { Task } from '../contract/task.ts'

/** What a presented token rests on, as kept. Committed state, unknown keys left out; errors: `store_failed`, `store_damaged`. */
export interface FootingStore {
  /**
   * Moves with every commit that may have changed a row of these: while it stands still, reads give what they gave. Null where nobody
   * knows.
   */
  readonly standingMoves: () => number | null
  credential(id: string): Promise<Kept<Credential> | undefined>
  tasks(ids: readonly string[]): Promise<readonly Kept<Task>[]>
  identities(ids: readonly string[]): Promise<readonly Kept<Identity>[]>
  persons(ids: readonly string[]): Promise<readonly Kept<Person>[]>
  bindings(ids: readonly string[]): Promise<readonly Kept<Binding>[]>
  credentials(ids: readonly string[]): Promise<readonly Kept<Credential>[]>
  rights(ids: readonly string[]): Promise<readonly Kept<PersonRight>[]>
  grants(ids: readonly string[]): Promise<readonly Kept<DelegationGrant>[]>
  logins(ids: readonly string[]): Promise<readonly Kept<PersonLogin>[]>
  cutoffs(ids: readonly string[]): Promise<readonly Kept<Cutoff>[]>
}

/** A footing whose rows carry their versions. */
export interface KeptFooting extends Footing {
  readonly identity: Kept<Identity>
  readonly credential: Kept<Credential>
  readonly task: Kept<Task>
}

/**
 * Reads all that a credential rests on: its task, every task above, their identities, who answers for those and for whom they
 * act, their bindings, the tokens, rights, grants and logins on which the tasks were given, and their cutoffs.
 */
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
  const [ground, cutoffs] = await Promise.all([
    readGround(store, [own, ...ancestors], identities),
    store.cutoffs(cutoffTargets(partial)),
  ])
  return { ...partial, ...ground, cutoffs }
}

/** Reads on what the tasks of a chain were given, and who stands behind them. */
export async function readGround(
  store: Omit<FootingStore, 'standingMoves'>,
  tasks: readonly Task[],
  identities: readonly Identity[],
): Promise<Pick<Footing, 'people' | 'bindings' | 'grounds'>> {
  const named = namedBy(tasks, identities)
  const [people, bindings, credentials, rights, grants, logins] = await Promise.all([
    store.persons(named.people),
    store.bindings(named.bindings),
    store.credentials(named.credentials),
    store.rights(named.rights),
    store.grants(named.grants),
    store.logins(named.logins),
  ])
  return { people, bindings, grounds: { credentials, rights, grants, logins } }
}
