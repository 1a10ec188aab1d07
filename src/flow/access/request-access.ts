import { actorOf } from '../../authenticate/actor.ts'
import { afterProof } from '../../authenticate/caller.ts'
import type { AccessCallback, AccessRequest, BundleItem } from '../../contract/approval/access-request.ts'
import { statusOf } from '../../contract/approval/access-status.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import type { Decision } from '../../contract/decision.ts'
import type { Task } from '../../contract/task.ts'
import type { AccessWanted } from '../../decide/approval/hold-evaluation.ts'
import { digestText } from '../../ground/digest.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { decideAndRecord } from '../decision.ts'
import type { House } from '../house.ts'
import {
  type AccessAsker,
  type AccessTask,
  cancelFact,
  findItem,
  readAccessTask,
  requireLiving,
} from './access-task.ts'
import { type BoundItem, bindDenial, type ItemAsked } from './bind-denial.ts'
import { requireTarget } from './callback-target.ts'
import { forEachItem, nameItem } from './each-item.ts'

/** What somebody asks people for, following denied evaluations. */
export interface AccessAsked {
  /** One at least; all in one task. */
  readonly items: readonly ItemAsked[]
  /** The same as they were submitted, where several may be asked together; null for one by itself. */
  readonly bundle: readonly BundleItem[] | null
  /** The `Idempotency-Key`; null where none came with it. */
  readonly key: string | null
  /** Hex SHA-256 over all that was submitted, as it was read. */
  readonly bodyDigest: string
  readonly justification: string
  /** Where and of what the asker wants to be told. */
  readonly callback?: AccessCallback | undefined
}

/**
 * Puts denied evaluations to people (AuthZEN access-request profile). Each is decided again first, so that nobody is
 * asked for what a yes would not change. The same key with the same submission gives the same task. Errors:
 * `invalid_denial_binding`, `expired_denial`, `not_requestable`, `duplicate_request`, `task_expired`
 * for the same once it is over, `rate_limited`, `request_invalid` for an envelope that cannot be given, an end that has passed, and items
 * that are no bundle. Of several, `items` says which are refused and why.
 */
export async function requestAccess(house: House, caller: AccessAsker, asked: AccessAsked): Promise<AccessTask> {
  if (asked.callback !== undefined)
    requireTarget(house, caller.kind === 'agent' ? caller.identity.name : null, asked.callback)
  const items = await forEachItem(asked.items, asked.bundle !== null, (item) => bindDenial(house, caller, item))
  const { id: taskId } = requireOneTask(items)
  const by = actorOf(caller)
  const mine: Mine = {
    by: { kind: by.kind, id: by.id },
    keyDigest: asked.key === null ? null : digestText(asked.key),
    bodyDigest: asked.bodyDigest,
  }
  const desk: Desk = { house, caller, asked, items, taskId, mine }
  const before = await findBefore(desk)
  if (asked.bundle === null && before[0] !== undefined) return await readAgain(house, before[0].id)
  if (before.length === items.length) return await readAgain(house, before[0]?.request?.bundle?.id ?? '')
  const known = await house.register.approvalsAbout(taskId)
  if (before.length === 0) refuseMany(known, desk, await house.register.task(taskId))
  await forEachItem(items, asked.bundle !== null, (item) => {
    if (before.length === 0) refuseLate(desk, item) // what is carried on may go on: its first part was put in time
    refuseReplayed(desk, known, item)
  })
  return asked.bundle === null ? await putOne(desk) : await putAll(desk, before)
}

type Mine = Pick<AccessRequest, 'by' | 'keyDigest' | 'bodyDigest'>

interface Desk {
  readonly house: House
  readonly caller: AccessAsker
  readonly asked: AccessAsked
  readonly items: readonly BoundItem[]
  readonly taskId: string
  readonly mine: Mine
}

function requireOneTask(items: readonly BoundItem[]): { readonly id: string } {
  const [first] = items
  if (first === undefined || items.some(({ taskId }) => taskId !== first.taskId))
    throw new RemitError('invalid_denial_binding', { detail: 'What is asked together is of one task.' })
  if (new Set(items.map(({ binding }) => binding)).size < items.length)
    throw new RemitError('request_invalid', { detail: 'The items hold the same twice.' })
  return { id: first.taskId }
}

/** The same request, sent again. */
async function readAgain(house: House, id: string): Promise<AccessTask> {
  return requireLiving(house, await readAccessTask(house, id))
}

function refuseLate({ house }: Desk, { expiresMs, wish }: BoundItem): void {
  const nowMs = house.clock.nowMs()
  if (nowMs >= expiresMs) throw new RemitError('expired_denial')
  if (nowMs >= (wish.untilMs ?? Number.POSITIVE_INFINITY))
    throw new RemitError('request_invalid', { detail: 'Its requested_until has passed.' })
}

/**
 * All that a task has ever asked is read with each request: who takes back what they asked cannot ask without end. Others than its
 * identity have a part of that alone, so that none of them leaves the identity nothing.
 */
function refuseMany(
  known: readonly Approval[],
  { items, mine }: Desk,
  task: Pick<Task, 'identityId'> | undefined,
): void {
  const isOthers = (by: AccessRequest['by'] | undefined): boolean => by !== undefined && by.id !== task?.identityId
  const asked = known.filter(({ request }) => request !== undefined).length
  const ofOthers = known.filter(({ request }) => isOthers(request?.by)).length
  const [most, others] = [LIMITS.accessRequestsPerTaskMax, LIMITS.accessRequestsOfOthersMax]
  if (asked + items.length > most)
    throw new RemitError('rate_limited', {
      detail: `A task asks for access ${most} times at most; open another for more.`,
    })
  if (isOthers(mine.by) && ofOthers + items.length > others)
    throw new RemitError('rate_limited', {
      detail: `Others than who acts in a task ask for access ${others} times at most; open another for more.`,
    })
}

