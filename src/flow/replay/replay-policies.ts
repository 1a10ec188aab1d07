import type { PersonCaller } from '../../authenticate/caller.ts'
import { ownDomain, POLICY_READERS, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import type { Policies } from '../../decide/policy/load-policies.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { refuseFaults } from '../policy/refuse-faults.ts'
import { readFiles, requireStanding } from '../policy/standing.ts'
import { readShadow, type ShadowRead } from './read-shadow.ts'
import { type Replayed, replayLog } from './replay-log.ts'
import type { Span } from './visit-decisions.ts'

/** By what it is decided again: files that nobody has published, or a version; where neither is named, what decides now. */
export interface ReplayOrder extends Span {
  readonly files: readonly PolicyFile[] | null
  readonly version: number | null
}

/**
 * Decides again what a part of the log holds, and says what would come out otherwise. Errors: `role_missing`,
 * `policies_invalid`, `not_found` (no such version), `rate_limited` (too many sets are read at once).
 */
export async function replayPolicies(house: House, caller: PersonCaller, order: ReplayOrder): Promise<Replayed> {
  requireRole(caller.person, POLICY_READERS)
  return await replayLog(house, await findCandidate(house, order), order)
}

async function findCandidate({ register, policies }: House, { files, version }: ReplayOrder): Promise<Policies> {
  if (files === null && version === null) return policies.shelf.enforced()
  const candidate = await policies.sets.read(
    files ?? (await readFiles(register, await requireVersion(register, version))),
  )
  refuseFaults(candidate.checked.faults)
  return candidate.policies()
}

async function requireVersion(register: House['register'], number: number | null) {
  const version = number === null ? undefined : await register.policyVersion(policyVersionId(ownDomain, number))
  if (version === undefined) throw new RemitError('not_found', { detail: `There is no policy version ${number}.` })
  return version
}

/** So many versions before one, and about as many after it, are told apart from it by their digests: others were not observed beside it. */
const besideMax = 50

/** Which version to look at, the one that is observed now where none is named; and which part of its time. */
export interface ShadowOrder {
  readonly version: number | null
  readonly from: number | null
}

/** What a version that is or was observed would have decided otherwise, and which one it is. */
export interface Observed extends ShadowRead {
  readonly version: number
}

/** Says where a version that is or was observed would have decided otherwise. Errors: `role_missing`, `not_found`. */
export async function readShadowOf(house: House, caller: PersonCaller, order: ShadowOrder): Promise<Observed> {
  requireRole(caller.person, POLICY_READERS)
  const { register } = house
  const { shadow } = await requireStanding(register)
  return await readObserved(
    house,
    order.version === null ? shadow : await requireVersion(register, order.version),
    order.from,
  )
}

/** As `readShadowOf`, of a version of whichever domain; null where none is observed. Errors: `not_found`. */
export async function readObserved(
  house: House,
  version: PolicyVersion | null,
  from: number | null,
): Promise<Observed> {
  if (version === null)
    throw new RemitError('not_found', {
      detail: 'No policy version is in shadow now; one that is published with `shadow` is observed at once.',
      facts: { missing: ['shadow'] },
    })
  if (!wasObserved(version))
    throw new RemitError('not_found', { detail: `Policy version ${version.number} was never in shadow.` })
  const { domain, digest: policy, number, endedMs } = version
  const after = policyVersionId(domain, Math.max(0, number - besideMax - 1))
  const around = await house.register.policyVersions(domain, { after, limit: 2 * besideMax })
  const others = new Set(around.filter((each) => each.number !== number).map((each) => each.digest))
  const sinceMs = version.inForceMs ?? house.clock.nowMs()
  return {
    ...(await readShadow(house, { policy, others }, { sinceMs, untilMs: endedMs, from, domain })),
    version: number,
  }
}

/** Versions that decide are approved by people or found by a start; what came into force without either is observed. */
function wasObserved({ source, approvalId, inForceMs }: PolicyVersion): boolean {
  return source === 'published' && approvalId === null && inForceMs !== null
}
