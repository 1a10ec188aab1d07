import { type Approval, findOverFault } from '../../contract/approval/approval.ts'
import type { House } from '../house.ts'
import { isBoundTo } from './find-outdated.ts'
import { NOBODY } from './read-about.ts'
import { findLost, readVoters } from './voters.ts'

/** A yes to a call that lets nothing through any more, and why. */
export interface Over {
  readonly approvalId: string
  readonly because: string
}

/** Of these approvals, the calls that stand as approved and that no permit rests on any more: nobody closes them before their task ends. */
export async function findOver(
  { policies, register, clock }: Pick<House, 'policies' | 'register' | 'clock'>,
  approvals: readonly Approval[],
): Promise<readonly Over[]> {
  const atMs = clock.nowMs()
  const given = approvals.filter(({ state, subject }) => state === 'approved' && subject === 'call')
  const looked = await Promise.all(
    given.map(async (approval) => {
      const { id, call } = approval
      const [use, voters] = await Promise.all([register.approvalUse(id), readVoters({ register }, approval)])
      const isStanding = findLost(approval, NOBODY, voters).length === 0
      const over = findOverFault(approval, { atMs, uses: use?.uses ?? 0, isStanding })
      const isBound = call === undefined || isBoundTo(policies.shelf, call)
      const because = over ?? (isBound ? null : 'other policies decide than when it was asked')
      return because === null ? [] : [{ approvalId: id, because }]
    }),
  )
  return looked.flat()
}
