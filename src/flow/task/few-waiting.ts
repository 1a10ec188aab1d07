import type { Decision, Permit } from '../../contract/decision.ts'
import type { Task } from '../../contract/task.ts'
import { deniedSinceMs, LET_ASK } from '../../decide/approval/find-refusal.ts'
import { askerOfTask, nameAsker } from '../../decide/new-task.ts'
import { RemitError } from '../../ground/errors.ts'
import { idFloor } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Recorded } from '../../record/recorded.ts'
import { decideAndRecord, permitOrRefuse } from '../decision.ts'
import type { House } from '../house.ts'

type TaskKind = 'task' | 'delegation'

/**
 * What is counted together: the tasks that one asks for, the parts of a task, or all that one identity hands to another, of whichever
 * tasks.
 */
type Whose = { readonly asker: string } | { readonly parentId: string } | { readonly grantId: string }

/** Those, how they are called, how many of them may wait at a time, and which identity asks for them; null for a person alone. */
interface Counted {
  readonly of: Whose
  readonly identityId: string | null
  readonly called: string
  readonly most: number
}

type Reading = Pick<House, 'register' | 'clock'>

/**
 * Decides on a task and writes it down; one that has to wait for people only while few that are counted with it wait for them already,
 * and people have not said no to too many of them lately: nobody buries the one that matters, and whoever asks again and again puts no
 * question each time. Those that wait are counted and written one after the other, so that many at once are no more than many in a row.
 * Errors: `rate_limited`, and those of the decision.
 */
export async function recordFewWaiting<K extends TaskKind>(
  house: House,
  decide: () => Promise<Decision<K>>,
): Promise<Recorded<Permit<K>>> {
  const decideFew = async (): Promise<Decision<K>> => {
    const decision = await decide()
    if (waits(decision))
      for (const each of countedWith(decision.grant)) {
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

/**
 * Gives all that a task is counted with. Whoever opens a task more for every few parts is held to the same by their grant: tasks of a
 * low tier wait for nobody.
 */
function countedWith(task: Task): readonly Counted[] {
  const { chain, parentId, grantId } = task
  const asker = askerOfTask(task)
  const delegatorId = chain.at(-2)?.identityId ?? null
  const few = LIMITS.waitingTasksMax
  const counted: Counted[] = []
  if (asker !== undefined) {
    const { identityId, personId } = asker
    const called = personId === null ? 'tasks of this identity' : 'tasks on behalf of this person'
    counted.push({ of: { asker: nameAsker(asker) }, identityId, called, most: few })
  } else if (parentId !== null)
    counted.push({ of: { parentId }, identityId: delegatorId, called: 'parts of this task', most: few })
  if (parentId !== null && grantId !== undefined)
    counted.push({
      of: { grantId },
      identityId: delegatorId,
      called: 'parts of tasks',
      most: LIMITS.pendingPerAskerMax,
    })
  return counted
}

async function requireFewWaiting(house: Reading, { of, most }: Counted): Promise<void> {
  const sinceMs = house.clock.nowMs() - LIMITS.approvalSeconds * 1000
  if ((await countPut(house, of, 'waiting', { sinceMs, most })) < most) return
  throw new RemitError('rate_limited', {
    detail: `${most} tasks wait for people to approve them already; ask again once they have answered.`,
    facts: { retryAfterSeconds: LIMITS.askAgainSeconds },
  })
}

async function requireFewDenied(house: Reading, { of, identityId, called }: Counted): Promise<void> {
  const most = LIMITS.deniedPerAskerMax
  const identity = identityId === null ? undefined : await house.register.identity(identityId)
  const sinceMs = deniedSinceMs(identity ?? {}, house.clock.nowMs())
  if ((await countPut(house, of, 'denied', { sinceMs, most })) < most) return
  throw new RemitError('rate_limited', {
    detail: `People have said no to ${most} ${called} within ${LIMITS.deniedHours} hours, and nobody is asked meanwhile.${identityId === null ? '' : ` ${LET_ASK}`}`,
    facts: { retryAfterSeconds: LIMITS.askAgainSeconds },
  })
}

/** Counts those that were put since, up to `most`. The question about a task that waits is open, and about one that was denied a no. */
async function countPut(
  { register }: Reading,
  of: Whose,
  state: 'waiting' | 'denied',
  { sinceMs, most }: { readonly sinceMs: number; readonly most: number },
): Promise<number> {
  if (!('asker' in of))
    return (await register.tasks({ state: [state], ...of }, { after: idFloor('task', sinceMs), limit: most })).length
  const page = { after: idFloor('approval', sinceMs), limit: most }
  return (await register.approvalsBy(of.asker, state === 'waiting' ? 'pending' : state, page)).length
}
