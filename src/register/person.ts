import { type Fact, insert, type Kept, update } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { LoginLink, Person, PersonId, Role, Session } from '../contract/register/person.ts'
import { digestText } from '../ground/digest.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { unique } from '../ground/unique.ts'

/** A secret that is shown once; only its digest is kept. */
export interface Offered {
  readonly secret: string
  readonly fact: Fact
}

/** Gives the fact that adds a person. Name and mail go into the state only. */
export function addPerson(
  profile: { readonly name: string; readonly email: string; readonly roles: readonly Role[] },
  actor: Actor,
  ids: Ids,
  atMs: number,
): { readonly person: Person; readonly fact: Fact } {
  const person: Person = {
    id: ids.next('person'),
    ...profile,
    email: profile.email.toLowerCase(),
    roles: unique(profile.roles),
    state: 'active',
    createdMs: atMs,
  }
  return {
    person,
    fact: {
      entry: {
        kind: 'person.added',
        actor,
        subject: { kind: 'person', id: person.id },
        data: { personId: person.id, roles: person.roles },
      },
      changes: [insert('persons', person)],
    },
  }
}

/**
 * Gives a one-time sign-in link (secret `rml_…`, good for `LIMITS.loginLinkSeconds`) and its fact. `within` bounds one out of a session.
 */
export function offerLogin(
  personId: PersonId,
  actor: Actor,
  ids: Ids,
  atMs: number,
  within: Pick<Session, 'expiresMs'> | null = null,
): Offered {
  const secret = `rml_${ids.secret(32)}`
  const link: LoginLink = {
    id: digestText(secret),
    personId,
    expiresMs: atMs + (within === null ? LIMITS.loginLinkSeconds : LIMITS.ownLinkSeconds) * 1000,
    usedMs: null,
    ...(within === null ? {} : { sessionEndsMs: within.expiresMs }),
  }
  return {
    secret,
    fact: {
      entry: {
        kind: 'login.offered',
        actor,
        subject: { kind: 'person', id: personId },
        data: { personId, expiresMs: link.expiresMs },
      },
      changes: [insert('login_links', link)],
    },
  }
}

/** Gives a session (secret `rms_…`, good for `LIMITS.sessionSeconds`) in exchange for a link, which is used up with it. */
export function signIn(link: Kept<LoginLink>, ids: Ids, atMs: number): Offered & { readonly session: Session } {
  const secret = `rms_${ids.secret(32)}`
  const session: Session = {
    id: digestText(secret),
    personId: link.personId,
    createdMs: atMs,
    expiresMs: Math.min(atMs + LIMITS.sessionSeconds * 1000, link.sessionEndsMs ?? Number.POSITIVE_INFINITY),
    endedMs: null,
  }
  return {
    secret,
    session,
    fact: {
      entry: {
        kind: 'person.signed-in',
        actor: { kind: 'person', id: link.personId },
        subject: { kind: 'person', id: link.personId },
        data: { personId: link.personId, expiresMs: session.expiresMs },
        answers: link.entry, // who made the link is who could have used it
      },
      changes: [update('login_links', link, { ...link, usedMs: atMs }), insert('sessions', session)],
    },
  }
}

/** Gives the fact that ends a session. */
export function signOut(session: Kept<Session>, atMs: number): Fact {
  const actor: Actor = { kind: 'person', id: session.personId }
  return {
    entry: {
      kind: 'person.signed-out',
      actor,
      subject: { kind: 'person', id: session.personId },
      data: { personId: session.personId },
    },
    changes: [update('sessions', session, { ...session, endedMs: atMs })],
  }
}

/** Gives the fact that a person's roles are other ones from now on, and the person. */
export function setRoles(
  person: Kept<Person>,
  given: readonly Role[],
  { actor, atMs }: { readonly actor: Actor; readonly atMs: number },
): { readonly person: Kept<Person>; readonly fact: Fact } {
  const roles = unique(given)
  const lost = person.roles.filter((role) => !roles.includes(role)).map((role) => [role, atMs] as const)
  const next = {
    ...person,
    roles,
    ...(lost.length === 0 ? {} : { lostMs: { ...person.lostMs, ...Object.fromEntries(lost) } }),
  }
  const fact: Fact = {
    entry: {
      kind: 'person.roles-set',
      actor,
      subject: { kind: 'person', id: person.id },
      data: { personId: person.id, roles, before: person.roles },
    },
    changes: [update('persons', person, next)],
  }
  return { person: next, fact }
}

/** Gives the fact that a person is called or reached otherwise. The entry says which of the two changed, not to what. */
export function rename(person: Kept<Person>, profile: Pick<Person, 'name' | 'email'>, actor: Actor): Fact {
  const next = { ...person, name: profile.name, email: profile.email.toLowerCase() }
  const changed = (['name', 'email'] as const).filter((part) => next[part] !== person[part])
  return {
    entry: {
      kind: 'person.renamed',
      actor,
      subject: { kind: 'person', id: person.id },
      data: { personId: person.id, changed },
    },
    changes: [update('persons', person, next)],
  }
}

/** Gives the fact that a person left. What they own is suspended by the flow that records this. */
export function leave(person: Kept<Person>, actor: Actor): Fact {
  return {
    entry: { kind: 'person.left', actor, subject: { kind: 'person', id: person.id }, data: { personId: person.id } },
    changes: [update('persons', person, { ...person, state: 'left' })],
  }
}
