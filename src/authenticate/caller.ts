import type { Change, Kept } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import type { PersonLogin } from '../contract/person/person-login.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { Identity, IdentityId } from '../contract/register/identity.ts'
import type { Person } from '../contract/register/person.ts'
import type { ValueRule } from '../contract/register/value-rule.ts'
import type { BindingStrength, Task } from '../contract/task.ts'
import type { Possession } from '../contract/token/possession.ts'

declare const proven: unique symbol

/** Only this room makes callers: having one is having been authenticated. */
interface Proven {
  readonly [proven]: true
  /** The address that the request came from, as the door saw it; a proxy that is trusted says whose it is. */
  readonly source?: string
}

/** A workload that proved which identity it is, by assertion. It holds no access yet. */
export interface WorkloadCaller extends Proven {
  readonly kind: 'workload'
  readonly identity: Kept<Identity>
  readonly binding: Kept<Binding>
  readonly strength: BindingStrength
  /** The key that it proved to hold, else null. */
  readonly possession: Possession | null
  /** Of a proof that came out of a task, a certificate of ours: the one task that it is good for, and its end. */
  readonly within?: { readonly taskId: string; readonly untilMs: number }
  /** Marks the proof as seen; must be recorded with whatever the proof is used for. */
  readonly changes: readonly Change[]
}

/** An agent that acts inside a task, by access token. */
export interface AgentCaller extends Proven {
  readonly kind: 'agent'
  readonly identity: Kept<Identity>
  readonly task: Kept<Task>
  readonly credential: Kept<Credential>
  readonly possession: Possession | null
  readonly changes: readonly Change[]
}

/** A person with a session. */
export interface PersonCaller extends Proven {
  readonly kind: 'person'
  readonly person: Kept<Person>
  readonly sessionId: string
  /** That person and session are as they were read: what they begin is recorded only while that is so. */
  readonly guards: readonly Change[]
  readonly changes: readonly Change[]
}

/**
 * A person for whom an identity provider of the organisation vouches, by a token that somebody else shows: on their word
 * something may be asked for, inside what they may do. It is no caller, and opens no door as the person.
 */
export interface ProvenPerson extends Proven {
  readonly kind: 'vouched'
  readonly person: Kept<Person>
  readonly login: Kept<PersonLogin>
  readonly issuer: string
  readonly jti: string | null
  /** All that the token says; `may_act` of it is for whoever lets somebody act. */
  readonly claims: JsonObject
  /** The key that whoever showed it proved to hold, else null. */
  readonly possession: Possession | null
  /** That person and login are as they were read: what is done on their word is recorded only while that is so. */
  readonly guards: readonly Change[]
  /** Marks the token, and the proof beside it, as seen; must be recorded with whatever it is used for. */
  readonly changes: readonly Change[]
}

/** Anybody who has proved who they are. */
export type Caller = WorkloadCaller | AgentCaller | PersonCaller

/** The same caller, once their proof is written down as seen: what else this request records must not write it again. */
export function afterProof<C extends Caller>(caller: C): C {
  return { ...caller, changes: [] }
}

/** A caller together with whoever came along: what both have shown is written down with the first thing that is recorded. */
export function bringAlong<C extends Caller | ProvenPerson>(
  caller: C,
  other: Pick<Caller | ProvenPerson, 'changes'>,
): C {
  return { ...caller, changes: [...caller.changes, ...other.changes] }
}

/** An identity that a proof would have been of, and the names of the claims of it that were not as its binding asks. */
export interface Missed {
  readonly identityId: IdentityId
  readonly claims: readonly string[]
}

/** A proof that verified against a trusted issuer, but that no identity is bound to. It gets nothing. */
export interface Stranger {
  readonly kind: 'stranger'
  readonly bindingKind: 'oidc' | 'spiffe'
  readonly issuer: string
  readonly subject: string
  /** A few claims that help a person to recognise it, each at most 200 characters. */
  readonly claims: Readonly<Record<string, string>>
  /** What its platform pins a workload down by, as it was shown: what a binding to it asks for. */
  readonly proposed: Readonly<Record<string, ValueRule>>
  /** Identities bound to this issuer and subject, but with other claims: it is not new, and must not be discovered. */
  readonly missed: readonly Missed[]
  readonly changes: readonly Change[]
}

type Unproven<C> = C extends Caller ? Omit<C, typeof proven> : never

/** Makes a proven person out of what this room has verified, as `proveCaller` does callers. */
export function provePerson(facts: Omit<ProvenPerson, typeof proven>): ProvenPerson {
  return facts as ProvenPerson // the brand exists in types only
}

/** Makes a caller out of what this room has verified. Nobody outside this room may call it (the walls hold it). */
export function proveCaller<C extends Caller>(facts: Unproven<C>): C {
  return facts as unknown as C // the brand exists in types only
}

/** Gives a caller with the address that its request came from: the one thing that a door may say of who is calling. */
export function placeCaller<C extends Caller | ProvenPerson>(caller: C, source: string): C {
  return { ...caller, source }
}
