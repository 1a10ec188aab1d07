import type { AccessCallback } from '../src/contract/approval/access-request.ts'
import type { AccessApproval, AccessShown } from '../src/contract/approval/access-shown.ts'
import type { CallParts } from './call.ts'
import type { ActOutcome, EvaluationAnswer, EvaluationQuestion } from './evaluation-answers.ts'
import type { Envelope } from './nouns.ts'
import { isProblem, RemitProblem } from './problem.ts'
import { nobodyServes } from './unreachable.ts'

/** A question with the denial that it got: `context.access_request` says whether people can be asked. */
export interface DeniedEvaluation {
  readonly question: EvaluationQuestion
  readonly answer: EvaluationAnswer
}

/** How people are asked. */
export interface AccessWords {
  /** Shown to the people. */
  readonly justification?: string
  /** What a yes should be to, in place of exactly this, once. Of several, each. */
  readonly envelope?: Envelope
  /** Names the request, so that sending it again asks nobody twice; by default after what it is about. */
  readonly key?: string
  /** Where to be told of the end: an endpoint that the configuration of the server names. */
  readonly callback?: AccessCallback
}

/** How long to wait for people. */
export interface Patience {
  /** In milliseconds; ten minutes where not given. */
  readonly patienceMs?: number
  /** Waits between two looks, in place of a timer. */
  readonly sleep?: (ms: number) => Promise<void>
}

/** Asks for access, with the proof of whoever it was made for. Every refusal is thrown as `RemitProblem`. */
export interface AccessDesk {
  /** Asks about something; with the approval of an earlier request it may be permitted by that. */
  evaluate(question: EvaluationQuestion, approval?: AccessApproval): Promise<EvaluationAnswer>
  /**
   * Says how an act ended that this enforcement point was permitted, and that counted: once. Errors: `outcome_known`,
   * `outcome_late`, `budget_exceeded` where the result must not go through.
   */
  report(outcome: ActOutcome): Promise<{ readonly entry: number }>
  /** Puts what was denied to people: one, or up to 20 of one task. Errors: `not_requestable`, `expired_denial`, `duplicate_request`. */
  ask(denied: DeniedEvaluation | readonly DeniedEvaluation[], words?: AccessWords): Promise<AccessShown>
  /** Errors: `task_expired` once its `expires_at` is over. */
  show(id: string): Promise<AccessShown>
  /** Takes it back. Errors: `invalid_task_state` where everybody has answered, `task_expired` where its time is over. */
  cancel(id: string, comment?: string): Promise<AccessShown>
  /**
   * Looks until it is no longer pending, ever more seldom and no more often than the server says. What is pending still
   * after `patienceMs` is given as it is, and as `expired` where its time ended between two looks. Once it was seen it is waited
   * for also where no server serves for a while. Errors: `task_expired` where its time was over before the first look.
   */
  waitFor(id: string, patience?: Patience): Promise<AccessShown>
}

/** Sends one request to the server with a proof of who asks. */
export type ProvenSend = <Answer>(method: string, path: string, parts: CallParts) => Promise<Answer>

const PATIENCE_MS = 10 * 60_000
const [FIRST_WAIT_MS, LAST_WAIT_MS] = [2_000, 60_000]
/** So many that wait do not all look in the same moment. */
const SPREAD = 0.25
const REQUESTS = '/access/v1/requests'

/** Makes the desk; `evaluation` is where the same caller evaluates. */
export function createAccessDesk(send: ProvenSend): AccessDesk {
  const at = (id: string): string => `${REQUESTS}/${encodeURIComponent(id)}`
  return {
    evaluate: (question, approval) =>
      send('POST', '/access/v1/evaluation', {
        body: approval === undefined ? question : withApproval(question, approval),
      }),
    ask: async (denied, words = {}) => {
      const all = isList(denied) ? denied : [denied]
      const headers = { 'idempotency-key': words.key ?? `denial-${all.map(readEntry).join('-')}`.slice(0, 256) }
      return await send('POST', REQUESTS, { body: writeRequest(denied, words), headers })
    },
    report: (outcome) => send('POST', '/access/v1/outcome', { body: outcome }),
    show: (id) => send('GET', at(id), {}),
    cancel: (id, comment) => send('POST', `${at(id)}/cancel`, { body: comment === undefined ? {} : { comment } }),
    waitFor: (id, patience) => waitFor((parts) => send('GET', at(id), parts), patience),
  }
}

