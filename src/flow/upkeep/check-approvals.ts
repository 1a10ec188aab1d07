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
  const spoilt = unfilled.filter(({ lost }) => lost.length > 0)
  const unseated = unfilled.filter(({ lost }) => lost.length === 0)
  return [...sayUnseated(unseated), ...saySpoilt(spoilt)].join(' ')
}

function sayUnseated(unseated: readonly Unfilled[]): readonly string[] {
  if (unseated.length === 0) return []
  const one = unseated.length === 1
  return [
    `Nobody is left who can say yes to ${one ? 'an approval that waits' : `${unseated.length} approvals that wait`}: ${nameThem(unseated)}. Give somebody who did not ask the role for it (remit person roles: approver for security, and for owner or sponsor where those asked themselves; admin for admin), or the identity another owner or sponsor (remit identity reassign); or end ${one ? 'it' : 'them'} as an administrator who did not ask (remit deny), or, of an identity, as who asked (remit identity return); else ${one ? 'it waits until it expires' : 'they wait until they expire'}.`,
  ]
}

function saySpoilt(spoilt: readonly Unfilled[]): readonly string[] {
  if (spoilt.length === 0) return []
  const one = spoilt.length === 1
  return [
    `Somebody who said yes to ${one ? 'an approval that waits' : `${spoilt.length} approvals that wait`} has left, or has not held the role for it ever since, so that no other yes lets ${one ? 'it' : 'them'} count: ${nameThem(spoilt)}. End ${one ? 'it, so that it' : 'them, so that they'} can be asked anew (remit deny); people are asked anew about a call as soon as it is sent again, without that, and a no to it stays. Else ${one ? 'it waits until it expires' : 'they wait until they expire'}.`,
  ]
}

function nameThem(those: readonly Unfilled[]): string {
  const named = those.slice(0, namedMax).map(({ approval: { id, subject, subjectId, expiresMs }, seats }) => {
    return `${id} (${subject} ${subjectId}; open: ${seats.join(', ')}; until ${toRfc3339(expiresMs).slice(0, 10)})`
  })
  return `${named.join(', ')}${those.length > namedMax ? `, and ${those.length - namedMax} more` : ''}`
}
