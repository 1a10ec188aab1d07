import { systemActor } from '../../authenticate/actor.ts'
import type { Approval } from '../../contract/approval.ts'
import { type Kept, requireVersion } from '../../contract/change.ts'
import type { PolicyVersion } from '../../contract/policy.ts'
import { isError } from '../../ground/errors.ts'
import { digestPolicies, enforcePolicies, refusePolicies } from '../../register/policy.ts'
import type { House } from '../house.ts'
import { readFiles, readStanding } from '../policy/standing.ts'
import { findLost, readVoters } from '../policy/voters.ts'
import { sortFiles } from './domain-texts.ts'

/**
 * Brings a version of a domain that people have answered about into force, or refuses it. From the moment when that is
 * recorded on, no permit is recorded under another one.
 */
export async function settleDomain(
  house: House,
  approval: Kept<Approval>,
  version: Kept<PolicyVersion>,
): Promise<'policies in force' | 'policies refused'> {
  const standing = (await readStanding(house.register, version.domain)) ?? null
  const atMs = house.clock.nowMs()
  const settlement = { version, approval, standing, actor: systemActor, atMs }
  const text = await readText(house, version)
  const voters = await readVoters(house, approval)
  const now = { basis: standing?.enforced.number ?? null, text, atMs }
  const fault = findFault(approval, version, now) ?? findLost(approval, voters)
  if (fault !== null || text === null) {
    await house.log.record(refusePolicies(settlement, fault ?? ''))
    return 'policies refused'
  }
  const kept = await house.register.payload(version.digest)
  const fact = enforcePolicies(settlement, { version: version.digest, text, kept })
  const guards = voters.map((person) => requireVersion('persons', person))
  await house.log.record({ ...fact, changes: [...guards, ...fact.changes] })
  await house.domains.refresh()
  return 'policies in force'
}

/** Gives the text of what would decide; null where that cannot be made any more, or is not what was put up. */
async function readText(house: House, version: Kept<PolicyVersion>): Promise<string | null> {
  try {
    const domain = house.domains.compile(version.domain, sortFiles(await readFiles(house.register, version)))
    return domain.version === version.digest ? domain.text : null
  } catch (error) {
    if (isError(error, 'policies_invalid')) return null
    throw error
  }
}

interface Now {
  readonly basis: number | null
  readonly text: string | null
  readonly atMs: number
}

/** Why an answered version does not come into force: a no, a yes that is too old, or to something that is no more. */
function findFault(approval: Approval, version: PolicyVersion, { basis, text, atMs }: Now): string | null {
  if (approval.state === 'denied') return 'a person said no'
  if (approval.digest !== digestPolicies(version)) return 'its approval is one of something else'
  if (atMs >= approval.expiresMs) return 'its approval came too late'
  if (basis !== version.basis) return 'another version came into force since it was put up'
  return text === null ? 'Remit reads it otherwise than when it was put up' : null
}
