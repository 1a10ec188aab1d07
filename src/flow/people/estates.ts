import { systemActor } from '../../authenticate/actor.ts'
import { type Identity, LIVING_IDENTITY_STATES } from '../../contract/register/identity.ts'
import { LIMITS } from '../../ground/limits.ts'
import { runBounded } from '../../ground/run-bounded.ts'
import { toError } from '../../ground/to-error.ts'
import type { LogCondition } from '../../record/condition.ts'
import type { House } from '../house.ts'
import { suspendIdentity } from '../identity/move-identity.ts'
import { endTasksFound } from '../task/end-task.ts'

/** What was suspended of an estate, in the order of their ids, and what came between where one could not be. */
interface Suspended {
  readonly ids: readonly string[]
  readonly fault: Error | null
  /** True where something came between with each that was tried: so it would with the next ones. */
  readonly isStuck: boolean
}

/** Why a task ends that somebody opened who left. */
export const OPENER_LEFT = 'the person on whose behalf it acts has left'

/** In which the log takes what takes away, or tries to: where its clock is behind too. */
const TAKING: readonly LogCondition['state'][] = ['open', 'late', 'failing']

/** Suspends the first of an estate, as many as one answer tells of. */
export async function suspendFirst(house: House, personId: string): Promise<Suspended> {
  const first: Identity[] = []
  for (const state of LIVING_IDENTITY_STATES) {
    const limit = LIMITS.suspendedPerPart - first.length
    if (limit > 0) first.push(...(await house.register.identitiesOwnedBy(personId, state, { limit })))
  }
  return suspendThose(house, personId, first)
}

/** How many identities of people who left are still to be suspended; nobody lets one of them do anything meanwhile. */
export async function countLeftOver(house: House): Promise<number> {
  let count = 0
  for await (const people of partsWhoLeft(house))
    count += await house.register.ownedCount(people, LIVING_IDENTITY_STATES)
  return count
}

/**
 * Goes on with the estates of people who left, where something of them was noted, until all is suspended or `until` is
 * aborted. What comes between is noted for the next time: one identity that cannot be suspended now keeps none of the others.
 */
export async function sweepEstates(house: House, until: AbortSignal): Promise<void> {
  if (!TAKING.includes(house.log.condition().state) || !house.estates.take()) return
  try {
    const faults: Error[] = []
    for await (const people of partsWhoLeft(house)) faults.push(...(await settlePart(house, people, until)))
    if (faults[0] !== undefined) throw faults[0]
    house.estates.done()
  } catch (error) {
    house.estates.note(toError(error))
    throw error
  }
}

/** Those of whom nothing is left cost one count together, however many left before. Gives what came between. */
async function settlePart(house: House, people: readonly string[], until: AbortSignal): Promise<readonly Error[]> {
  const findTasks = async (limit: number) =>
    until.aborted ? [] : await house.revoke.livingTasksOpenedFor(people, { limit })
  const { fault } = await endTasksFound(house, findTasks, { because: OPENER_LEFT, actor: systemActor })
  const faults = fault === null ? [] : [fault]
  if ((await house.register.ownedCount(people, LIVING_IDENTITY_STATES)) > 0)
    for (const personId of people) faults.push(...(await suspendEstate(house, personId, until)))
  return faults
}

/** Suspends an estate, a part at a time. Gives what came between. */
async function suspendEstate(house: House, personId: string, until: AbortSignal): Promise<readonly Error[]> {
  const faults: Error[] = []
  for (const state of LIVING_IDENTITY_STATES) {
    for (let after: string | undefined; !until.aborted; ) {
      const page = { limit: LIMITS.suspendedPerPart, ...(after === undefined ? {} : { after }) }
      const part = await house.register.identitiesOwnedBy(personId, state, page)
      const { fault, isStuck } = await suspendThose(house, personId, part)
      if (fault !== null) faults.push(fault)
      if (isStuck || part.length < LIMITS.suspendedPerPart) break
      after = part.at(-1)?.id
    }
  }
  return faults
}

async function suspendThose(house: House, personId: string, those: readonly Identity[]): Promise<Suspended> {
  const ids: string[] = []
  const faults: Error[] = []
  // of thousands the last comes long after the first: by then somebody else may answer for it
  const isStillTheirs = ({ owner }: Identity): boolean => owner === personId
  await runBounded(those, LIMITS.suspendedAtOnceMax, async ({ id }) => {
    try {
      if ((await suspendIdentity(house, id, 'its owner left', systemActor, isStillTheirs)) !== null) ids.push(id)
    } catch (error) {
      faults.push(toError(error))
    }
  })
  return { ids: ids.sort(), fault: faults[0] ?? null, isStuck: faults.length > 0 && faults.length === those.length }
}

/** Gives the ids of everybody who left, a part at a time. */
async function* partsWhoLeft(house: House): AsyncGenerator<readonly string[]> {
  for (let after: string | undefined; ; ) {
    const page = { limit: LIMITS.pageRowsMax, ...(after === undefined ? {} : { after }) }
    const ids = (await house.register.peopleWhoLeft(page)).map(({ id }) => id)
    if (ids.length > 0) yield ids
    if (ids.length < LIMITS.pageRowsMax) return
    after = ids.at(-1)
  }
}
