import { toRfc3339 } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { findUnfilled, type Unfilled } from '../approval/find-unfilled.ts'
import type { House } from '../house.ts'

/** So many are named in the sentence. */
const namedMax = 5

/** Says of what waits for people whether anybody is there who can say yes to it; what nobody can waits until it expires. */
export async function checkApprovals(house: House): Promise<string> {
  const unfilled: Unfilled[] = []
  let waiting = 0
  for (let after: string | undefined; ; ) {
    const page = await house.register.approvals('pending', {
      limit: LIMITS.pageRowsMax,
      ...(after === undefined ? {} : { after }),
    })
    waiting += page.length
    unfilled.push(...(await findUnfilled(house, page)))
    after = page.at(-1)?.id
    if (after === undefined || page.length < LIMITS.pageRowsMax) break
  }
  if (unfilled.length > 0) throw new RemitError('seat_missing', { detail: sayUnfilled(unfilled) })
  if (waiting === 0) return 'No approval waits for anybody.'
  return `${waiting === 1 ? 'One approval waits' : `${waiting} approvals wait`}, and people are there who can answer.`
}

function sayUnfilled(unfilled: readonly Unfilled[]): string {
  const named = unfilled.slice(0, namedMax).map(({ approval: { id, subject, subjectId, expiresMs }, seats }) => {
    return `${id} (${subject} ${subjectId}; open: ${seats.join(', ')}; until ${toRfc3339(expiresMs).slice(0, 10)})`
  })
  const more = unfilled.length > namedMax ? `, and ${unfilled.length - namedMax} more` : ''
  const one = unfilled.length === 1
  return `Nobody is left who can say yes to ${one ? 'an approval that waits' : `${unfilled.length} approvals that wait`}: ${named.join(', ')}${more}. Give somebody who did not ask the role for it (remit person roles: approver for security, and for owner or sponsor where those asked themselves; admin for admin), or the identity another owner or sponsor (remit identity reassign); else ${one ? 'it waits' : 'they wait'} until ${one ? 'it expires' : 'they expire'}.`
}
