import type { Kept } from '../../contract/change.ts'
import { type Entitlement, isInForce } from '../../contract/register/entitlement.ts'
import { findUnused, proposeNarrower, splitExtent, type Unused } from '../../contract/register/entitlement-use.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { EntitlementUse } from '../../prove/used/count-uses.ts'
import { writeUsedPolicy } from '../../prove/used/write-used-policy.ts'
import type { EntitlementProfile } from '../../register/entitlement.ts'
import type { House } from '../house.ts'
import { findIdentity } from '../read-surroundings.ts'

/** One entitlement: what was granted, what was done under it, and what would have been enough. */
export interface ShownUse {
  readonly entitlement: Kept<Entitlement>
  /** Since when it allows what it allows: it was granted then, or narrowed. */
  readonly sinceMs: number
  readonly use: EntitlementUse
  readonly unused: Unused
  /** The narrower entitlement, as it can be proposed; null where nothing was done under this one: it can be ended. */
  readonly proposal: EntitlementProfile | null
  /** True where the proposal allows less than what was granted. */
  readonly isNarrower: boolean
}

/** What an identity was granted against what it used, as far as the log has been read. */
export interface ShownUses {
  readonly identity: Kept<Identity>
  readonly uses: readonly ShownUse[]
  /** The Cedar policy that would hold the identity to all of the proposals. */
  readonly policy: string
  /** Entries that were read: from the oldest grant to `to` (exclusive), of `size`. */
  readonly counted: { readonly from: number; readonly to: number; readonly size: number }
  /** True where servers of others take our tokens, and tell nobody what they let happen by them. */
  readonly elsewhere: boolean
  /** False while entries are left to read: ask again. */
  readonly isWhole: boolean
}

const DAY_MS = 86_400_000

/**
 * Gives, for each entitlement of an identity in force, what was used of it and a narrower one. Counted out of the log, so
 * that nothing is written for it when something is permitted; a bounded part of the log at each call. Errors: `not_found`.
 */
export async function showUsed(house: House, idOrName: string): Promise<ShownUses> {
  const identity = await findIdentity(house, idOrName)
  const atMs = house.clock.nowMs()
  const granted = (await house.register.entitlementsOf(identity.id)).filter((row) => isInForce(row, atMs))
  const { of, ...counted } = await house.uses.count(identity.id, granted)
  const uses = await Promise.all(
    granted.map(async (entitlement) => {
      const { atMs: sinceMs } = await house.log.entry(entitlement.entry)
      return { ...compare(entitlement, of(entitlement.id), atMs), sinceMs }
    }),
  )
  const extents = uses.flatMap(({ proposal, use }) => (proposal === null ? [] : splitExtent(proposal, use.acts)))
  const elsewhere = house.resourceServers.length > 0
  const isWhole = counted.to >= counted.size
  return { identity, uses, policy: writeUsedPolicy(identity, extents), counted, elsewhere, isWhole }
}

function compare(entitlement: Kept<Entitlement>, use: EntitlementUse, atMs: number): Omit<ShownUse, 'sinceMs'> {
  const bounds = { grantsMax: LIMITS.scopeGrantsMax, charsMax: LIMITS.scopeCharsMax }
  const extent = proposeNarrower(use.acts, bounds)
  const unused = findUnused(entitlement, use.acts)
  const proposal: EntitlementProfile | null =
    extent === null
      ? null
      : {
          ...extent,
          approval: entitlement.approval,
          approvers: entitlement.approvers ?? 1,
          ...(entitlement.counts === undefined ? {} : { counts: entitlement.counts }),
          reason: `Narrowed to what was used of ${entitlement.id} in ${use.calls === 1 ? 'one act' : `${use.calls} acts`}.`,
          days: Math.max(1, Math.floor((entitlement.endsMs - atMs) / DAY_MS)),
        }
  return { entitlement, use, unused, proposal, isNarrower: extent !== null && isLess(entitlement, extent) }
}

/** A proposal is never wider, so that it is narrower where anything of it differs. */
function isLess(entitlement: Entitlement, extent: Pick<EntitlementProfile, 'scope' | 'classes' | 'ceiling'>): boolean {
  const { scope, classes, ceiling } = entitlement
  return (
    JSON.stringify(scope) !== JSON.stringify(extent.scope) ||
    classes.length !== extent.classes.length ||
    ceiling !== extent.ceiling
  )
}
