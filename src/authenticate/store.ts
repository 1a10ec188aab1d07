import type { Kept } from '../contract/change.ts'
import type { HeldAssertion, SeenProof } from '../contract/credential.ts'
import type { PersonLogin } from '../contract/person/person-login.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { AuthorizationCode } from '../contract/register/client.ts'
import type { Identity, IdentityId } from '../contract/register/identity.ts'
import type { LoginLink, Person, PersonId, Session } from '../contract/register/person.ts'
import type { TrustBundle, WatchedSource } from '../contract/register/trust-bundle.ts'

/**
 * What this room needs kept. It only reads; what it wants written stands in the `changes` of its callers and is
 * committed by the record, where a second insert of the same `seen_proofs` row is a conflict: that, and not the
 * early look here, is what makes a replay impossible.
 *
 * Consistency: committed state, at least as new as every commit acknowledged by this process. A binding or session
 * ended elsewhere may be seen late by as much as the tier of the identity tolerates; the decision checks that.
 * Durability: none asked for by reading. Errors: `store_failed`, `store_damaged`, which refuse the caller. Absent rows
 * are undefined. Safe to call concurrently.
 */
export interface AuthenticateStore {
  /** Every binding of this issuer whose `subject` is one of these, of any kind, ended ones included; any order. Indexed. */
  findBindings(issuer: string, subjects: readonly string[]): Promise<readonly Kept<Binding>[]>
  getIdentity(id: IdentityId): Promise<Kept<Identity> | undefined>
  /** By hex digest. A row may be dropped once its `expiresMs` has passed. */
  getSeenProof(id: string): Promise<Kept<SeenProof> | undefined>
  /** By the same digest: the key that showed a cached assertion first. A row may be dropped as those of proofs. */
  getHeldAssertion(id: string): Promise<Kept<HeldAssertion> | undefined>
  /** By hex digest of the secret. */
  getSession(id: string): Promise<Kept<Session> | undefined>
  /** By hex digest of the secret. */
  getLoginLink(id: string): Promise<Kept<LoginLink> | undefined>
  /** By hex digest of the code; used ones too. */
  getAuthorizationCode(id: string): Promise<Kept<AuthorizationCode> | undefined>
  getBinding(id: string): Promise<Kept<Binding> | undefined>
  /** By the name of the trust domain. */
  getTrustBundle(domain: string): Promise<Kept<TrustBundle> | undefined>
  /** By the issuer, or the name of the trust domain. */
  getWatchedSource(name: string): Promise<Kept<WatchedSource> | undefined>
  /** The login that counts of this subject of this issuer. Indexed. */
  findPersonLogin(issuer: string, subject: string): Promise<Kept<PersonLogin> | undefined>
  /** All logins of a person, ended ones too. Indexed. */
  loginsOf(personId: PersonId): Promise<readonly Kept<PersonLogin>[]>
  /** By the mail address in small letters, as it is kept; of any state. Indexed. */
  findPersonByEmail(email: string): Promise<Kept<Person> | undefined>
  getPerson(id: PersonId): Promise<Kept<Person> | undefined>
}
