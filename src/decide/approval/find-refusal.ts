import type { Approval } from '../../contract/approval/approval.ts'
import type { AskedCall } from '../../contract/approval/envelope.ts'
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

/** So many questions of a task are read in one state: no more are open, and of more noes these are enough to refuse by. */
export const askedPerTaskMax = LIMITS.pendingCallApprovalsMax + LIMITS.accessRequestsPerTaskMax

/**
 * Says why people are not asked about this: one of them has said no to exactly it under the policies that decide, or they
 * have said no to so much of the task, or of all tasks of the identity, that whoever asks on only wears them out. Null where they are.
 */
export async function findRefusal(hearing: Hearing, held: HeldCall): Promise<string | null> {
  const { store, atMs } = hearing
  const taskId = held.lineage.own.task.id
  const asker = askerOf(hearing, held)
  const [same, ofTask, ofAsker] = await Promise.all([
    store.approvalsFor(taskId, held.action.digest),
    store.deniedOf(taskId, askedPerTaskMax),
    store.deniedTo(asker, atMs - LIMITS.deniedHours * hourMs, LIMITS.deniedPerAskerMax),
  ])
  const policyVersion = bindPolicies(hearing)
  const no = same.find((row) => row.state === 'denied' && row.call?.policyVersion === policyVersion)
  if (no !== undefined)
    return `A person has said no to exactly this (${no.id}), and nobody is asked again for this task.`
  if (putBy(asker, ofTask).length >= LIMITS.deniedCallsMax)
    return `People have said no to ${LIMITS.deniedCallsMax} calls of this task, and nobody is asked about it any more. Open another task for what they may say yes to.`
  const again = tellApart(bindCall(hearing, held))
  const alike = ofAsker.filter((row) => row.call !== undefined && tellApart(row.call) === again)
  if (alike.length >= LIMITS.deniedAlikeMax)
    return `People have said no to exactly this in ${LIMITS.deniedAlikeMax} tasks within ${LIMITS.deniedHours} hours, and nobody is asked about it in another one meanwhile.`
  return ofAsker.length < LIMITS.deniedPerAskerMax
    ? null
    : `People have said no to ${LIMITS.deniedPerAskerMax} questions that were put for this identity within ${LIMITS.deniedHours} hours, and nobody is asked meanwhile, whatever the task.`
}

/** What of a call is the same in each task: the digest of the call itself is of one task alone. */
function tellApart({ action, arguments: given, policyVersion }: AskedCall): string {
  return canonicalJson([action, given, policyVersion])
}

/**
 * Says why nobody is asked anything more just now: so much waits for people already, of these questions that are open of the task,
 * or of the identity in whichever task. Null where they are.
 */
export async function findCrowd(
  hearing: Hearing,
  held: HeldCall,
  openOfTask: readonly Pick<Approval, 'asker'>[],
): Promise<string | null> {
  const asker = askerOf(hearing, held)
  if (putBy(asker, openOfTask).length >= LIMITS.pendingCallApprovalsMax)
    return 'Too many questions of this task are open; wait until they are answered.'
  const sinceMs = hearing.atMs - LIMITS.callApprovalSeconds * 1000
  const open = await hearing.store.pendingBy(asker, sinceMs, LIMITS.pendingPerAskerMax)
  return open.length < LIMITS.pendingPerAskerMax
    ? null
    : `${LIMITS.pendingPerAskerMax} questions that were put for this identity are open in its tasks; wait until they are answered.`
}
