import { pickPublicMembers } from '../../authenticate/jws-algorithms.ts'
import { type Binding, type JsonWebKeyPublic, meansSubject } from '../../contract/register/binding.ts'
import { areDisjoint, canMeet, headsOf, matchesPattern } from '../../contract/register/value-rule.ts'
import { digestOf } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import type { BindingProfile } from '../../register/identity.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import { findIdentity } from '../read-surroundings.ts'

/**
 * Refuses a binding of which more than one would match (`already_exists`): that would count for nobody. Two may mean the
 * same subject where a claim tells them apart. Of one head there are at most `LIMITS.patternsOfHeadMax` patterns
 * (`request_invalid`), as each of them is looked at whenever its head is shown. One that is rotated is no twin of
 * its successor, nor are those that it took the place of, and an identity may have an exact subject beside a pattern.
 * A key that proves an identity by itself proves no other one, and attests no client.
 */
export async function refuseTwin(
  house: House,
  profile: BindingProfile,
  { identityId, rotatedId }: { readonly identityId: string; readonly rotatedId?: string },
): Promise<void> {
  const names = [profile.subject, ...headsOf(profile.subject, LIMITS.patternSegmentsMax)]
  const kept = await house.register.bindingsFor(profile.issuer, unique(names))
  const isBefore = (row: Binding): boolean =>
    row.id === rotatedId || (rotatedId !== undefined && row.identityId === identityId && typeof row.endsMs === 'number')
  const living = kept.filter((row) => row.endedMs === null && !isBefore(row))
  const twin = living.find((row) => meetsSubject(row, profile) && !areDisjoint(row.claims, profile.claims))
  if (twin !== undefined) throw await describeTwin(house, twin)
  await refuseCovered(house, profile, identityId)
  await refuseKnownKeys(house, profile)
  const ofHead = living.filter((row) => row.subject === profile.subject && typeof row.subjectPattern === 'string')
  if (profile.subjectPattern !== undefined && ofHead.length >= LIMITS.patternsOfHeadMax)
    throw refusal(
      `At most ${LIMITS.patternsOfHeadMax} patterns begin alike; let this one begin with more of the subject.`,
    )
}

/** Says whose it is: one that was only seen is there to be adopted, and one that is retired keeps its binding. */
async function describeTwin(house: House, { identityId, id }: Binding): Promise<RemitError> {
  const { name, state } = await findIdentity(house, identityId)
  const way = state === 'discovered' ? 'Adopt that one, or end its binding first' : 'End that binding first'
  return new RemitError('already_exists', {
    detail: `A living binding of ${name}, which is ${state}, has this issuer and subject; more than one match would count for nobody. ${way}.`,
    facts: { identityId, bindingId: id },
  })
}

/** Nobody takes in by a pattern what proves another identity: of two that match neither would count, approved or not. */
async function refuseCovered(house: House, profile: BindingProfile, identityId: string): Promise<void> {
  const { subjectPattern: pattern, kind, issuer, claims } = profile
  if (typeof pattern !== 'string') return
  const isCovered = (row: Binding): boolean =>
    typeof row.subjectPattern === 'string' ? canMeet(pattern, row.subjectPattern) : matchesPattern(pattern, row.subject)
  for await (const row of allRows((page) => house.register.bindingsOfIssuer(issuer, page))) {
    const isOfAnother = row.endedMs === null && row.kind === kind && row.identityId !== identityId
    if (isOfAnother && isCovered(row) && !areDisjoint(row.claims, claims))
      throw new RemitError('already_exists', {
        detail: `The pattern takes in ${row.subjectPattern ?? row.subject}, which proves another identity; neither would count.`,
        facts: { identityId: row.identityId, bindingId: row.id },
      })
  }
}

function meetsSubject(row: Binding, profile: BindingProfile): boolean {
  return typeof profile.subjectPattern === 'string'
    ? row.subjectPattern === profile.subjectPattern
    : meansSubject(row, profile.subject)
}

/** Who holds a key that proves an identity would be both. Of attesters one may vouch for many: each names whom it means. */
async function refuseKnownKeys(house: House, { kind, issuer, keys }: BindingProfile): Promise<void> {
  if (keys.length === 0) return
  const wanted = new Set(keys.map(digestKey))
  for await (const row of allRows((page) => house.register.bindingsOfIssuer(issuer, page))) {
    const isProof = row.kind === 'key' || kind === 'key'
    if (row.endedMs === null && isProof && row.keys.some((key) => wanted.has(digestKey(key))))
      throw new RemitError('already_exists', {
        detail: 'This key proves an identity already, or attests one; who holds it would be both. Make another one.',
        facts: { identityId: row.identityId, bindingId: row.id },
      })
  }
}

/** The key itself, whatever else its JWK says. */
function digestKey(key: JsonWebKeyPublic): string {
  return digestOf({ ...pickPublicMembers({ ...key }) })
}

function refusal(detail: string): RemitError {
  return new RemitError('request_invalid', { detail })
}
