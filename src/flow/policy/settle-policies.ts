import { systemActor } from '../../authenticate/actor.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import { ownDomain } from '../../contract/policy.ts'
import { digestPolicies, enforcePolicies, refusePolicies, type Settlement } from '../../register/policy.ts'
import { lookAtVoters } from '../approval/voters.ts'
import type { House } from '../house.ts'
import { type Remade, remakeVersion } from './remake-version.ts'
import { readStanding } from './standing.ts'

/**
 * Brings a version that people have answered about into force, or refuses it. From the moment when that is recorded on,
 * no permit is recorded under another one. Errors: `conflict` where what it is settled on has moved.
 */
export async function settlePolicies(
  house: House,
  approval: Kept<Approval>,
): Promise<'none' | 'policies in force' | 'policies refused'> {
  const version = await house.register.policyVersion(approval.subjectId)
  if (version?.state !== 'proposed') return 'none'
  const standing = (await readStanding(house.register, version.domain)) ?? null
  const atMs = house.clock.nowMs()
  const settlement = { version, approval, standing, actor: systemActor, atMs }
  const voters = await lookAtVoters(house, approval)
  const fault = findFault(settlement) ?? voters.fault
  const remade: Remade = fault === null ? await remakeVersion(house, version) : { fault }
  if ('fault' in remade) {
    await house.log.record(refusePolicies(settlement, remade.fault))
    return 'policies refused'
  }
  const kept = await house.register.payload(version.digest)
  const fact = enforcePolicies(settlement, { version: version.digest, text: remade.text, kept })
  await house.log.record({ ...fact, changes: [...voters.guards, ...fact.changes] })
  await (version.domain === ownDomain ? house.policies : house.domains).refresh()
  return 'policies in force'
}

/** Why an answered version does not come into force: a no, a yes that is too old, or to something that is no more. */
function findFault({ approval, version, standing, atMs }: Settlement): string | null {
  if (approval.state === 'denied') return 'a person said no'
  if (approval.digest !== digestPolicies(version)) return 'its approval is one of something else'
  if (atMs >= approval.expiresMs) return 'its approval came too late'
  const basis = standing?.enforced.number ?? null
  return basis === version.basis ? null : 'another version came into force since it was put up'
}
