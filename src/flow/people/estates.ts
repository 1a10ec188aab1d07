import { systemActor } from '../../authenticate/actor.ts'
import { type Identity, LIVING_IDENTITY_STATES } from '../../contract/register/identity.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { runBounded } from '../../ground/run-bounded.ts'
import { toError } from '../../ground/to-error.ts'
import type { LogCondition } from '../../record/condition.ts'
import type { House } from '../house.ts'
import { suspendIdentity } from '../identity/move-identity.ts'
import { type EndedTasks, endTasksFound } from '../task/end-task.ts'

/** What was suspended of an estate, in the order of their ids, and what came between where one could not be. */
interface Suspended extends Tried {
  readonly ids: readonly string[]
}

/** What came between first where something did, and with which identities or tasks. */
type Tried = Pick<EndedTasks, 'fault' | 'failed'>

/** So many are named in a sentence. */
const namedMax = 5

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

/** How many identities that act, or wait to, people left behind. */
export interface LeftBehind {
  /** Those of which they are the owner: still to be suspended, and nobody lets one of them do anything meanwhile. */
  readonly owned: number
  /** Those of which they are the sponsor. */
  readonly sponsored: number
}

/** Counts what people who left have left behind, in one walk through them. */
export async function countLeftBehind(house: House): Promise<LeftBehind> {
  let [owned, sponsored] = [0, 0]
  for await (const people of partsWhoLeft(house)) {
    owned += await house.register.ownedCount(people, LIVING_IDENTITY_STATES)
    sponsored += await house.register.sponsoredCount(people, LIVING_IDENTITY_STATES)
  }
  return { owned, sponsored }
}

/**
 * Goes on with the estates of people who left, where something of them was noted, until all is suspended or `until` is
 * aborted. What comes between is noted, and tried again ever more seldom; it is thrown where it is not what came between
 * before. One identity or task that cannot be seen to keeps none of the others.
 */
export async function sweepEstates(house: House, until: AbortSignal): Promise<void> {
  if (!TAKING.includes(house.log.condition().state) || !house.estates.take()) return
  const fault = await settleEstates(house, until).catch(toError)
  if (fault === null) return house.estates.done()
  if (house.estates.fail(fault)) throw fault
}

async function settleEstates(house: House, until: AbortSignal): Promise<Error | null> {
  const all: Tried[] = []
  for await (const people of partsWhoLeft(house)) all.push(...(await settlePart(house, people, until)))
  const first = all.find(({ fault }) => fault !== null)?.fault ?? null
  return first === null ? null : nameFailed(first, all.flatMap(({ failed }) => failed).sort())
}

/** Names the first of what could not be seen to. */
function nameFailed(cause: Error, failed: readonly string[]): Error {
  if (failed.length === 0) return cause
  const named = failed.slice(0, namedMax).join(', ')
  const more = failed.length > namedMax ? ` and ${failed.length - namedMax} more` : ''
  const why = cause instanceof RemitError ? ` ${cause.detail}` : ' Standard error says by what.'
  return new RemitError(cause instanceof RemitError ? cause.code : 'internal', {
    cause,
    detail: `${named}${more} could not be seen to.${why}`,
  })
}

/** Those of whom nothing is left cost one count together, however many left before. Gives what came between. */
async function settlePart(house: House, people: readonly string[], until: AbortSignal): Promise<readonly Tried[]> {
  const findTasks = async (limit: number) =>
    until.aborted ? [] : await house.revoke.livingTasksOpenedFor(people, { limit })
  const tried: Tried[] = [await endTasksFound(house, findTasks, { because: OPENER_LEFT, actor: systemActor })]
  if ((await house.register.ownedCount(people, LIVING_IDENTITY_STATES)) > 0)
    for (const personId of people) tried.push(...(await suspendEstate(house, personId, until)))
  return tried
}

/** Suspends an estate, a part at a time. Gives what came between. */
async function suspendEstate(house: House, personId: string, until: AbortSignal): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  for (const state of LIVING_IDENTITY_STATES) {
    for (let after: string | undefined; !until.aborted; ) {
      const page = { limit: LIMITS.suspendedPerPart, ...(after === undefined ? {} : { after }) }
      const part = await house.register.identitiesOwnedBy(personId, state, page)
      const { fault, failed } = await suspendThose(house, personId, part)
      tried.push({ fault, failed })
      // so it would with the next ones
      if ((failed.length > 0 && failed.length === part.length) || part.length < LIMITS.suspendedPerPart) break
      after = part.at(-1)?.id
    }
  }
  return tried
}

async function suspendThose(house: House, personId: string, those: readonly Identity[]): Promise<Suspended> {
  const ids: string[] = []
  const failed = new Map<string, Error>()
  // of thousands the last comes long after the first: by then somebody else may answer for it
  const isStillTheirs = ({ owner }: Identity): boolean => owner === personId
  await runBounded(those, LIMITS.suspendedAtOnceMax, async ({ id }) => {
    try {
      if ((await suspendIdentity(house, id, 'its owner left', systemActor, isStillTheirs)) !== null) ids.push(id)
    } catch (error) {
      failed.set(id, toError(error))
    }
  })
  return { ids: ids.sort(), fault: [...failed.values()][0] ?? null, failed: [...failed.keys()] }
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
