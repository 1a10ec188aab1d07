import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { LIVING_IDENTITY_STATES } from '../../contract/register/identity.ts'
import { hitBy } from '../../enforce/open-streams.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { reportUnknown } from '../../ground/report.ts'
import { toError } from '../../ground/to-error.ts'
import { leave } from '../../register/person.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { endTasksFound } from '../task/end-task.ts'
import { tryAgain } from '../try-again.ts'
import { findPerson, keepAnotherAdmin } from './amend-person.ts'
import { OPENER_LEFT, suspendFirst } from './estates.ts'

/** That somebody left, and what has become of what they owned. */
export interface Left {
  /** The identities that were suspended until it was answered: all of theirs, where they are few. */
  readonly suspended: readonly string[]
  /** How many of theirs are still to be suspended; null where nobody could tell. No door takes one of them meanwhile. */
  readonly following: number | null
  /** False where the state of something that fell does not say so yet: no door takes it, and the house carries on. */
  readonly settled: boolean
  readonly entry: number
}

/**
 * Records that a person left: from that one write on their sessions have ended, and no decision lets anything be done by what they
 * own, or on their behalf. What is open is cut, and the state of what fell follows: that of many after the answer. Once the
 * write is made it is never answered by a failure. Asked again of somebody who left, it says what is left.
 * Errors: `not_found`, `transition_needs` for the last administrator.
 */
export async function leaveBy(house: House, caller: PersonCaller, personId: string): Promise<Left> {
  requireRole(caller.person, ['admin'])
  const entry = await recordLeaving(house, caller, personId)
  house.streams.endWhere(hitBy('owner', personId), new RemitError('identity_inactive'))
  house.streams.judgeAgain(0, reportUnknown).catch(reportUnknown) // those below what they own, or on their behalf
  const { suspended, following, isMore, fault } = await settleFirst(house, caller, personId)
  if (fault !== null) house.carryOnLater(fault)
  house.estates.note() // one that came to be theirs in this very moment is found too
  return { suspended, following, settled: fault === null && !isMore, entry }
}

async function recordLeaving(house: House, caller: PersonCaller, personId: string): Promise<number> {
  return await tryAgain(async () => {
    const person = await findPerson(house, personId)
    if (person.state === 'left') return person.entry
    const guards = await keepAnotherAdmin(house, person, 'leave')
    const fact = leave(person, actorOf(caller))
    return (await house.log.record({ ...fact, changes: [...fact.changes, ...guards] })).index
  })
}

async function settleFirst(
  house: House,
  caller: PersonCaller,
  personId: string,
): Promise<Pick<Left, 'suspended' | 'following'> & { readonly isMore: boolean; readonly fault: Error | null }> {
  let suspended: readonly string[] = []
  try {
    const how = { because: OPENER_LEFT, actor: actorOf(caller) }
    const find = (limit: number) => house.revoke.livingTasksOpenedFor(personId, { limit })
    const tasks = await endTasksFound(house, () => find(LIMITS.suspendedPerPart), how)
    const first = await suspendFirst(house, personId)
    suspended = first.ids
    const [following, more] = await Promise.all([
      house.register.ownedCount([personId], LIVING_IDENTITY_STATES),
      find(1),
    ])
    return { suspended, following, isMore: following > 0 || more.length > 0, fault: tasks.fault ?? first.fault }
  } catch (error) {
    return { suspended, following: null, isMore: true, fault: toError(error) }
  }
}
