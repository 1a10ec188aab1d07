import type { Approval, ApprovalEffect } from '../src/contract/approval/approval.ts'
import type { Kept } from '../src/contract/change.ts'
import type { Cutoff } from '../src/contract/cutoff.ts'
import type { PersonId } from '../src/contract/register/person.ts'
import type { ApprovalSeat } from '../src/contract/register/tier.ts'
import type { Explained, Part } from './answers.ts'

/** Part of the list of approvals. */
export interface ApprovalList extends Part {
  readonly approvals: readonly Kept<Approval>[]
  /** Of these, the ones that nobody who is there can say yes to so that it counts. Not there of an older server. */
  readonly unfilled?: readonly Unfilled[]
  /**
   * Of these, the ones whose identity was cut off since, with its owner or vendor: a yes lets it act all the same. Not there of an older
   * server.
   */
  readonly cutOff?: readonly { readonly approvalId: string; readonly cutoffs: readonly Kept<Cutoff>[] }[]
  /**
   * Of these, the ones that no yes lets count, since other policies decide than when they were asked, or were put up. Not there of an older
   * server.
   */
  readonly outdated?: readonly string[]
  /** Of those that are approved, which let no call through any more, and why. Not there of an older server. */
  readonly over?: readonly { readonly approvalId: string; readonly because: string }[]
}

/** Of an approval that nobody who is there can say yes to so that it counts, the seats that are open. */
export interface Unfilled {
  readonly approvalId: string
  readonly seats: readonly ApprovalSeat[]
  /** Whose yes does not count any more, so that nothing that others say lets it count. Not there of an older server. */
  readonly lost?: readonly PersonId[]
}

/** An approval, and the seats that nobody has filled yet. */
export interface ApprovalShown {
  readonly approval: Kept<Approval>
  readonly openSeats: readonly ApprovalSeat[]
  /** False of one that waits, where nobody is there who could say yes to it so that it counts. Not there of an older server. */
  readonly canBeFilled?: boolean
  /** By what its identity was cut off since it was asked. Not there of an older server. */
  readonly cutoffs?: readonly Kept<Cutoff>[]
  /**
   * True of one that waits and that no yes lets count, since other policies decide than when it was asked, or was put up. Not there of an
   * older server.
   */
  readonly isOutdated?: boolean
  /** Of one that is approved, why it lets no call through any more; null while it may. Not there of an older server. */
  readonly over?: string | null
  /** How often it was used, and what the calls came to where an envelope adds something up, in millionths. */
  readonly use: { readonly uses: number; readonly spent: number } | null
}

/** An approval after a vote, and what followed from it. */
export interface Voted extends Explained {
  readonly approval: Approval
  readonly effect: ApprovalEffect
}
