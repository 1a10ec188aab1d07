import { NEXT_ACTIONS } from '../contract/approval/access-request.ts'
import {
  type AccessDenied,
  type AccessItemShown,
  type AccessResult,
  type AccessShown,
  DENIED_MEMBER,
} from '../contract/approval/access-shown.ts'
import type { AccessStatus } from '../contract/approval/access-status.ts'
import type { Approval } from '../contract/approval/approval.ts'
import type { Decision } from '../contract/decision.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import { countIn, membersIn, textIn, textsIn } from '../contract/told/data.ts'
import {
  type AccessAsker,
  type AccessTask,
  cancelAccess,
  endOf,
  findItem,
  showAccess,
  statusesOf,
} from '../flow/access/access-task.ts'
import type { DenialShown, ItemAsked } from '../flow/access/bind-denial.ts'
import { requestAccess } from '../flow/access/request-access.ts'
import type { House } from '../flow/house.ts'
import { toRfc3339 } from '../ground/clock.ts'
import { digestText } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import { findActorFault } from './claimed-actor.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

type Body = BodyOf<'accessRequest'>

/** The capability that the metadata names. */
export const ACCESS_CAPABILITY = 'urn:openid:authzen:capability:access-request'

const addressOf = (publicUrl: string, id = ''): string => `${publicUrl}/access/v1/requests${id === '' ? '' : `/${id}`}`

/** Submits an access request. */
export async function submitAccess({ house, caller, body, headers }: Context<Body, AccessAsker>): Promise<Reply> {
  const key = headers['idempotency-key'] ?? null
  if (key !== null && (key.length === 0 || key.length > LIMITS.requestIdCharsMax))
    throw new RemitError('request_invalid', { detail: 'The Idempotency-Key is empty or too long.' })
  const fault = findActorFault(body.client.actor, caller, house.publicUrl)
  if (fault !== null) throw new RemitError('request_invalid', { detail: fault })
  const justification = body.context['business_justification']
  const task = await requestAccess(house, caller, {
    items: readItems(body),
    bundle: readBundle(body),
    key,
    bodyDigest: digestText(JSON.stringify(body)), // as it was read: whatever texts stand in it
    justification: typeof justification === 'string' ? justification : '',
    callback: body.callback,
  })
  return answerTask(house, task, 202)
}

/** A denial beside the items stands for those that name none of their own; so does each wish. */
function readItems({ subject, context, items, denial, requested_access: wanted, ...one }: Body): readonly ItemAsked[] {
  const { action, resource } = one
  const all = items ?? (action === undefined || resource === undefined ? [] : [{ action, resource }]) // the form was checked
  return all.map((item) => {
    const {
      'dev.remit/envelope': envelope,
      requested_until: until,
      emergency: isEmergency,
    } = { ...wanted, ...('requested_access' in item ? item.requested_access : {}) }
    return {
      question: { subject, action: item.action, resource: item.resource, context },
      denial: readShown('denial' in item ? (item.denial ?? denial) : denial),
      wish: { envelope, untilMs: until === undefined ? undefined : Date.parse(until), isEmergency },
    }
  })
}

function readShown(denial: Body['denial']): DenialShown {
  const { evaluation_id: evaluationId, binding_token: bindingToken, expires_at: expiresAt } = denial ?? {}
  return { evaluationId, bindingToken, expiresAt }
}

/** What is asked together is told again with its answer: it is kept, and so it is bounded. */
function readBundle({ items }: Body): AccessTask['items'] {
  if (items === undefined) return null
  const bundle = items.map(({ resource, action }) => ({
    resource: withoutEmpty(resource),
    action: withoutEmpty(action),
  }))
  if (Buffer.byteLength(JSON.stringify(bundle)) <= LIMITS.accessItemsBytesMax) return bundle
  throw new RemitError('request_invalid', { detail: `The items have more than ${LIMITS.accessItemsBytesMax} bytes.` })
}

/** What was not submitted is not told. */
function withoutEmpty<T extends { readonly properties: object }>({
  properties,
  ...rest
}: T): object & Omit<T, 'properties'> {
  return Object.keys(properties).length === 0 ? rest : { ...rest, properties }
}

/** Says where an access request stands. */
export async function readAccess({ house, caller, params }: Context<null, AccessAsker>): Promise<Reply> {
  return answerTask(house, await showAccess(house, caller, params['id'] ?? ''), 200)
}

/** Takes an access request back. */
export async function withdrawAccess(context: Context<BodyOf<'accessCancel'>, AccessAsker>): Promise<Reply> {
  const { house, caller, params, body } = context
  const task = await cancelAccess(house, caller, params['id'] ?? '', body.comment ?? body.reason ?? 'taken back')
  return answerTask(house, task, 200)
}