/** A denial is asked about once: after an answer it takes a new one. */
function refuseReplayed({ house, mine }: Desk, known: readonly Kept<Approval>[], { evaluation }: BoundItem): void {
  const spent = known.find(
    (row) =>
      evaluation === row.request?.evaluation && !isMine(row, mine) && statusOf(row, house.clock.nowMs()) !== 'pending',
  )
  if (spent !== undefined)
    throw new RemitError('invalid_denial_binding', {
      detail: 'People were asked about that denial already; evaluate again.',
      facts: { task: spent.request?.bundle?.id ?? spent.id },
    })
}

function isMine({ request }: Approval, { by, keyDigest }: Mine): boolean {
  return keyDigest !== null && request?.keyDigest === keyDigest && request.by.id === by.id
}

/** Finds what the same asker has asked with the same key, whatever became of it. Errors: `duplicate_request`. */
async function findBefore({ house, taskId, mine }: Desk): Promise<readonly Kept<Approval>[]> {
  if (mine.keyDigest === null) return []
  const known = (await house.register.approvalsAbout(taskId)).filter((row) => isMine(row, mine))
  const other = known.find(({ request }) => request?.bodyDigest !== mine.bodyDigest)
  if (other === undefined) return known
  throw new RemitError('duplicate_request', {
    detail: 'This Idempotency-Key came with another request.',
    facts: { task: other.request?.bundle?.id ?? other.id },
  })
}

async function putOne(desk: Desk): Promise<AccessTask> {
  const { house, items } = desk
  const [item] = items
  if (item === undefined) throw new RemitError('internal', { cause: new Error('nothing is asked') })
  try {
    return await readAccessTask(house, await putItem(desk, item, {}))
  } catch (error) {
    // the same, with the same key, may have been put at the same moment
    const [after] = isError(error, 'duplicate_request') ? await findBefore(desk) : []
    if (after === undefined) throw error
    return await readAccessTask(house, after.id)
  }
}

/**
 * Puts several, one after the other. What would be refused is refused before the first is put; where one moves in between,
 * those that were put are taken back. Where it is cut short, the same key carries it on.
 */
async function putAll(desk: Desk, before: readonly Kept<Approval>[]): Promise<AccessTask> {
  const { house, items, asked } = desk
  let id = before[0]?.request?.bundle?.id ?? house.ids.next('approval')
  let { caller } = desk
  if (before.length === 0) await judgeAll(desk)
  for (const [at, item] of items.entries()) {
    if (findItem({ approvals: before }, at) !== undefined) continue
    const place = { id, at, ...(at === 0 ? { items: asked.bundle ?? [] } : {}) }
    try {
      await putItem({ ...desk, caller }, item, { bundle: place, ...(at === 0 ? { id } : {}) })
      caller = afterProof(caller)
    } catch (error) {
      const after = isError(error, 'duplicate_request') ? await findBefore(desk) : []
      const found = findItem({ approvals: after }, at)
      if (found === undefined) {
        if (at > 0) await takeBack(desk, id)
        throw nameItem(error, at, items.length)
      }
      id = found.request?.bundle?.id ?? id
    }
  }
  return await readAccessTask(house, id)
}

/** Errors: of all that would be refused. What is being put by somebody else with the same key is none. */
async function judgeAll(desk: Desk): Promise<void> {
  let { caller } = desk
  await forEachItem(desk.items, true, async (item) => {
    try {
      await judgeItem({ ...desk, caller }, item, {})
    } catch (error) {
      if (isError(error, 'not_requestable') && typeof error.facts['entry'] === 'number') caller = afterProof(caller)
      if (!isError(error, 'duplicate_request') || (await findBefore(desk)).length === 0) throw error
    }
  })
}

async function takeBack({ house, caller }: Desk, id: string): Promise<void> {
  const { approvals } = await readAccessTask(house, id)
  for (const row of approvals.filter(({ state }) => state === 'pending'))
    await house.log.record(cancelFact(row, actorOf(caller), 'the rest of the request could not be put'))
}

type Place = Pick<AccessWanted, 'bundle' | 'id'>

async function putItem(desk: Desk, item: BoundItem, place: Place): Promise<string> {
  const { fact } = await decideAndRecord(desk.house, () => judgeItem(desk, item, place))
  return fact.outcome === 'denial' ? (fact.ask?.approvalId ?? '') : ''
}

/**
 * Decides one with people to ask; gives the denial that asks them. Errors: `not_requestable`, with the `entry` of a denial
 * that no yes would change, and as `putRequest`.
 */
async function judgeItem(desk: Desk, item: BoundItem, place: Place): Promise<Decision<'evaluation'>> {
  const { house, caller, asked, mine } = desk
  const { binding, evaluation, wish } = item
  const together = asked.bundle === null ? {} : { together: asked.bundle.length }
  const isFirst = (place.bundle?.at ?? 0) === 0
  const wanted: AccessWanted = {
    ...mine,
    ...(asked.callback === undefined || !isFirst ? {} : { callback: asked.callback }),
    binding,
    evaluation,
    justification: asked.justification,
    ...place,
    ...together,
    wish,
  }
  const decision = await house.decide.access(item.question, caller, wanted)
  if (decision.outcome === 'permit')
    throw new RemitError('not_requestable', { detail: 'It would be permitted now: evaluate again.' })
  if (decision.ask?.approvalId !== undefined) return decision
  const { index } = await decideAndRecord(house, async () => decision)
  throw new RemitError('not_requestable', {
    detail: decision.reasons[0]?.sentence ?? 'No yes would change it.',
    facts: { reasons: decision.reasons, entry: index },
  })
}
