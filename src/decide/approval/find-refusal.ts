import type { Approval } from '../../contract/approval/approval.ts'
import type { AskedCall } from '../../contract/approval/envelope.ts'
import type { Change } from '../../contract/change.ts'
import { weighAddition } from '../../contract/counters/addition.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Hearing } from '../hearing.ts'
import { bindCall, bindPolicies, type HeldCall } from './usable.ts'

const hourMs = 3_600_000

/**
 * Gives by what questions are counted: the identity that acts, and whoever asks for it where that is somebody else. What people say
 * no to at the word of another silences nobody but that other.
 */
export function askerOf({ actor }: Pick<Hearing, 'actor'>, { lineage: { own } }: Pick<HeldCall, 'lineage'>): string {
  return actor.id === own.identity.id ? actor.id : `${own.identity.id} ${actor.id}`
}

/** Gives those of these questions that this asker put; questions of before askers were counted do not say whose they were. */
function putBy<Row extends Pick<Approval, 'asker'>>(asker: string, questions: readonly Row[]): readonly Row[] {
  return questions.filter((row) => (row.asker ?? asker) === asker)
}

/** Who can do something about it where people are not asked for a day. */
export const LET_ASK = 'Whoever answers for the identity, or an approver, can let it ask again (remit identity hear).'

/** Gives from when on a no counts: for a day, and none to what was asked before somebody let the identity ask again. */
export function deniedSinceMs({ heardMs = 0 }: Pick<Identity, 'heardMs'>, atMs: number): number {
  return Math.max(atMs - LIMITS.deniedHours * hourMs, heardMs)
}

/** So many open questions of a task are read: no more are open. */
export const askedPerTaskMax = LIMITS.pendingCallApprovalsMax + LIMITS.accessRequestsPerTaskMax

/**
 * Says why people are not asked about this: one of them has said no to exactly it under the policies that decide, or they
 * have said no to so much of the task, or of all tasks of the identity, that whoever asks on only wears them out. Null where they are.
 * No task lives as long as a no counts.
 */
export async function findRefusal(hearing: Hearing, held: HeldCall): Promise<string | null> {
  const { store, atMs } = hearing
  const { task, identity } = held.lineage.own
  const sinceMs = deniedSinceMs(identity, atMs)
  const [same, ofAsker] = await Promise.all([
    store.approvalsFor(task.id, held.action.digest),
    store.deniedTo(askerOf(hearing, held), sinceMs, LIMITS.deniedPerAskerMax),
  ])
  const policyVersion = bindPolicies(hearing)
  const no = same.find(
    (row) => row.state === 'denied' && row.createdMs >= sinceMs && row.call?.policyVersion === policyVersion,
  )
  if (no !== undefined)
    return `A person has said no to exactly this (${no.id}), and nobody is asked again for this task.`
  if (ofAsker.filter((row) => row.subjectId === task.id).length >= LIMITS.deniedCallsMax)
    return `People have said no to ${LIMITS.deniedCallsMax} calls of this task, and nobody is asked about it any more. Open another task for what they may say yes to.`
  const again = tellApart(bindCall(hearing, held))
  const alike = ofAsker.filter((row) => row.call !== undefined && tellApart(row.call) === again)
  if (alike.length >= LIMITS.deniedAlikeMax)
    return `People have said no to exactly this in ${LIMITS.deniedAlikeMax} tasks within ${LIMITS.deniedHours} hours, and nobody is asked about it in another one meanwhile. ${LET_ASK}`
  return ofAsker.length < LIMITS.deniedPerAskerMax
    ? null
    : `People have said no to ${LIMITS.deniedPerAskerMax} questions that were put for this identity within ${LIMITS.deniedHours} hours, and nobody is asked meanwhile, whatever the task. ${LET_ASK}`
}

/** What of a call is the same in each task: the digest of the call itself is of one task alone. */
function tellApart({ action, arguments: given, policyVersion }: AskedCall): string {
  return canonicalJson([action, given, policyVersion])
}

/** Room for a question more: why there is none, null where there is, and then what takes it. */
export interface Room {
  readonly crowd: string | null
  readonly taken: readonly Change[]
}

/** Gives that there is none. */
export function noRoom(crowd: string): Room {
  return { crowd, taken: [] }
}

/**
 * Finds room for a question more: too much may wait for people already, of these questions that are open of the task, or of the
 * asker in whichever task. What takes the room is a conflict once so many others were put meanwhile that there is none.
 */
export async function findRoom(
  hearing: Hearing,
  held: HeldCall,
  openOfTask: readonly Pick<Approval, 'asker'>[],
): Promise<Room> {
  const { store, atMs } = hearing
  const asker = askerOf(hearing, held)
  if (putBy(asker, openOfTask).length >= LIMITS.pendingCallApprovalsMax)
    return noRoom('Too many questions of this task are open; wait until they are answered.')
  const id = `asked/${asker}`
  const [put] = await store.tallies([id]) // before those that are open: what is put between counts twice, and never not at all
  const open = await store.pendingBy(asker, atMs - LIMITS.callApprovalSeconds * 1000, LIMITS.pendingPerAskerMax)
  const atMost = (put?.total ?? 0) + LIMITS.pendingPerAskerMax - open.length
  const weighed = weighAddition(put, { id, amount: 1, atMost, windowSeconds: null, atMs })
  return weighed.fits
    ? { crowd: null, taken: [weighed.change] }
    : noRoom(
        `${LIMITS.pendingPerAskerMax} questions that were put for this identity are open in its tasks; wait until they are answered.`,
      )
}
