import { ACCESS_EVENTS } from './access-request.ts'
import { type Approval, tallyVotes } from './approval.ts'

/** Where a request for access can stand (AuthZEN access-request profile); `partial` is of several alone. */
export const ACCESS_STATUSES = ['pending', ...ACCESS_EVENTS] as const
export type AccessStatus = (typeof ACCESS_STATUSES)[number]

/** Gives where one question stands. A yes stays one in this list: whether it still counts, the next evaluation says. */
export function statusOf(approval: Approval, nowMs: number): AccessStatus {
  if (approval.state === 'cancelled' || approval.state === 'denied') return approval.state
  if (tallyVotes(approval) === 'approved') return 'approved'
  return approval.state === 'pending' && nowMs < approval.expiresMs ? 'pending' : 'expired'
}

/** Gives where several stand together: pending while one is, then what all of them are, or else `partial`. */
export function joinStatuses(all: readonly AccessStatus[]): AccessStatus {
  const [first = 'failed'] = all
  if (all.includes('pending')) return 'pending'
  return all.every((each) => each === first) ? first : 'partial'
}
