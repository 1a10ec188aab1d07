import { ownDomain, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import type { Policies } from '../../decide/policy/load-policies.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { RemitError } from '../../ground/errors.ts'
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
 * Decides again what a part of the log holds, and says what would come out otherwise. Errors: `policies_invalid`,
 * `not_found` (no such version), `rate_limited` (too many sets are read at once).
 */
export async function replayPolicies(house: House, order: ReplayOrder): Promise<Replayed> {
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

/** Which version to look at, the one that is observed now where none is named; and which part of its time. */
export interface ShadowOrder {
  readonly version: number | null
  readonly from: number | null
}

/** Says where a version that is or was observed would have decided otherwise. Errors: `not_found`. */
export async function readShadowOf(
  house: House,
  order: ShadowOrder,
): Promise<ShadowRead & { readonly version: number }> {
  const { register } = house
  const { shadow } = await requireStanding(register)
  const version = order.version === null ? shadow : await requireVersion(register, order.version)
  if (version === null)
    throw new RemitError('not_found', {
      detail: 'No policy version is in shadow now; one that is published with `shadow` is observed at once.',
    })
  if (!wasObserved(version))
    throw new RemitError('not_found', { detail: `Policy version ${version.number} was never in shadow.` })
  const sinceMs = version.inForceMs ?? house.clock.nowMs()
  const read = await readShadow(house, version.digest, { sinceMs, untilMs: version.endedMs, from: order.from })
  return { ...read, version: version.number }
}

/** Versions that decide are approved by people or found by a start; what came into force without either is observed. */
function wasObserved({ source, approvalId, inForceMs }: PolicyVersion): boolean {
  return source === 'published' && approvalId === null && inForceMs !== null
}
