import { type Fact, insert, type Kept, update } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { Person, PersonId } from '../contract/register/person.ts'
import type { PersonRight } from '../contract/register/person-right.ts'
import { normaliseScope } from '../contract/scope.ts'
import { RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'

/** What an administrator gives a person, for `days` days. */
export interface RightProfile extends Pick<PersonRight, 'scope' | 'classes' | 'ceiling' | 'reason'> {
  readonly days: number
}

const DAY_MS = 86_400_000

/** Gives the fact that gives a person a right. Errors: `self_approval` where it is their own. */
export function grantRight(
  person: Kept<Person>,
  profile: RightProfile,
  by: { readonly actor: Actor; readonly personId: PersonId; readonly ids: Ids; readonly atMs: number },
): { readonly right: PersonRight; readonly fact: Fact } {
  if (person.id === by.personId) throw new RemitError('self_approval', { detail: 'Nobody gives themselves rights.' })
  const { days, ...terms } = profile
  const right: PersonRight = {
    ...terms,
    id: by.ids.next('right'),
    personId: person.id,
    scope: normaliseScope(profile.scope),
    grantedBy: by.personId,
    startsMs: by.atMs,
    endsMs: by.atMs + days * DAY_MS,
    state: 'granted',
  }
  const data = {
    personId: person.id,
    rightId: right.id,
    scope: right.scope.map((grant) => ({ ...grant })),
    classes: right.classes,
    ceiling: right.ceiling,
    reason: right.reason,
    endsMs: right.endsMs,
  }
  const entry = { kind: 'right.granted', actor: by.actor, subject: { kind: 'person', id: person.id }, data } as const
  return { right, fact: { entry, changes: [insert('person_rights', right)] } }
}

/** Gives the fact that ends a right. Tasks on behalf of the person lose what it gave at their next request. */
export function endRight(right: Kept<PersonRight>, reason: string, actor: Actor, atMs: number): Fact {
  return {
    entry: {
      kind: 'right.ended',
      actor,
      subject: { kind: 'person', id: right.personId },
      data: { personId: right.personId, rightId: right.id, reason },
    },
    changes: [update('person_rights', right, { ...right, state: 'ended', endsMs: Math.min(right.endsMs, atMs) })],
  }
}
