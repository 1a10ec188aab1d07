import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import { type Cutoff, cutoffIdsOver, isCutOff } from '../../contract/cutoff.ts'
import { unique } from '../../ground/unique.ts'
import type { House } from '../house.ts'

/** An approval, and what its identity fell under since it was asked. */
export interface CutOffSince {
  readonly approvalId: string
  readonly cutoffs: readonly Kept<Cutoff>[]
}

/**
 * Of approvals of identities that wait, those whose identity was cut off since, with its owner or its vendor: a yes lets it act
 * all the same, and whoever says it is to know.
 */
export async function findCutOffSince(
  { register, revoke, clock }: Pick<House, 'register' | 'revoke' | 'clock'>,
  approvals: readonly Kept<Approval>[],
): Promise<readonly CutOffSince[]> {
  const atMs = clock.nowMs()
  const waiting = approvals.filter(
    ({ subject, state, expiresMs }) => subject === 'identity' && state === 'pending' && atMs < expiresMs,
  )
  const identities = (await Promise.all(waiting.map(({ subjectId }) => register.identity(subjectId)))).flatMap(
    (identity) => identity ?? [],
  )
  const over = new Map(identities.map((identity) => [identity.id, cutoffIdsOver(identity)]))
  const ids = unique([...over.values()].flat())
  const cutoffs = ids.length === 0 ? [] : await revoke.cutoffsOf(ids)
  return waiting.flatMap(({ id, subjectId, createdMs }) => {
    const since = cutoffs.filter((cutoff) => over.get(subjectId)?.includes(cutoff.id) && isCutOff([cutoff], createdMs))
    return since.length === 0 ? [] : [{ approvalId: id, cutoffs: since }]
  })
}