/** Gives the yes in a request for access: of one of several by its place. Throws `not_approved` where there is none. */
export function approvalIn({ task, result }: AccessShown, at?: number): AccessApproval {
  const found = at === undefined ? { status: task.status, result } : task.items?.[at]
  if (found?.status === 'approved' && found.result?.mode === 'reevaluate') return found.result.approval
  throw new RemitProblem('not_approved', 0, {
    detail: `The request ${task.id} is ${found?.status ?? 'not about that'}.`,
  })
}

function isList(denied: DeniedEvaluation | readonly DeniedEvaluation[]): denied is readonly DeniedEvaluation[] {
  return Array.isArray(denied)
}

function withApproval(question: EvaluationQuestion, approval: AccessApproval): EvaluationQuestion {
  return { ...question, context: { ...question.context, approval } }
}

const readEntry = ({ answer }: DeniedEvaluation): number => answer.context.entry

function writeRequest(denied: DeniedEvaluation | readonly DeniedEvaluation[], words: AccessWords): object {
  const { justification, envelope, callback } = words
  const [first] = isList(denied) ? denied : [denied]
  if (first === undefined) throw new RemitProblem('not_requestable', 0, { detail: 'Nothing was denied.' })
  const { subject, action, resource, context } = first.question
  const what = isList(denied)
    ? {
        items: denied.map((each) => ({
          action: each.question.action,
          resource: each.question.resource,
          denial: writeDenial(each),
        })),
      }
    : { action, resource, denial: writeDenial(first) }
  return {
    subject,
    ...what,
    context: { ...context, ...(justification === undefined ? {} : { business_justification: justification }) },
    ...(envelope === undefined ? {} : { requested_access: { 'dev.remit/envelope': envelope } }),
    ...(callback === undefined ? {} : { callback }),
  }
}

/** Nothing is asked about that was not told to be askable (profile, "PEP Processing Rules"). */
function writeDenial({ answer: { decision, context } }: DeniedEvaluation): object {
  const { access_request: way, evaluation_id, evaluated_at, reason } = context
  if (decision || way === undefined)
    throw new RemitProblem('not_requestable', 0, { detail: 'That evaluation says no way to ask for access.' })
  const { expires_at, binding_token, template } = way
  return { evaluation_id, evaluated_at, expires_at, reason, binding_token, template }
}

async function waitFor(
  look: (parts: CallParts) => Promise<AccessShown>,
  { patienceMs = PATIENCE_MS, sleep = pause }: Patience = {},
): Promise<AccessShown> {
  let [waitMs, leftMs, leastMs] = [FIRST_WAIT_MS, patienceMs, 0]
  const onHeaders = (headers: Headers): void => {
    leastMs = Math.max(0, Number(headers.get('retry-after') ?? 0) || 0) * 1000
  }
  let last: AccessShown | undefined
  for (;;) {
    const shown = await lookAgain(look({ onHeaders }), last)
    last = shown
    const nextMs = Math.max(leastMs, waitMs) * (1 + Math.random() * SPREAD)
    leftMs -= nextMs
    const isOver = Date.parse(shown.task.expires_at) <= Date.now()
    if (shown.task.status !== 'pending' || leftMs < 0 || isOver) return shown
    await sleep(nextMs)
    waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)
  }
}

/** What was seen before and is over now ended without an answer; where nobody serves it stands as it was seen. */
async function lookAgain(look: Promise<AccessShown>, last: AccessShown | undefined): Promise<AccessShown> {
  try {
    return await look
  } catch (error) {
    if (last !== undefined && nobodyServes(error)) return last
    if (last === undefined || !isProblem(error, 'task_expired')) throw error
    return { task: { ...last.task, status: 'expired' } }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
