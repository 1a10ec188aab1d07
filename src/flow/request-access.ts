import { actorOf } from '../authenticate/actor.ts'
import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import type { Approval } from '../contract/approval.ts'
import { type Fact, type Kept, update } from '../contract/change.ts'
import type { Decision } from '../contract/decision.ts'
import type { Envelope } from '../contract/envelope.ts'
import type { Actor, LogEntry } from '../contract/log-entry.ts'
import { countIn, membersIn, textIn, textsIn } from '../contract/told.ts'
import { bindQuestion, withContext } from '../decide/approval/evaluated.ts'
import type { EvaluationRequest } from '../decide/requests.ts'
import { digestText } from '../ground/digest.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { decideAndRecord } from './decision.ts'
import type { House } from './house.ts'

type Asker = AgentCaller | PersonCaller

/** What somebody asks people for, following a denied evaluation. */
export interface AccessAsked {
  readonly question: EvaluationRequest
  /** Index of the entry of the denied evaluation, as it was told. */
  readonly evaluationId: string
  /** The `Idempotency-Key`; null where none came with it. */
  readonly key: string | null
  readonly justification: string
  readonly proposed?: Envelope | undefined
}

/**
 * Puts a denied evaluation to people (AuthZEN access-request profile). It is decided again first, so that nobody is
 * asked for what a yes would not change. The same key with the same request gives the same task.
 * Errors: `invalid_denial_binding`, `expired_denial`, `not_requestable`, `duplicate_request`, `rate_limited`,
 * `request_invalid` for an envelope that cannot be given.
 */
export async function requestAccess(
  house: House,
  caller: Asker,
  asked: AccessAsked,
): Promise<Kept<Approval> | Approval> {
  const { entry, index } = await readDenial(house, asked.evaluationId)
  const access = membersIn(entry.data, 'access')
  const question = withContext(asked.question, textsIn(access, 'members'))
  const { binding } = bindQuestion(question)
  if (entry.data['code'] !== 'approval_required' || textIn(access, 'binding') === null)
    throw new RemitError('not_requestable', { detail: 'That evaluation was not denied for want of an approval.' })
  if (textIn(access, 'binding') !== binding) throw new RemitError('invalid_denial_binding')
  const by = actorOf(caller)
  const keyDigest = asked.key === null ? null : digestText(asked.key)
  const same = { by, keyDigest, binding }
  const before = await findBefore(house, entry, same)
  if (before !== undefined) return before
  if (house.clock.nowMs() >= (countIn(access, 'expiresMs') ?? 0)) throw new RemitError('expired_denial')
  const { justification, proposed } = asked
  const wanted = { by: { kind: by.kind, id: by.id }, keyDigest, binding, evaluation: index, justification, proposed }
  try {
    const { fact } = await decideAndRecord(house, () => putToPeople(house, question, caller, wanted))
    return await readTask(house, textIn(fact.entry.data, 'approvalId') ?? '')
  } catch (error) {
    // the same, with the same key, may have been put at the same moment
    const after = isError(error, 'duplicate_request') ? await findBefore(house, entry, same) : undefined
    if (after === undefined) throw error
    return after
  }
}

async function putToPeople(
  house: House,
  ...asked: Parameters<House['decide']['access']>
): Promise<Decision<'evaluation'>> {
  const decision = await house.decide.access(...asked)
  if (decision.outcome === 'permit')
    throw new RemitError('not_requestable', { detail: 'It would be permitted now: evaluate again.' })
  if (decision.ask?.approvalId === undefined)
    throw new RemitError('not_requestable', { detail: decision.reasons[0]?.sentence ?? 'No yes would change it.' })
  return decision
}

async function readDenial(house: House, id: string): Promise<{ readonly entry: LogEntry; readonly index: number }> {
  const index = /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : -1
  const [placed] = index < 0 ? [] : await house.log.entriesBetween(index, index + 1)
  const { entry } = placed ?? {}
  if (entry?.kind !== 'decision.denial' || entry.data['decision'] !== 'evaluation')
    throw new RemitError('invalid_denial_binding', { detail: 'No evaluation of this id was denied.' })
  return { entry, index }
}

/** Finds what the same asker has asked with the same key, whatever became of it. */
async function findBefore(
  house: House,
  { data }: LogEntry,
  same: { readonly by: Actor; readonly keyDigest: string | null; readonly binding: string },
): Promise<Kept<Approval> | undefined> {
  const taskId = textIn(data, 'taskId')
  if (same.keyDigest === null || taskId === null) return undefined
  const known = await house.register.approvalsAbout(taskId)
  const found = known.find(({ request }) => request?.keyDigest === same.keyDigest && request.by.id === same.by.id)
  if (found !== undefined && found.request?.binding !== same.binding)
    throw new RemitError('duplicate_request', {
      detail: 'This Idempotency-Key came with another request.',
      facts: { task: found.id },
    })
  return found
}

/** Gives a request for access that is the caller's to see. Errors: `unknown_task`. */
export async function showAccess(house: House, caller: Asker, id: string): Promise<Kept<Approval>> {
  const approval = await readTask(house, id)
  if (caller.kind === 'person' || (await isTheirs(house, caller, approval))) return approval
  throw new RemitError('unknown_task')
}

async function readTask(house: House, id: string): Promise<Kept<Approval>> {
  const approval = await house.register.approval(id)
  if (approval?.request === undefined) throw new RemitError('unknown_task')
  return approval
}

/** Who asked, and the identity that it is about: another instance of either may carry on. */
async function isTheirs(house: House, caller: AgentCaller, approval: Approval): Promise<boolean> {
  if (approval.request?.by.id === caller.identity.id) return true
  return (await house.register.task(approval.subjectId))?.identityId === caller.identity.id
}

/** Takes a request back that nobody has answered yet. Errors: `unknown_task`, `invalid_task_state`. */
export async function cancelAccess(house: House, caller: Asker, id: string, reason: string): Promise<Approval> {
  for (let tries = 1; ; tries++) {
    const approval = await showAccess(house, caller, id)
    if (caller.kind === 'person' && approval.request?.by.id !== caller.person.id) throw new RemitError('unknown_task')
    const isOpen = approval.state === 'pending' && house.clock.nowMs() < approval.expiresMs
    if (!isOpen) throw new RemitError('invalid_task_state')
    try {
      await house.log.record(cancelFact(approval, actorOf(caller), reason))
      return { ...approval, state: 'cancelled' }
    } catch (error) {
      // somebody voted, or cancelled, at the same moment: look again
      if (!isError(error, 'conflict') || tries >= LIMITS.decideRetriesMax) throw error
    }
  }
}

/** The fact that closes a question, or takes a yes back. */
export function cancelFact(approval: Kept<Approval>, actor: Actor, reason: string): Fact {
  return {
    entry: {
      kind: 'approval.cancelled',
      actor,
      subject: { kind: approval.subject, id: approval.subjectId },
      data: { approvalId: approval.id, before: approval.state, reason },
    },
    changes: [update('approvals', approval, { ...approval, state: 'cancelled' })],
  }
}
