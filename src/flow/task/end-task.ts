import type { Fact, Kept } from '../../contract/change.ts'
import type { CutoffTarget } from '../../contract/cutoff.ts'
import type { Actor } from '../../contract/log-entry.ts'
import type { Task } from '../../contract/task.ts'
import { hitBy } from '../../enforce/open-streams.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { tryBounded } from '../../ground/run-bounded.ts'
import { toError } from '../../ground/to-error.ts'
import { endTask, readSubtree, revokeRest, type TaskEnd } from '../../revoke/task-end.ts'
import type { House } from '../house.ts'
import { tryAgain } from '../try-again.ts'

/** What fell with a task, and how long it took until it was written and the open streams were cut. */
export interface EndedTree {
  readonly ended: readonly string[]
  readonly credentials: number
  readonly streams: number
  readonly tookMs: number
  readonly entry: number
}

/**
 * Ends a task and all below it: its credentials, approvals, child tasks and open streams.
 * The first entry is enough to refuse the whole tree at every door; the rest makes the state say so too.
 * Errors: `not_found`, `task_not_active` where it has ended before.
 */
export async function endTaskTree(
  house: House,
  taskId: string,
  how: { readonly end: TaskEnd; readonly because: string; readonly actor: Actor },
): Promise<EndedTree> {
  const startedMs = house.clock.monotonicMs()
  const first = await endOne(house, taskId, how)
  const streams = house.streams.endWhere(hitBy('task', taskId), new RemitError('task_not_active'))
  const below = (await readSubtree(house.revoke, first.task)).slice(1)
  let credentials = first.credentials
  const [failed] = await tryBounded(below, LIMITS.endedAtOnceMax, async (task) => {
    const more = await endIfLiving(house, task, { ...how, because: `the task above it ended: ${how.because}` })
    credentials += more // read after the wait: others end beside it
  })
  if (failed !== undefined) throw failed.fault
  return {
    ended: [taskId, ...below.map((task) => task.id)],
    credentials,
    streams: streams.ended,
    tookMs: house.clock.monotonicMs() - startedMs,
    entry: first.entry,
  }
}

/** How many tasks ended with a target, and what came between first where that was not all of them. */
export interface EndedTasks {
  readonly ended: number
  readonly fault: Error | null
  /** Those that could not be ended with all below them. */
  readonly failed: readonly string[]
}

/** Ends every living task of a target that has fallen, with all below, a part at a time. */
export async function endTasksOf(
  house: House,
  target: CutoffTarget,
  targetId: string,
  how: { readonly because: string; readonly actor: Actor },
): Promise<EndedTasks> {
  return await endTasksFound(house, house.revoke.livingTasksOf(target, targetId), how)
}

/**
 * Ends every living task that is found, with all below, a part at a time: what they rested on has fallen. One that cannot be
 * ended keeps none of the others.
 */
export async function endTasksFound(
  house: House,
  find: (limit: number) => Promise<readonly Kept<Task>[]>,
  how: { readonly because: string; readonly actor: Actor },
): Promise<EndedTasks> {
  let ended = 0
  const failed = new Map<string, Error>()
  const tell = (fault: Error | null): EndedTasks => ({ ended, fault, failed: [...failed.keys()] })
  try {
    for (;;) {
      const before = ended
      const tasks = await find(LIMITS.sweepRowsMax)
      const untried = tasks.filter(({ id }) => !failed.has(id))
      const those = await tryBounded(untried, LIMITS.endedAtOnceMax, async (task) => {
        const more = await endTreeIfLiving(house, task, how)
        ended += more // read after the wait: others end beside it
      })
      for (const { item, fault } of those) failed.set(item.id, fault)
      // of a part of which nothing ended, somebody else is seeing to the end
      if (tasks.length < LIMITS.sweepRowsMax || ended === before) return tell([...failed.values()][0] ?? null)
    }
  } catch (error) {
    return tell(toError(error))
  }
}

async function endTreeIfLiving(
  house: House,
  task: Task,
  how: { readonly because: string; readonly actor: Actor },
): Promise<number> {
  try {
    return (await endTaskTree(house, task.id, { end: 'revoked', ...how })).ended.length
  } catch (error) {
    if (isError(error, 'task_not_active')) return 0
    throw error
  }
}

async function endOne(
  house: House,
  taskId: string,
  how: { readonly end: TaskEnd; readonly because: string; readonly actor: Actor },
): Promise<{ readonly task: Kept<Task>; readonly credentials: number; readonly entry: number }> {
  return await tryAgain(async () => {
    const task = await house.revoke.task(taskId)
    if (task === undefined) throw new RemitError('not_found')
    if (task.state !== 'active' && task.state !== 'waiting')
      throw new RemitError('task_not_active', { detail: `The task is ${task.state}.` })
    const ending = await endTask(house.revoke, task, { ...how, atMs: house.clock.nowMs() })
    const recorded = await house.log.record(ending.fact)
    const rest = ending.isMore ? await endRest(house, taskId, how) : 0
    return { task, credentials: ending.credentials + rest, entry: recorded.index }
  })
}

/** Takes back the credentials that the entry of the end had no room for; they count no more already. */
async function endRest(
  house: House,
  taskId: string,
  how: { readonly because: string; readonly actor: Actor },
): Promise<number> {
  for (let count = 0; ; ) {
    const facts = await revokeRest(house.revoke, taskId, how)
    if (facts.length === 0) return count
    await Promise.all(facts.map((fact) => recordUnlessChanged(house, fact)))
    count += facts.length
  }
}

/** Where somebody else took a row back meanwhile, there is nothing left to do. */
async function recordUnlessChanged(house: House, fact: Fact): Promise<void> {
  try {
    await house.log.record(fact)
  } catch (error) {
    if (!isError(error, 'conflict')) throw error
  }
}

async function endIfLiving(
  house: House,
  task: Task,
  how: { readonly end: TaskEnd; readonly because: string; readonly actor: Actor },
): Promise<number> {
  try {
    return (await endOne(house, task.id, how)).credentials
  } catch (error) {
    if (isError(error, 'task_not_active')) return 0
    throw error
  }
}
