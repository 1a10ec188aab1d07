import type { AccessRequest, AccessWish, ShownFault } from '../../contract/approval/access-request.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import { findEnvelopeFault } from '../../contract/approval/envelope.ts'
import { insert } from '../../contract/change.ts'
import type { Decision } from '../../contract/decision.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import { shortenText, type UsedFacts } from '../facts/fit-data.ts'
import { deny, type Hearing } from '../hearing.ts'
import type { PolicyVerdict } from '../policy/ask-policies.ts'
import type { EvaluationRequest } from '../requests.ts'
import { isSame, makeQuestion, putQuestion } from './ask-for-call.ts'
import { bindQuestion, findUnaskable, readShown } from './evaluated.ts'
import { askedPerTaskMax, findRefusal, findRoom } from './find-refusal.ts'
import { findUnspoilt, findUsableById, type HeldCall, type UsableApproval } from './usable.ts'

/** An evaluation that lacks an approval. */
export interface HeldEvaluation extends HeldCall {
  readonly verdict: PolicyVerdict
  readonly request: EvaluationRequest
}

/** How somebody asks people for access, beside what about. */
export interface AccessWanted extends AccessRequest {
  /** Why, in the words of the asker; empty where they said nothing. */
  readonly justification: string
  /** What is wished for beyond a yes to exactly this, once. */
  readonly wish: AccessWish
  /** The id that the question is to have, where it was named before it is put. */
  readonly id?: string
  /** How many were asked together; not given where this was asked by itself. */
  readonly together?: number
}

/** Finds the approval that was shown with an evaluation, where it counts; what was not shown is not used up. */
export async function findShown(
  hearing: Hearing,
  held: HeldEvaluation,
  mayUse: boolean,
): Promise<UsableApproval | undefined> {
  const shown = readShown(held.request)
  return shown === undefined || !mayUse || findUnaskable(held.request) !== null
    ? undefined
    : await findUsableById(hearing, held, shown)
}

/** Denies an evaluation for now, and says how to ask; people hear of it only once somebody does. */
export async function holdEvaluation(
  hearing: Hearing<'evaluation'>,
  held: HeldEvaluation,
  used: UsedFacts,
): Promise<Decision<'evaluation'>> {
  const unaskable = await findUnrequestable(hearing, held)
  const shown = readShown(held.request)
  const expiresMs = Math.min(
    hearing.atMs + LIMITS.requestableSeconds * 1000,
    ...held.lineage.links.map((link) => link.task.endsMs),
  )
  const access = unaskable === null ? { access: { ...bindQuestion(held.request), expiresMs } } : {}
  const fault = shown === undefined ? {} : { shown: { id: shown, reason: await findShownFault(hearing, held, shown) } }
  const sentence = unaskable ?? 'Ask for access (AuthZEN access-request profile), naming this evaluation.'
  return deny(hearing, {
    code: 'approval_required',
    reasons: held.needs,
    asked: held.verdict.asked,
    facts: { ...used, ...access, ...fault },
    ask: { sentence },
  })
}

/** Says why people are not asked about this; null where they can be. */
async function findUnrequestable(hearing: Hearing, held: HeldEvaluation): Promise<string | null> {
  return findUnaskable(held.request) ?? (await findRefusal(hearing, held))
}

/** Why an approval that was shown does not count for this. */
async function findShownFault({ store, atMs }: Hearing, held: HeldEvaluation, shown: string): Promise<ShownFault> {
  const row = await store.approval(shown)
  if (row?.subject !== 'call' || row.subjectId !== held.lineage.own.task.id) return 'approval_unverifiable'
  if (row.state === 'pending' || row.state === 'denied') return 'approval_unverifiable'
  const isSame = row.digest === held.action.digest
  if (row.envelope === undefined && !isSame) return 'out_of_scope' // whether or not it has been used for what it was for
  if (row.state !== 'approved' || atMs >= row.expiresMs) return 'approval_expired'
  return row.envelope === undefined ? 'approval_expired' : 'out_of_scope'
}

/**
 * Puts the question to people. Errors: `duplicate_request` where the same asks the same already, `rate_limited` where
 * the task, or the identity, has too many questions open, `not_requestable` for what nobody can be asked and what a person has said
 * no to, `request_invalid` for an envelope that cannot be given.
 */
