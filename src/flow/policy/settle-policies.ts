import { systemActor } from '../../authenticate/actor.ts'
import type { Approval } from '../../contract/approval.ts'
import { type Kept, requireVersion } from '../../contract/change.ts'
import { ownDomain, type PolicyVersion } from '../../contract/policy.ts'
import type { Candidate } from '../../decide/policy/policy-sets.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { digestPolicies, enforcePolicies, type PolicyStanding, refusePolicies } from '../../register/policy.ts'
import { settleDomain } from '../domain/settle-domain.ts'
import type { House } from '../house.ts'
import { readFiles, requireStanding } from './standing.ts'
import { findLost, readVoters } from './voters.ts'

/**
 * Brings a version that people have answered about into force, or refuses it. From the moment when that is recorded on,
 * no permit is recorded under another one.
 */
export async function settlePolicies(
  house: House,
  approval: Kept<Approval>,
): Promise<'none' | 'policies in force' | 'policies refused'> {
  const version = await house.register.policyVersion(approval.subjectId)
  if (version === undefined || version.state !== 'proposed') return 'none'
  for (let tries = 1; ; tries++) {
    try {
      return await settleNow(house, approval, version)
    } catch (error) {
      if (!isError(error, 'conflict') || tries >= LIMITS.decideRetriesMax) throw error
    }
  }
}

/** Settles on what is true now; a conflict says that it has moved. */
async function settleNow(
  house: House,
  { id }: Kept<Approval>,
  { id: versionId }: PolicyVersion,
): Promise<'none' | 'policies in force' | 'policies refused'> {
  const [approval, version] = await Promise.all([house.register.approval(id), house.register.policyVersion(versionId)])
  if (approval === undefined || version?.state !== 'proposed') return 'none'
  const settle = version.domain === ownDomain ? settleOwn : settleDomain
  return await settle(house, approval, version)
}

async function settleOwn(
  house: House,
  approval: Kept<Approval>,
  version: Kept<PolicyVersion>,
): Promise<'policies in force' | 'policies refused'> {
  const candidate = await house.policies.sets.read(await readFiles(house.register, version))
  const standing = await requireStanding(house.register)
  const atMs = house.clock.nowMs()
  const settlement = { version, approval, standing, actor: systemActor, atMs }
  const voters = await readVoters(house, approval)
  const fault = findFault(approval, { version, standing, candidate }, atMs) ?? findLost(approval, voters)
  if (fault !== null) {
    await house.log.record(refusePolicies(settlement, fault))
    return 'policies refused'
  }
  const kept = await house.register.payload(candidate.version)
  candidate.policies() // what cannot be made does not come into force
  const fact = enforcePolicies(settlement, { version: candidate.version, text: candidate.text, kept })
  const guards = voters.map((person) => requireVersion('persons', person))
  await house.log.record({ ...fact, changes: [...guards, ...fact.changes] })
  await house.policies.refresh()
  return 'policies in force'
}

interface Settled {
  readonly version: PolicyVersion
  readonly standing: PolicyStanding
  readonly candidate: Candidate
}

/** Why an answered version does not come into force: a no, a yes that is too old, or to something that is no more. */
function findFault(approval: Approval, { version, standing, candidate }: Settled, atMs: number): string | null {
  if (approval.state === 'denied') return 'a person said no'
  if (approval.digest !== digestPolicies(version)) return 'its approval is one of something else'
  if (atMs >= approval.expiresMs) return 'its approval came too late'
  if (standing.enforced.number !== version.basis) return 'another version came into force since it was put up'
  return candidate.version === version.digest ? null : 'what comes with Remit changed since it was put up'
}
