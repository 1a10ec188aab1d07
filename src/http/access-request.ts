import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import { NEXT_ACTIONS } from '../contract/access-request.ts'
import { type Approval, tallyVotes } from '../contract/approval.ts'
import type { Decision } from '../contract/decision.ts'
import { countIn, membersIn, textIn } from '../contract/told.ts'
import { cancelAccess, requestAccess, showAccess } from '../flow/request-access.ts'
import { toRfc3339 } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

type Asker = PersonCaller | AgentCaller

/** The capability that the metadata names. */
export const ACCESS_CAPABILITY = 'urn:openid:authzen:capability:access-request'

const addressOf = (publicUrl: string, id = ''): string => `${publicUrl}/access/v1/requests${id === '' ? '' : `/${id}`}`

/** Submits an access request. */
export async function submitAccess({
  house,
  caller,
  body,
  headers,
}: Context<BodyOf<'accessRequest'>, Asker>): Promise<Reply> {
  const { subject, action, resource, context, denial, requested_access: wanted } = body
  const key = headers['idempotency-key'] ?? null
  if (key !== null && (key.length === 0 || key.length > LIMITS.requestIdCharsMax))
    throw new RemitError('request_invalid', { detail: 'The Idempotency-Key is empty or too long.' })
  const justification = context['business_justification']
  const approval = await requestAccess(house, caller, {
    question: { subject, action, resource, context },
    evaluationId: denial.evaluation_id,
    key,
    justification: typeof justification === 'string' ? justification : '',
    proposed: wanted['dev.remit/envelope'],
  })
  return answerTask(house.publicUrl, approval, house.clock.nowMs(), 202)
}

/** Says where an access request stands. */
export async function readAccess({ house, caller, params }: Context<null, Asker>): Promise<Reply> {
  const approval = await showAccess(house, caller, params['id'] ?? '')
  return answerTask(house.publicUrl, approval, house.clock.nowMs(), 200)
}

/** Takes an access request back. */
export async function withdrawAccess(context: Context<BodyOf<'accessCancel'>, Asker>): Promise<Reply> {
  const { house, caller, params, body } = context
  const approval = await cancelAccess(house, caller, params['id'] ?? '', body.comment ?? body.reason ?? 'taken back')
  return answerTask(house.publicUrl, approval, house.clock.nowMs(), 200)
}

function answerTask(publicUrl: string, approval: Approval, nowMs: number, status: number): Reply {
  const state = stateOf(approval, nowMs)
  const address = addressOf(publicUrl, approval.id)
  const yes = approval.votes.filter((vote) => vote.verdict === 'approve').length
  const task = {
    id: approval.id,
    status: state,
    status_endpoint: address,
    progress: { current_step: Math.min(yes + 1, approval.seats.length), total_steps: approval.seats.length },
    expires_at: toRfc3339(approval.expiresMs),
    links: { cancel: `${address}/cancel` },
  }
  const headers = {
    'content-type': 'application/json',
    ...(status === 202 ? { location: address } : {}),
    ...(state === 'pending' ? { 'retry-after': String(LIMITS.requestPollSeconds) } : {}),
  }
  const result = state === 'approved' ? { result: { mode: 'reevaluate', approval: tellApproved(approval) } } : {}
  return new Reply(status, headers, JSON.stringify({ task, ...result }))
}

function tellApproved({ id, votes, expiresMs }: Approval): object {
  const approvedMs = Math.max(...votes.map((vote) => vote.atMs))
  return { id, approved_at: toRfc3339(approvedMs), approved_until: toRfc3339(expiresMs) }
}

/** A yes stays one in this list: whether it still counts, the next evaluation says. */
function stateOf(approval: Approval, nowMs: number): string {
  if (approval.state === 'cancelled' || approval.state === 'denied') return approval.state
  if (tallyVotes(approval) === 'approved') return 'approved'
  return approval.state === 'pending' && nowMs < approval.expiresMs ? 'pending' : 'expired'
}

/** Gives the members of an AuthZEN context that say how to ask, and what became of an approval that was shown. */
export function describeAccess(
  publicUrl: string,
  { fact, index }: Recorded<Decision<'evaluation'>>,
  atMs: number,
  isShown: boolean,
): object {
  const { data } = fact.entry
  if (fact.outcome === 'permit') {
    const id = textIn(data, 'approvalId')
    return id === null ? {} : { approval: { id } }
  }
  const access = membersIn(data, 'access')
  const expiresMs = countIn(access, 'expiresMs')
  const isAskable = fact.code === 'approval_required' && expiresMs !== null
  const fault = faultOf(textIn(membersIn(data, 'shown'), 'reason')) ?? (isShown ? 'policy_denied' : null)
  const next = fault === null ? null : NEXT_ACTIONS[fault]
  return {
    ...(isAskable
      ? {
          evaluation_id: String(index),
          evaluated_at: toRfc3339(atMs),
          access_request: {
            endpoint: addressOf(publicUrl),
            template: 'approval',
            expires_at: toRfc3339(expiresMs),
          },
        }
      : {}),
    ...(isAskable || fault !== null ? { reason: fault ?? 'approval_required' } : {}),
    ...(next === null ? {} : { next_action: next === 'request' && !isAskable ? 'none' : next }),
  }
}

function faultOf(word: string | null): keyof typeof NEXT_ACTIONS | null {
  return word !== null && Object.hasOwn(NEXT_ACTIONS, word) ? (word as keyof typeof NEXT_ACTIONS) : null // it has the row
}
