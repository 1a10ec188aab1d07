import { type Kept, requireVersion } from '../contract/change.ts'
import type { LoginLink, Person } from '../contract/register/person.ts'
import { digestText } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { type PersonCaller, proveCaller } from './caller.ts'
import type { AuthenticateStore } from './store.ts'

/**
 * A one-time link that was shown and counts. Whoever uses it must record it as used; a conflict on that means that somebody else was
 * faster.
 */
export interface OpenLink {
  readonly person: Kept<Person>
  readonly link: Kept<LoginLink>
}

/** Finds the person of a live session. Errors: `session_invalid`, whatever the reason. */
export async function findSessionPerson(
  store: AuthenticateStore,
  secret: string,
  nowMs: number,
): Promise<PersonCaller> {
  const session = isSecret(secret) ? await store.getSession(digestText(secret)) : undefined
  const isLive = session !== undefined && session.endedMs === null && nowMs < session.expiresMs
  const person = isLive ? await store.getPerson(session.personId) : undefined
  if (session === undefined || person?.state !== 'active') throw new RemitError('session_invalid')
  const guards = [requireVersion('persons', person), requireVersion('sessions', session)]
  return proveCaller<PersonCaller>({ kind: 'person', person, sessionId: session.id, guards, changes: [] })
}

/** Finds whose an unused link is. Errors: `login_link_invalid`, whatever the reason. */
export async function findLinkPerson(store: AuthenticateStore, secret: string, nowMs: number): Promise<OpenLink> {
  const link = isSecret(secret) ? await store.getLoginLink(digestText(secret)) : undefined
  const isOpen = link !== undefined && link.usedMs === null && nowMs < link.expiresMs
  const person = isOpen ? await store.getPerson(link.personId) : undefined
  if (link === undefined || person?.state !== 'active') throw new RemitError('login_link_invalid')
  return { person, link }
}

function isSecret(secret: string): boolean {
  return secret.length > 0 && secret.length <= LIMITS.secretCharsMax
}