function answerTask(house: Pick<House, 'publicUrl' | 'clock'>, asked: AccessTask, status: number): Reply {
  const { whole, each } = statusesOf(asked, house.clock.nowMs())
  const address = addressOf(house.publicUrl, asked.id)
  const task: AccessShown['task'] = {
    id: asked.id,
    status: whole,
    status_endpoint: address,
    progress: tellProgress(asked),
    expires_at: toRfc3339(endOf(asked)),
    links: { cancel: `${address}/cancel` },
    ...(asked.items === null ? tellNo(asked.first, whole) : { items: tellItems(asked, each) }),
  }
  const headers = {
    'content-type': 'application/json',
    ...(status === 202 ? { location: address } : {}),
    ...(whole === 'pending' ? { 'retry-after': String(LIMITS.requestPollSeconds) } : {}),
  }
  const result = asked.items === null ? tellResult(asked.first, whole) : {}
  return new Reply(status, headers, JSON.stringify({ task, ...result } satisfies AccessShown))
}

/** How many yes there are of how many it takes, of all that was asked together. */
function tellProgress({ approvals }: AccessTask): AccessShown['task']['progress'] {
  const total = approvals.reduce((sum, { seats }) => sum + seats.length, 0)
  const yes = approvals.reduce((sum, { votes }) => sum + votes.filter(({ verdict }) => verdict === 'approve').length, 0)
  return { current_step: Math.min(yes + 1, total), total_steps: total }
}

/** Each with what was submitted, in its order (profile, "Access Request Response"). */
function tellItems(asked: AccessTask, each: readonly AccessStatus[]): readonly AccessItemShown[] {
  return (asked.items ?? []).map(({ resource, action }, at) => {
    const status = each[at] ?? 'failed'
    const approval = findItem(asked, at)
    const end = approval === undefined ? {} : { ...tellResult(approval, status), ...tellNo(approval, status) }
    return { resource, action, status, ...end }
  })
}

/** What the person said who said no; not who it was. */
function tellNo({ votes }: Approval, status: AccessStatus): { readonly [DENIED_MEMBER]?: AccessDenied } {
  const no = status === 'denied' ? votes.find(({ verdict }) => verdict === 'deny') : undefined
  return no === undefined ? {} : { [DENIED_MEMBER]: { reason: no.reason, denied_at: toRfc3339(no.atMs) } }
}

function tellResult(approval: Approval, status: AccessStatus): { readonly result?: AccessResult } {
  if (status !== 'approved') return {}
  const { id, votes, expiresMs } = approval
  const approvedMs = Math.max(...votes.map((vote) => vote.atMs))
  return {
    result: {
      mode: 'reevaluate',
      approval: { id, approved_at: toRfc3339(approvedMs), approved_until: toRfc3339(expiresMs) },
    },
  }
}

/** Gives the members of an AuthZEN context that say how to ask, and what became of an approval that was shown. */
export function describeAccess(
  house: Pick<House, 'publicUrl' | 'clock' | 'denials'>,
  { fact, index }: Recorded<Decision<'evaluation'>>,
  isShown: boolean,
): object {
  const { data } = fact.entry
  if (fact.outcome === 'permit') {
    const id = textIn(data, 'approvalId')
    return id === null ? {} : { approval: { id } }
  }
  const way = fact.code === 'approval_required' ? tellWay(house, index, membersIn(data, 'access')) : null
  const fault = faultOf(textIn(membersIn(data, 'shown'), 'reason')) ?? (isShown ? 'policy_denied' : null)
  const next = fault === null ? null : NEXT_ACTIONS[fault]
  return {
    ...way,
    ...(way !== null || fault !== null ? { reason: fault ?? 'approval_required' } : {}),
    ...(next === null ? {} : { next_action: next === 'request' && way === null ? 'none' : next }),
  }
}

/** Null where nobody can be asked: its binding is then not on record. */
function tellWay(
  { publicUrl, clock, denials }: Pick<House, 'publicUrl' | 'clock' | 'denials'>,
  index: number,
  access: JsonObject,
): object | null {
  const [binding, expiresMs] = [textIn(access, 'binding'), countIn(access, 'expiresMs')]
  if (binding === null || expiresMs === null) return null
  const evaluationId = String(index)
  return {
    evaluation_id: evaluationId,
    evaluated_at: toRfc3339(clock.nowMs()),
    access_request: {
      endpoint: addressOf(publicUrl),
      template: 'approval',
      expires_at: toRfc3339(expiresMs),
      binding_token: denials.sign({ evaluationId, binding, members: textsIn(access, 'members'), expiresMs }),
    },
  }
}

function faultOf(word: string | null): keyof typeof NEXT_ACTIONS | null {
  return word !== null && Object.hasOwn(NEXT_ACTIONS, word) ? (word as keyof typeof NEXT_ACTIONS) : null // it has the row
}
