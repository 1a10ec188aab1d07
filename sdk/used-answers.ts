import type { Kept } from '../src/contract/change.ts'
import type { Entitlement } from '../src/contract/register/entitlement.ts'
import type { Unused, UsedAct } from '../src/contract/register/entitlement-use.ts'
import type { Identity } from '../src/contract/register/identity.ts'
import type { EntitlementDraft } from './answers.ts'

/** What an identity was granted against what it used, counted out of the log. */
export interface UsedShown {
  readonly identity: Kept<Identity>
  /** One for each entitlement in force. */
  readonly uses: readonly EntitlementUsed[]
  /** The Cedar policy that would hold the identity to all of the proposals. */
  readonly policy: string
  /** The entries that were read: from the oldest grant to `to` (exclusive), of `size`. */
  readonly counted: { readonly from: number; readonly to: number; readonly size: number }
  /** True where servers of others take our tokens, and tell nobody what they let happen by them. */
  readonly elsewhere: boolean
  /** False while entries are left to read: ask again. */
  readonly isWhole: boolean
}

/** One entitlement: what was granted, what was done under it, and what would have been enough. Times in epoch milliseconds. */
export interface EntitlementUsed {
  readonly entitlement: Kept<Entitlement>
  /** Since when it allows what it allows: it was granted then, or narrowed. What was used is counted from there. */
  readonly sinceMs: number
  readonly use: {
    /** Tasks that were opened on it. */
    readonly tasks: number
    /** Permitted acts, and what was asked by it about others, whatever the answer. */
    readonly calls: number
    readonly firstMs: number | null
    readonly lastMs: number | null
    readonly acts: readonly UsedAct[]
  }
  readonly unused: Unused
  /** The narrower entitlement, as it can be proposed; null where nothing was done under this one: it can be ended. */
  readonly proposal: EntitlementDraft | null
  readonly isNarrower: boolean
}

/** To what an entitlement is narrowed; what is not said stays as it is. `days` are counted from now. */
export type NarrowingDraft = Partial<Omit<EntitlementDraft, 'reason' | 'counts'>> & Pick<EntitlementDraft, 'reason'>
