import type { Approval, ApprovalEffect } from '../src/contract/approval/approval.ts'
import type { Kept } from '../src/contract/change.ts'
import type { ApprovalSeat } from '../src/contract/register/tier.ts'
import type { Explained } from './answers.ts'

/** An approval, and the seats that nobody has filled yet. */
export interface ApprovalShown {
  readonly approval: Kept<Approval>
  readonly openSeats: readonly ApprovalSeat[]
  /** How often it was used, and what the calls came to where an envelope adds something up, in millionths. */
  readonly use: { readonly uses: number; readonly spent: number } | null
}

/** An approval after a vote, and what followed from it. */
export interface Voted extends Explained {
  readonly approval: Approval
  readonly effect: ApprovalEffect
}
