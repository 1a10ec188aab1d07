import { actorOf } from '../../authenticate/actor.ts'
import type { AccessWish } from '../../contract/approval/access-request.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import { countIn, membersIn, textIn, textsIn } from '../../contract/told/data.ts'
import { bindQuestion, withContext } from '../../decide/approval/evaluated.ts'
import type { EvaluationRequest } from '../../decide/requests.ts'
import { toRfc3339 } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import type { House } from '../house.ts'
import type { AccessAsker } from './access-task.ts'

/** What says which denied evaluation is asked about, as it was told: one of the first two at least. */
export interface DenialShown {
  /** Index of the entry of the denied evaluation. */
  readonly evaluationId?: string | undefined
  readonly bindingToken?: string | undefined
  /** RFC 3339. */
  readonly expiresAt?: string | undefined
}

/** One thing that somebody asks people for. */
export interface ItemAsked {
  readonly question: EvaluationRequest
  readonly denial: DenialShown
  readonly wish: AccessWish
}

/** The same, held against the denial on record. */
export interface BoundItem {
  /** With no more of its context than what was decided on. */
  readonly question: EvaluationRequest
  readonly wish: AccessWish
  readonly binding: string
  readonly evaluation: number
  readonly taskId: string
  readonly expiresMs: number
}

/**
 * Finds the denied evaluation and holds what is asked against it. Whether it is too old is for whoever asks. Errors:
 * `invalid_denial_binding`, `not_requestable`.
 */
export async function bindDenial(
  house: House,
  caller: AccessAsker,
  { question: whole, denial, wish }: ItemAsked,
): Promise<BoundItem> {
  const signed = denial.bindingToken === undefined ? undefined : house.denials.open(denial.bindingToken)
  const id = denial.evaluationId ?? signed?.evaluationId
  if (id === undefined) return refuse('It names no evaluation, by its evaluation_id or its binding_token.')
  if (signed !== undefined && signed.evaluationId !== id) return refuse('The binding_token is of another evaluation.')
  const { entry, index } = await readDenial(house, id)
  if (!isTold(caller, entry)) return refuse('That evaluation was denied to somebody else; evaluate yourself.')
  const access = membersIn(entry.data, 'access')
  const known = textIn(access, 'binding')
  const taskId = textIn(entry.data, 'taskId')
  const expiresMs = countIn(access, 'expiresMs')
  if (entry.data['code'] !== 'approval_required' || known === null || taskId === null || expiresMs === null)
    throw new RemitError('not_requestable', { detail: 'That evaluation was not denied for want of an approval.' })
  const question = withContext(whole, textsIn(access, 'members'))
  const { binding } = bindQuestion(question)
  if (known !== binding || (signed !== undefined && (signed.binding !== binding || signed.expiresMs !== expiresMs)))
    throw new RemitError('invalid_denial_binding')
  if (denial.expiresAt !== undefined && denial.expiresAt !== toRfc3339(expiresMs))
    return refuse('Its expires_at is not that of the denial.')
  return { question, wish, binding, evaluation: index, taskId, expiresMs }
}

async function readDenial(house: House, id: string): Promise<{ readonly entry: LogEntry; readonly index: number }> {
  const index = /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : -1
  const [placed] = index < 0 ? [] : await house.log.entriesBetween(index, index + 1)
  const { entry } = placed ?? {}
  if (entry?.kind !== 'decision.denial' || entry.data['decision'] !== 'evaluation')
    return refuse('No evaluation of this id was denied.')
  return { entry, index }
}

/** What one enforcement point was denied, another one asks people nothing by: it would take the place of who was denied. */
function isTold(caller: AccessAsker, { actor, data }: LogEntry): boolean {
  const { id } = actorOf(caller)
  return caller.kind === 'person' || actor.id === id || textIn(data, 'identityId') === id
}

function refuse(detail: string): never {
  throw new RemitError('invalid_denial_binding', { detail })
}
