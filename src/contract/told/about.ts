import type { EntryKind, LogEntry } from '../log-entry.ts'
import { ownDomain } from '../policy.ts'
import { isMembers } from '../read-entry.ts'
import type { Scope } from '../scope.ts'
import { membersIn, scopeIn, textIn } from './data.ts'

const OUTCOMES: ReadonlySet<string> = new Set([
  'credential.issued',
  'credential.failed',
  'call.finished',
  'act.reported',
] satisfies EntryKind[])

/** What another application's policies decide is about nobody's task here. */
export function isOfOtherDomain({ data }: Pick<LogEntry, 'data'>): boolean {
  const { decision, domain } = data
  return (
    decision === 'evaluation' && isMembers(domain) && typeof domain['name'] === 'string' && domain['name'] !== ownDomain
  )
}

/**
 * True where the subject of an entry is in the words of who asked, and nothing that Remit found: it may be called a task, and be
 * anything of another application, or name the task of anybody.
 */
function isSubjectSaid(entry: LogEntry): boolean {
  return isOfOtherDomain(entry) || textIn(entry.data, 'code') === 'asker_refused'
}

/** The task that an entry is about; null where it is about none. */
export function taskIdOf(entry: LogEntry): string | null {
  const { data, subject, actor } = entry
  const named = textIn(data, 'taskId') ?? textIn(membersIn(data, 'task'), 'id')
  const isTask = subject.kind === 'task' && !isSubjectSaid(entry)
  return named ?? (isTask ? subject.id : (actor.chain?.at(-1)?.taskId ?? null))
}

/** The identity that an entry is about: of a task that is handed on, the one that takes it. Null where it is about none. */
export function identityIdOf(entry: LogEntry): string | null {
  const { data, actor, subject } = entry
  const handed = textIn(data, 'decision') === 'delegation' ? textIn(membersIn(data, 'helper'), 'id') : null
  const named = handed ?? textIn(data, 'identityId') ?? textIn(membersIn(data, 'identity'), 'id')
  const isIdentity = subject.kind === 'identity' && !isSubjectSaid(entry)
  return named ?? (isIdentity ? subject.id : actor.kind === 'identity' ? actor.id : null)
}

/** The task out of which another one is opened; null for one of its own. */
export function parentIdOf({ data }: LogEntry): string | null {
  const handed = textIn(data, 'decision') === 'delegation' ? textIn(membersIn(data, 'task'), 'id') : null
  return textIn(data, 'parentId') ?? handed
}

/** The scope of a task that is opened; null where the entry does not say all of it. */
export function scopeOf({ data }: LogEntry): Scope | null {
  return scopeIn(data, 'scope') ?? scopeIn(membersIn(data, 'asked'), 'scope')
}

/** True for what becomes of a permit: each permit has one at most. */
export function isOutcome(kind: string): boolean {
  return OUTCOMES.has(kind)
}

/** Gives the approvals that an entry uses up: a counter that it touched. */
export function usesOf(entry: LogEntry): readonly string[] {
  return entry.touched.flatMap((row) => /^approval_uses\/([^@]+)$/.exec(row)?.[1] ?? [])
}

/** The task that an entry opens, activates or ends. */
export function openedTaskIdOf({ data, subject }: LogEntry): string {
  return textIn(data, 'taskId') ?? subject.id
}

/** True where the entry is the permit that opens a task. */
export function opensTask({ kind, data }: Pick<LogEntry, 'kind' | 'data'>): boolean {
  return kind === 'decision.permit' && ['task', 'delegation'].includes(textIn(data, 'decision') ?? '')
}

/** The binding of the workload that a decision answers. */
export function bindingIdOf({ data }: LogEntry): string | null {
  return textIn(data, 'bindingId') ?? textIn(membersIn(data, 'binding'), 'id')
}
