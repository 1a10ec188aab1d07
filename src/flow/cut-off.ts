import { actorOf } from '../authenticate/actor.ts'
import type { PersonCaller } from '../authenticate/caller.ts'
import { type Cutoff, type CutoffTarget, cutoffId } from '../contract/cutoff.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { Identity } from '../contract/register/identity.ts'
import { hitBy } from '../enforce/open-streams.ts'
import { RemitError } from '../ground/errors.ts'
import { reportUnknown } from '../ground/report.ts'
import { toError } from '../ground/to-error.ts'
import { requireRole, requireRoleOver } from '../register/require-role.ts'
import { type CutoffOrder, makeCutoff } from '../revoke/cutoff.ts'
import type { House } from './house.ts'
import { suspendIdentity } from './identity/move-identity.ts'
import { endTasksOf } from './task/end-task.ts'
import { tryAgain } from './try-again.ts'

/** The clock of a cutoff, epoch milliseconds. No request is accepted after `recordedMs`. */
export interface CutoffClock {
  readonly decidedMs: number
  readonly recordedMs: number
  readonly streamsEnded: number
  readonly streamsEndedMs: number
  readonly lastAcceptedMs: number | null
  readonly tookMs: number
}

/** A cutoff and what it did. */
export interface CutoffDone {
  readonly cutoff: Cutoff
  readonly clock: CutoffClock
  readonly tasksEnded: number
  /** False where the state of something that fell does not say so yet: no door takes it, and the house carries on. */
  readonly settled: boolean
  readonly entry: number
}

/** A cutoff of a misspelt id would stop nothing and look as if it had. */
const EXISTS: Readonly<Record<CutoffTarget, (house: House, id: string) => Promise<boolean>>> = {
  identity: async (house, id) => (await house.register.identity(id)) !== undefined,
  task: async (house, id) => (await house.register.task(id)) !== undefined,
  chain: async (house, id) => (await house.register.task(id))?.rootId === id,
  owner: async (house, id) => (await house.register.person(id)) !== undefined,
  upstream: async (house, id) => house.servers.some((server) => server.name === id),
  binding: async (house, id) => (await house.register.binding(id)) !== undefined,
  vendor: async (house, id) => (await house.register.identitiesOfVendor(id, { limit: 1 })).length > 0,
}

/** What falls with these may lie below, in a chain of which an open call knows by its tasks and identities alone. */
const REACHING: readonly CutoffTarget[] = ['owner', 'vendor', 'binding']
const NONE_ENDED = { ended: 0 }

/** Cuts something off on the word of a person: admin, responder, or the owner for what is theirs. */
export async function cutOff(house: House, caller: PersonCaller, order: CutoffOrder): Promise<CutoffDone> {
  const identity = order.target === 'identity' ? await house.register.identity(order.targetId) : undefined
  if (!(await EXISTS[order.target](house, order.targetId)))
    throw new RemitError('not_found', { detail: `There is no ${order.target} of this id, so nothing was cut off.` })
  if (identity === undefined) requireRole(caller.person, ['admin', 'responder'])
  else requireRoleOver(caller.person, ['admin', 'responder', 'owner'], identity)
  return executeCutoff(house, actorOf(caller), order, identity)
}

/**
 * The cutoff itself: one write that every decision sees, then the open streams, then the state of what fell. Once the
 * write is made it is never answered by a failure: whoever asked would believe that nothing was cut off.
 */
export async function executeCutoff(
  house: House,
  actor: Actor,
  order: CutoffOrder,
  identity: Identity | undefined,
): Promise<CutoffDone> {
  const decidedMs = house.clock.nowMs()
  const startedMs = house.clock.monotonicMs()
  const { cutoff, entry } = await writeCutoff(house, actor, order)
  const recordedMs = house.clock.nowMs()
  const named = house.streams.endWhere(hitBy(order.target, order.targetId))
  const below = REACHING.includes(order.target) ? await house.streams.judgeAgain(0, reportUnknown) : NONE_ENDED
  const streamsEndedMs = house.clock.nowMs()
  const tasks = await endTasksOf(house, order.target, order.targetId, { because: order.because, actor })
  const fault = tasks.fault ?? (await suspendCutOff(house, actor, order, identity))
  if (fault !== null) house.carryOnLater(fault)
  const clock = {
    decidedMs,
    recordedMs,
    streamsEnded: named.ended + below.ended,
    streamsEndedMs,
    lastAcceptedMs: house.lastAccepted.read(order.target, order.targetId),
    tookMs: house.clock.monotonicMs() - startedMs,
  }
  return { cutoff, clock, tasksEnded: tasks.ended, settled: fault === null, entry }
}

/** Suspends what was cut off, where that is an identity. Gives what came between. */
async function suspendCutOff(
  house: House,
  actor: Actor,
  order: CutoffOrder,
  identity: Identity | undefined,
): Promise<Error | null> {
  if (identity === undefined) return null
  try {
    await suspendIdentity(house, identity.id, `cut off: ${order.because}`, actor)
    return null
  } catch (error) {
    return toError(error)
  }
}

async function writeCutoff(
  house: House,
  actor: Actor,
  order: CutoffOrder,
): Promise<{ readonly cutoff: Cutoff; readonly entry: number }> {
  return await tryAgain(async () => {
    const kept = await house.revoke.cutoff(cutoffId(order.target, order.targetId))
    const { cutoff, fact } = makeCutoff(order, kept, { actor, atMs: await latestMs(house), more: [] })
    return { cutoff, entry: (await house.log.record(fact)).index }
  })
}

/** A clock that stepped back must not let what was made before the step outlive the cutoff. */
async function latestMs(house: House): Promise<number> {
  const { size } = house.log.head()
  return Math.max(house.clock.nowMs(), size === 0 ? 0 : (await house.log.entry(size - 1)).atMs)
}