export async function putRequest(
  hearing: Hearing<'evaluation'>,
  held: HeldEvaluation,
  used: UsedFacts,
  wanted: AccessWanted,
): Promise<Decision<'evaluation'>> {
  const unaskable = await findUnrequestable(hearing, held)
  if (unaskable !== null) throw new RemitError('not_requestable', { detail: unaskable })
  const taskId = held.lineage.own.task.id
  const [pending, same] = await Promise.all([
    hearing.store.pendingApprovalsOf(taskId, askedPerTaskMax),
    hearing.store.approvalsFor(taskId, held.action.digest),
  ])
  const open = pending.filter((row) => hearing.atMs < row.expiresMs)
  refuseTwice(
    [...open, ...same],
    await findUnspoilt(
      hearing,
      open.filter((row) => row.request?.by.id === wanted.by.id && isSame(hearing, row, held)),
    ),
    wanted,
  )
  const room = await findRoom(hearing, held, open)
  if (room.crowd !== null)
    throw new RemitError('rate_limited', { detail: room.crowd, facts: { retryAfterSeconds: LIMITS.askAgainSeconds } })
  const { keyDigest, bodyDigest, binding, evaluation, by, bundle, callback } = wanted
  const justification = shortenText(wanted.justification, LIMITS.textCharsMax)
  const { envelope } = wanted.wish
  const question = makeQuestion(hearing, held, {
    ...(by.id === held.lineage.own.identity.id ? {} : { askedBy: by.id }),
    ...tellWish(wanted, justification),
  })
  const fault = envelope === undefined ? null : findEnvelopeFault(question.call, envelope)
  if (fault !== null) throw new RemitError('request_invalid', { detail: fault })
  const approval: Approval = {
    ...question,
    id: wanted.id ?? question.id,
    requestedBy: unique([...question.requestedBy, by.id]),
    request: {
      by,
      keyDigest,
      bodyDigest,
      binding,
      evaluation,
      ...(bundle === undefined ? {} : { bundle }),
      ...(callback === undefined ? {} : { callback }),
    },
    ...(envelope === undefined ? {} : { proposed: envelope }),
  }
  return deny(hearing, {
    code: 'approval_required',
    reasons: held.needs,
    asked: held.verdict.asked,
    facts: {
      ...used,
      approvalId: approval.id,
      evaluation,
      justification,
      ...(envelope === undefined ? {} : { proposed: envelope }),
    },
    ask: {
      sentence: 'People have been asked; evaluate again with the approval once they have said yes.',
      approvalId: approval.id,
    },
    changes: [
      ...putQuestion(held.lineage.own.task, approval, room.taken),
      ...(callback === undefined ? [] : [insert('callbacks', { id: bundle?.id ?? approval.id, state: 'waiting' })]),
    ],
  })
}

/** What people are shown of the asking itself. */
function tellWish({ wish, bundle, together }: AccessWanted, justification: string): UsedFacts {
  return {
    ...(justification === '' ? {} : { justification }),
    ...(wish.untilMs === undefined ? {} : { requestedUntilMs: wish.untilMs }),
    ...(wish.isEmergency === true ? { emergency: true } : {}),
    ...(bundle === undefined || together === undefined ? {} : { askedTogether: `${bundle.at + 1} of ${together}` }),
  }
}

/** A key is for one submission, and the same is asked once at a time: by each who may ask, as each gets a yes of their own. */
function refuseTwice(
  known: readonly Approval[],
  again: Approval | undefined,
  { keyDigest, by, bodyDigest }: AccessWanted,
): void {
  const isMine = (row: Approval): boolean =>
    keyDigest !== null && row.request?.keyDigest === keyDigest && row.request.by.id === by.id
  const reused = known.find((row) => isMine(row) && row.request?.bodyDigest !== bodyDigest)
  const twice = reused ?? again
  if (twice === undefined) return
  const detail =
    reused === undefined ? 'This is being asked already.' : 'This Idempotency-Key came with another request.'
  throw new RemitError('duplicate_request', { detail, facts: { task: twice.id } })
}
