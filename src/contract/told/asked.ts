import type { LogEntry } from '../log-entry.ts'
import { isMembers } from '../read-entry.ts'
import { identityIdOf } from './about.ts'
import { textIn } from './data.ts'

/** What one asker was answered about one identity (AuthZEN). A question that is denied need not be an act that was stopped. */
export interface ToldAnswers {
  readonly by: { readonly kind: string; readonly id: string }
  permits: number
  denials: number
  /** Of the permits, those that count as acts: an entitlement says that their asker lets happen what it is told yes to. */
  acts: number
}

/** What was asked about each identity, by its id and by who asked. What is about none that is known is under no id. */
export type ToldAsked = Map<string, Map<string, ToldAnswers>>

/**
 * The identity whose own request an entry decides: for a task, a credential, a part of a task, a call through the gateway,
 * or leave to ask about others. Null for what was asked about it, by whomever, and for what no identity asked for. A yes of a
 * domain to the gateway is none either: the call is decided after it, and counts once.
 */
export function requesterOf(entry: LogEntry): string | null {
  if (isQuestion(entry) || (entry.kind === 'decision.permit' && isMapped(entry.data))) return null
  if (entry.actor.kind === 'identity') return entry.actor.id
  return textIn(entry.data, 'decision') === 'evaluation' ? null : identityIdOf(entry)
}

/** True for an answer to somebody who asked what may be done: not where they may not ask, nor where the gateway asks for a call. */
export function isQuestion({ kind, data }: { readonly kind: string; readonly data: LogEntry['data'] }): boolean {
  return (
    kind.startsWith('decision.') &&
    textIn(data, 'decision') === 'evaluation' &&
    textIn(data, 'code') !== 'asker_refused' &&
    !isMapped(data)
  )
}

/** Of logs before it was told, only the permits say by their reasons that the gateway asked. */
function isMapped({ mapped, reasons }: LogEntry['data']): boolean {
  const isSaid = (reason: unknown): boolean => isMembers(reason) && reason['rule'] === 'law:mapped'
  return mapped === true || (Array.isArray(reasons) && reasons.some(isSaid))
}

/** Counts an answer under whom it is about and who asked; nothing where it answers no question. */
export function tellAnswer(asked: ToldAsked, entry: LogEntry): void {
  if (!isQuestion(entry)) return
  const { kind, actor, data } = entry
  const about = askedAbout(entry)
  const answers = asked.get(about) ?? new Map<string, ToldAnswers>()
  asked.set(about, answers)
  const key = `${actor.kind}/${actor.id}`
  const known = answers.get(key) ?? { by: { kind: actor.kind, id: actor.id }, permits: 0, denials: 0, acts: 0 }
  answers.set(key, known)
  if (kind === 'decision.denial') known.denials += 1
  else known.permits += 1
  if (kind === 'decision.permit' && data['counts'] === true) known.acts += 1
}

/** Who it is about as Remit found it out: what a question says itself may name anybody, in the words of any application. */
function askedAbout({ data, actor, subject }: LogEntry): string {
  const isOwn = actor.kind === 'identity' && [actor.id, actor.chain?.at(-1)?.taskId].includes(subject.id)
  return textIn(data, 'identityId') ?? (isOwn ? actor.id : '')
}
