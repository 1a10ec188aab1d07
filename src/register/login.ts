import { type Fact, insert, type Kept, requireVersion, update } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { PersonLogin } from '../contract/person/person-login.ts'
import type { Person } from '../contract/register/person.ts'
import type { Ids } from '../ground/ids.ts'

/** Gives the fact that an identity provider knows a person by this subject. The entry names the issuer alone. */
export function addLogin(
  person: Kept<Person>,
  known: Pick<PersonLogin, 'issuer' | 'subject'>,
  by: { readonly actor: Actor; readonly ids: Ids; readonly atMs: number },
): { readonly login: PersonLogin; readonly fact: Fact } {
  const login: PersonLogin = {
    id: by.ids.next('login'),
    personId: person.id,
    ...known,
    createdMs: by.atMs,
    endedMs: null,
  }
  const entry = {
    kind: 'person-login.added',
    actor: by.actor,
    subject: { kind: 'person', id: person.id },
    data: { personId: person.id, loginId: login.id, issuer: login.issuer },
  } as const
  return { login, fact: { entry, changes: [requireVersion('persons', person), insert('person_logins', login)] } }
}

/** Gives the fact that this subject no longer proves the person. */
export function endLogin(login: Kept<PersonLogin>, reason: string, actor: Actor, atMs: number): Fact {
  return {
    entry: {
      kind: 'person-login.ended',
      actor,
      subject: { kind: 'person', id: login.personId },
      data: { personId: login.personId, loginId: login.id, issuer: login.issuer, reason },
    },
    changes: [update('person_logins', login, { ...login, endedMs: atMs })],
  }
}
