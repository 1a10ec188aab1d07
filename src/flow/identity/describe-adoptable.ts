import type { PersonCaller } from '../../authenticate/caller.ts'
import type { AdoptionPreset } from '../../authenticate/issuer-trust.ts'
import type { Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { Person } from '../../contract/register/person.ts'
import type { Purpose } from '../../contract/register/purpose.ts'
import { LIMITS } from '../../ground/limits.ts'
import { requireRole } from '../../register/require-role.ts'
import { allRows, allRowsOf } from '../all-rows.ts'
import type { House } from '../house.ts'

/** An identity that was seen and has no owner, with what it proved itself by, and what the row of its issuer says of it. */
export interface Adoptable {
  readonly identity: Kept<Identity>
  readonly bindings: readonly Binding[]
  readonly preset: AdoptionPreset | undefined
}

/** What can be chosen for them: the first `LIMITS.pageRowsMax` of each, and whom and what the rows of their issuers name. */
export interface AdoptionChoices {
  /** Who may be the second accountable person. */
  readonly sponsors: readonly Person[]
  readonly purposes: readonly Purpose[]
}

/** Adds to identities what a person needs to adopt each by one step. Error: `role_missing` where they may adopt nothing. */
export async function describeAdoptable(
  house: House,
  { person: adopter }: PersonCaller,
  identities: readonly Kept<Identity>[],
): Promise<{ readonly found: readonly Adoptable[]; readonly choices: AdoptionChoices }> {
  requireRole(adopter, ['admin', 'owner'])
  const found = await Promise.all(identities.map((identity) => describeOne(house, identity)))
  const named = new Set(found.flatMap(({ preset }) => preset?.sponsor.toLowerCase() ?? []))
  const reasons = new Set(found.map(({ preset }) => preset?.purpose))
  const isFit = ({ id, state }: Person): boolean => state === 'active' && id !== adopter.id
  const persons = allRows((page) => house.register.persons(page))
  const purposes = allRowsOf('purposes', (page) => house.register.purposes(page))
  return {
    found,
    choices: {
      sponsors: await gather(persons, ({ email }) => named.has(email.toLowerCase()), isFit),
      purposes: await gather(purposes, ({ code }) => reasons.has(code)),
    },
  }
}

async function describeOne(house: House, identity: Kept<Identity>): Promise<Adoptable> {
  const preset = identity.foundAt === undefined ? undefined : house.authenticate.trustOf(identity.foundAt)?.adoption
  return { identity, bindings: await house.register.bindingsOf(identity.id), preset }
}

/** Gives the first rows that fit, as many as one can look through, and of the rest those that are named. */
async function gather<Row>(
  rows: AsyncIterable<Row>,
  isNamed: (row: Row) => boolean,
  isFit: (row: Row) => boolean = () => true,
): Promise<readonly Row[]> {
  const gathered: Row[] = []
  for await (const row of rows)
    if (isFit(row) && (gathered.length < LIMITS.pageRowsMax || isNamed(row))) gathered.push(row)
  return gathered
}
