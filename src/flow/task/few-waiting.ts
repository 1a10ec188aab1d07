import type { Decision, Permit } from '../../contract/decision.ts'
import type { Task } from '../../contract/task.ts'
import { RemitError } from '../../ground/errors.ts'
import { idFloor } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Recorded } from '../../record/recorded.ts'
import { decideAndRecord, permitOrRefuse } from '../decision.ts'
import type { House } from '../house.ts'

const hourMs = 3_600_000

type TaskKind = 'task' | 'delegation'

/** What is counted together: the tasks of an identity, or the parts of a task. */
type Whose = { readonly identityId: string } | { readonly parentId: string }

/**
 * Decides on a task and writes it down; one that has to wait for people only while few of these wait for them already, and people
 * have not said no to too many of them lately: nobody buries the one that matters, and whoever asks again and again puts no question
 * each time. Those that wait are counted and written one after the other, so that many at once are no more than many in a row.
 * Errors: `rate_limited`, and those of the decision.
 */
export async function recordFewWaiting<K extends TaskKind>(
  house: House,
  of: Whose,
  decide: () => Promise<Decision<K>>,
): Promise<Recorded<Permit<K>>> {
  const decideFew = async (): Promise<Decision<K>> => {
    const decision = await decide()
    if (waits(decision)) await Promise.all([requireFewWaiting(house, of), requireFewDenied(house, of)])
    return decision
  }
  const decideAtOnce = async (): Promise<Decision<K>> => {
    const decision = await decide()
    if (waits(decision)) throw new HasToWait()
    return decision
  }
  const recorded = await decideAndRecord(house, decideAtOnce).catch((error: unknown) => {
    if (!(error instanceof HasToWait)) throw error
    return house.waitInTurn(() => decideAndRecord(house, decideFew))
  })
  return permitOrRefuse(recorded)
}

/** Whichever decision on it says so, the first or a later one: a task that waits is written in its turn, and nowhere else. */
class HasToWait extends Error {}

function waits(decision: Decision<TaskKind>): boolean {
  return decision.outcome === 'permit' && decision.grant.state === 'waiting'
}

async function requireFewWaiting({ register, clock }: Pick<House, 'register' | 'clock'>, of: Whose): Promise<void> {
  const since = idFloor('task', clock.nowMs() - LIMITS.approvalSeconds * 1000)
  const waiting = await register.tasks({ state: ['waiting'], ...of }, { after: since, limit: LIMITS.waitingTasksMax })
  if (waiting.length < LIMITS.waitingTasksMax) return
  throw new RemitError('rate_limited', {
    detail: `${LIMITS.waitingTasksMax} tasks wait for people to approve them already; ask again once they have answered.`,
  })
}

async function requireFewDenied({ register, clock }: Pick<House, 'register' | 'clock'>, of: Whose): Promise<void> {
  const since = idFloor('task', clock.nowMs() - LIMITS.deniedHours * hourMs)
  const denied = await register.tasks({ state: ['denied'], ...of }, { after: since, limit: LIMITS.pageRowsMax })
  const [own, what] =
    'parentId' in of ? [denied, 'parts of this task'] : [denied.filter(isOwnAsk), 'tasks of this identity']
  if (own.length < LIMITS.deniedPerAskerMax) return
  throw new RemitError('rate_limited', {
    detail: `People have said no to ${LIMITS.deniedPerAskerMax} ${what} within ${LIMITS.deniedHours} hours, and nobody is asked meanwhile.`,
  })
}

/** True for a task for which its identity asked: what people opened, or others handed to it, silences nobody else. */
function isOwnAsk({ parentId, rightIds, grantId }: Task): boolean {
  return parentId === null && (rightIds === undefined || grantId !== undefined)
}
