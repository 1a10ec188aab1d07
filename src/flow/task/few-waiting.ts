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

/** What is counted together: the tasks of an identity, the parts of a task, or all that one identity hands to another, of whichever tasks. */
type Whose = { readonly identityId: string } | { readonly parentId: string } | { readonly grantId: string }

/**
 * Decides on a task and writes it down; one that has to wait for people only while few of these wait for them already, and people
 * have not said no to too many of them lately: nobody buries the one that matters, and whoever asks again and again puts no question
 * each time. Those that wait are counted and written one after the other, so that many at once are no more than many in a row.
 * Errors: `rate_limited`, and those of the decision.
 */
export async function recordFewWaiting<K extends TaskKind>(
  house: House,
  of: Exclude<Whose, { readonly grantId: string }>,
  decide: () => Promise<Decision<K>>,
): Promise<Recorded<Permit<K>>> {
  const decideFew = async (): Promise<Decision<K>> => {
    const decision = await decide()
    if (waits(decision))
      for (const each of [of, ...underGrant(decision.grant)]) {
        await requireFewWaiting(house, each)
        await requireFewDenied(house, each)
      }
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

function waits<K extends TaskKind>(decision: Decision<K>): decision is Permit<K> {
  return decision.outcome === 'permit' && decision.grant.state === 'waiting'
}

/** Whoever opens a task more for every few parts is held to the same: tasks of a low tier wait for nobody. */
function underGrant({ parentId, grantId }: Task): readonly { readonly grantId: string }[] {
  return parentId === null || grantId === undefined ? [] : [{ grantId }]
}

async function requireFewWaiting({ register, clock }: Pick<House, 'register' | 'clock'>, of: Whose): Promise<void> {
  const since = idFloor('task', clock.nowMs() - LIMITS.approvalSeconds * 1000)
  const waiting = await findAsked(register, 'waiting', of, since)
  const most = 'grantId' in of ? LIMITS.pendingPerAskerMax : LIMITS.waitingTasksMax
  if (waiting.length < most) return
  throw new RemitError('rate_limited', {
    detail: `${most} tasks wait for people to approve them already; ask again once they have answered.`,
  })
}

async function requireFewDenied({ register, clock }: Pick<House, 'register' | 'clock'>, of: Whose): Promise<void> {
  const since = idFloor('task', clock.nowMs() - LIMITS.deniedHours * hourMs)
  const denied = await findAsked(register, 'denied', of, since)
  if (denied.length < LIMITS.deniedPerAskerMax) return
  const what = 'identityId' in of ? 'tasks of this identity' : `parts of ${'grantId' in of ? 'tasks' : 'this task'}`
  throw new RemitError('rate_limited', {
    detail: `People have said no to ${LIMITS.deniedPerAskerMax} ${what} within ${LIMITS.deniedHours} hours, and nobody is asked meanwhile.`,
  })
}

async function findAsked(
  register: House['register'],
  state: Task['state'],
  of: Whose,
  since: string,
): Promise<readonly Task[]> {
  const tasks = await register.tasks({ state: [state], ...of }, { after: since, limit: LIMITS.pageRowsMax })
  return 'identityId' in of ? tasks.filter(isOwnAsk) : tasks
}

/**
 * True for a task for which its identity asked: what people opened, or others handed to it, silences nobody else. A part of the task
 * of another that it asked for itself is of the binding that it asked by; one that was handed to it is of none yet.
 */
function isOwnAsk({ parentId, bindingId, rightIds, grantId }: Task): boolean {
  return parentId === null ? rightIds === undefined || grantId !== undefined : bindingId !== null
}
