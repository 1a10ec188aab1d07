import type { LogEntry } from '../log-entry.ts'
import { openedTaskIdOf, opensTask, taskIdOf, usesOf } from './about.ts'
import { textIn, textsIn } from './data.ts'

/**
 * The identities, tasks, approvals, grants to act and policies (by their version and by their digest) of which an entry tells more
 * than that one more thing was done: whoever takes in all entries that tell of one of them, in order, knows of it what who takes in
 * every entry knows. What was counted is left out, as most of what an identity does tells nothing else of it.
 */
export function idsToldOf(entry: LogEntry): ReadonlySet<string> {
  const { kind, data, subject, policy = null } = entry
  const approvalId = textIn(data, 'approvalId')
  const decided = kind.startsWith('decision.') ? taskIdOf(entry) : null
  const ids = [approvalId, ...usesOf(entry)]
  if (kind.startsWith('identity.')) ids.push(textIn(data, 'identityId') ?? subject.id)
  if (approvalId !== null) ids.push(textIn(data, 'subjectId') ?? decided ?? subject.id)
  if (opensTask(entry) || kind === 'task.activated' || kind === 'task.ended') ids.push(openedTaskIdOf(entry))
  if (kind === 'task.ended') ids.push(...textsIn(data, 'approvals'))
  if (subject.kind === 'delegation') ids.push(subject.id)
  if (kind === 'policy.loaded' || kind === 'policy.published') ids.push(subject.id, policy)
  return new Set(ids.filter((id) => id !== null))
}
