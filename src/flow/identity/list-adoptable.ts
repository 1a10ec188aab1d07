import type { PersonCaller } from '../../authenticate/caller.ts'
import type { AdoptionPreset } from '../../authenticate/issuer-trust.ts'
import type { Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { Person } from '../../contract/register/person.ts'
import type { Purpose } from '../../contract/register/purpose.ts'
import { LIMITS } from '../../ground/limits.ts'
import { requireRole } from '../../register/require-role.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'

/** An identity that was seen and has no owner, with what it proved itself by, and what the row of its issuer says of it. */
export interface Adoptable {
  readonly identity: Kept<Identity>
  readonly bindings: readonly Binding[]
  readonly preset: AdoptionPreset | undefined
}

/** What a person needs to adopt by one step: whom and what they can choose. */
export interface AdoptionChoices {
  /** Who may be the second accountable person; at most `LIMITS.pageRowsMax`. */
  readonly sponsors: readonly Person[]
  /** At most `LIMITS.pageRowsMax`. */
  readonly purposes: readonly Purpose[]
}

/** Adds to identities what tells a person which they are. */
export async function describeAdoptable(
  house: House,
  identities: readonly Kept<Identity>[],
): Promise<readonly Adoptable[]> {
  return await Promise.all(
    identities.map(async (identity) => ({
      identity,
      bindings: await house.register.bindingsOf(identity.id),
      preset: identity.foundAt === undefined ? undefined : house.authenticate.trustOf(identity.foundAt)?.adoption,
    })),
  )
}

/** Lists what the caller can choose from. Error: `role_missing` where they may adopt nothing. */
export async function listChoices(house: House, { person: adopter }: PersonCaller): Promise<AdoptionChoices> {
  requireRole(adopter, ['admin', 'owner'])
  const sponsors: Person[] = []
  for await (const person of allRows((page) => house.register.persons(page))) {
    if (person.state === 'active' && person.id !== adopter.id) sponsors.push(person)
    if (sponsors.length === LIMITS.pageRowsMax) break
  }
  return { sponsors, purposes: await house.register.purposes({ limit: LIMITS.pageRowsMax }) }
}
