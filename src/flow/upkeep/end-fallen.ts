import { systemActor } from '../../authenticate/actor.ts'
import { readGround } from '../../authenticate/footing.ts'
import type { Kept } from '../../contract/change.ts'
import { type Cutoff, isCutOff } from '../../contract/cutoff.ts'
import { hasEnded } from '../../contract/register/binding.ts'
import { findUngranted } from '../../contract/register/delegation-grant.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { cutoffTargets, findRightless, findTakenBack, findUnvouched } from '../../contract/standing.ts'
import { LIVING_TASK_STATES, type Task } from '../../contract/task.ts'
import { isError } from '../../ground/errors.ts'
import { tryEach } from '../../ground/run-bounded.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import { suspendIdentity } from '../identity/move-identity.ts'
import { readSurroundings } from '../read-surroundings.ts'
import { endTaskTree } from '../task/end-task.ts'

/**
 * Ends what has fallen already with something else, and whose own entry is missing since a crash came between: identities
 * that were cut off, tasks of an identity that is not active, under a task that ended, of a binding that ended, for a person
 * who left, or cut off, and what was handed on with a token, or rests on a right or a login, that is no more. No door takes
 * them. One that cannot be ended keeps none of the others; gives what came between first.
 */
export async function endFallen(house: House): Promise<Error | null> {
  // people make few cutoffs, and there may be very many identities
  const cutoffs = allRows((page) => house.revoke.cutoffs(page))
  const fault = await tryEach(cutoffs, (cutoff) => suspendCutOff(house, cutoff))
  const living = { state: LIVING_TASK_STATES }
  const tasks = allRows((page) => house.register.tasks(living, page))
  const later = await tryEach(tasks, (task) => endIfFallen(house, task))
  return fault ?? later
}

async function suspendCutOff(house: House, cutoff: Cutoff): Promise<void> {
  if (cutoff.target !== 'identity') return
  const identity = await house.register.identity(cutoff.targetId)
  if (identity?.state !== 'active' && identity?.state !== 'pending') return
  if (!isCutOff([cutoff], await readMadeMs(house, identity))) return
  await suspendIdentity(house, identity.id, `cut off: ${cutoff.because}`, systemActor)
}

/** When an identity became what it is: a cutoff before that was for what it was. */
async function readMadeMs(house: House, identity: Identity): Promise<number> {
  if (identity.state === 'active') return identity.activatedMs ?? identity.createdMs
  return (await readSurroundings(house, identity)).approval?.createdMs ?? identity.createdMs
}

async function endIfFallen(house: House, task: Kept<Task>): Promise<void> {
  const because = await findFall(house, task)
  if (because === null) return
  try {
    await endTaskTree(house, task.id, { end: 'revoked', because, actor: systemActor })
  } catch (error) {
    if (!isError(error, 'task_not_active')) throw error // it fell with one that was ended before it
  }
}

async function findFall(house: House, task: Kept<Task>): Promise<string | null> {
  const above = task.chain.slice(0, -1).map((link) => link.taskId)
  const [ancestors, identities] = await Promise.all([
    house.footing.tasks(above),
    house.footing.identities(task.chain.map((link) => link.identityId)),
  ])
  const identity = identities.find((row) => row.id === task.identityId)
  if (identity === undefined || identities.some((row) => row.state !== 'active')) return 'its identity is not active'
  if (ancestors.length < above.length || ancestors.some((row) => row.state !== 'active'))
    return 'the task above it ended'
  const fallen = await findFallenGround(house, [task, ...ancestors], identities)
  if (fallen !== null) return fallen
  const delegators = identities.filter((row) => row !== identity)
  const cutoffs = await house.footing.cutoffs(cutoffTargets({ identity, task, delegators, ancestors }))
  return isCutOff(cutoffs, task.createdMs) ? 'it was cut off' : null
}

/** What a chain was given on has fallen, and it falls with that. */
async function findFallenGround(
  house: House,
  tasks: readonly Task[],
  identities: readonly Identity[],
): Promise<string | null> {
  const { people, bindings, grounds } = await readGround(house.footing, tasks, identities)
  const hasLeft = (id: string | null): boolean =>
    !people.some((person) => person.id === id && person.state === 'active')
  const atMs = house.clock.nowMs()
  if (bindings.some((row) => hasEnded(row, atMs))) return 'its binding ended'
  if (findTakenBack(tasks, grounds) !== undefined) return 'the token with which it was handed on was taken back'
  if (findUnvouched(tasks, grounds) !== undefined) return 'the login on whose word it was opened has ended'
  if (tasks.some(({ onBehalfOf }) => onBehalfOf !== null && hasLeft(onBehalfOf)))
    return 'the person on whose behalf it acts has left'
  if (findUngranted(tasks, identities, grounds.grants, atMs) !== undefined)
    return 'its identity may not act any more for whoever let it'
  return findRightless(tasks, grounds, atMs) === undefined ? null : 'a right of the person that it rests on has ended'
}
