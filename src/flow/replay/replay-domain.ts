import type { PersonCaller } from '../../authenticate/caller.ts'
import { POLICY_READERS, type PolicyVersion } from '../../contract/policy.ts'
import type { Domain } from '../../decide/domain/domain.ts'
import { requireRole } from '../../register/require-role.ts'
import { requireDomainVersion } from '../domain/show-version.ts'
import type { House } from '../house.ts'
import { readFiles, requireStandingOf } from '../policy/standing.ts'
import { domainReplaying } from './ask-domain-again.ts'
import { type Replayed, replayBy } from './replay-log.ts'
import { type Observed, type ReplayOrder, readObserved, type ShadowOrder } from './replay-policies.ts'

/**
 * Decides again what the log holds of a domain, by other files, another version, or what decides now. Errors:
 * `role_missing`, `policies_invalid`, `not_found` (no such domain or version).
 */
export async function replayDomain(
  house: House,
  caller: PersonCaller,
  name: string,
  order: ReplayOrder,
): Promise<Replayed> {
  requireRole(caller.person, POLICY_READERS)
  const { enforced } = await requireStandingOf(house.register, name)
  const candidate = await findCandidate(house, name, order, enforced)
  return await replayBy(house, domainReplaying(house, candidate), order)
}

async function findCandidate(
  house: House,
  name: string,
  { files, version }: ReplayOrder,
  { number: enforced, digest }: Pick<PolicyVersion, 'number' | 'digest'>,
): Promise<Domain> {
  const read = async (number: number) =>
    await readFiles(house.register, await requireDomainVersion(house, name, number))
  if (files === null && (version ?? enforced) === enforced) {
    const inForce = house.domains.find(name)?.domain
    if (inForce?.version === digest) return inForce
  }
  return await house.domains.make(name, files ?? (await read(version ?? enforced)))
}

/** Says where a version of a domain that is or was observed would have answered otherwise. Errors: as `replayDomain`. */
export async function readDomainShadow(
  house: House,
  caller: PersonCaller,
  name: string,
  order: ShadowOrder,
): Promise<Observed> {
  requireRole(caller.person, POLICY_READERS)
  const { shadow } = await requireStandingOf(house.register, name)
  const version = order.version === null ? shadow : await requireDomainVersion(house, name, order.version)
  return await readObserved(house, version, order.from)
}
