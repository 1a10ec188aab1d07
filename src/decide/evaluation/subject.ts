import type { Caller } from '../../authenticate/caller.ts'
import { ACTION_CLASSES } from '../../contract/action-class.ts'
import type { Kept } from '../../contract/change.ts'
import type { Decision } from '../../contract/decision.ts'
import type { ToolRule } from '../../contract/register/purpose.ts'
import type { Task } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nearestScope } from '../coverage.ts'
import { describeIdentity } from '../describe.ts'
import { shortenText, type UsedFacts } from '../facts/fit-data.ts'
import { deny, type Hearing } from '../hearing.ts'
import { type Member, type readLineage, readMembers } from '../lineage.ts'
import type { EvaluationRequest } from '../requests.ts'

/** Who is asked about: a task; an identity of which no task is named; or nobody. */
export type Subject =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'taskless'; readonly member: Member }
  | {
      readonly kind: 'task'
      readonly task: {
        readonly id: string
        readonly chain: Parameters<typeof readLineage>[1]['chain']
        readonly identityId: string
      }
    }

const SUBJECT_TYPES: readonly string[] = ['identity', 'agent', 'task']

/** Finds who is asked about: a task, or an identity with the task that the question names for it. */
export async function findSubject(hearing: Hearing, { subject, context }: EvaluationRequest): Promise<Subject> {
  const { store, atMs } = hearing
  if (
    !SUBJECT_TYPES.includes(subject.type) ||
    subject.id.length > LIMITS.resourceCharsMax ||
    !subject.id.isWellFormed()
  )
    return { kind: 'unknown' }
  if (subject.type === 'task') {
    const [task] = await store.tasks([subject.id])
    return task === undefined ? { kind: 'unknown' } : { kind: 'task', task }
  }
  const [byId] = await store.identities([subject.id])
  const identity = byId ?? (await store.identityNamed(subject.id))
  if (identity === undefined) return { kind: 'unknown' }
  const taskId = readTaskId(context) ?? readTaskId(subject.properties)
  const [task] = taskId === undefined ? [] : await store.tasks([taskId])
  if (task !== undefined && task.identityId === identity.id) return { kind: 'task', task }
  const [member] = await readMembers(store, [identity], atMs)
  return member === undefined ? { kind: 'unknown' } : { kind: 'taskless', member }
}

/** Gives the task that a question is about; undefined where it names none that there is. */
export async function findTaskAsked(
  { store }: Hearing,
  { subject, context }: EvaluationRequest,
): Promise<Kept<Task> | undefined> {
  const id = subject.type === 'task' ? subject.id : (readTaskId(context) ?? readTaskId(subject.properties))
  return id === undefined || id.length > LIMITS.nameCharsMax || !id.isWellFormed()
    ? undefined
    : (await store.tasks([id]))[0]
}

function readTaskId(properties: Readonly<Record<string, unknown>>): string | undefined {
  const value = Object.hasOwn(properties, 'task') ? properties['task'] : undefined
  return typeof value === 'string' && value.length <= LIMITS.nameCharsMax && value.isWellFormed() ? value : undefined
}

/** Everyone asks about itself; about anybody else only who has leave to. */
export function isAboutSelf(by: Caller, subject: Subject): boolean {
  if (by.kind === 'person') return false
  if (subject.kind === 'task') return subject.task.identityId === by.identity.id
  return subject.kind === 'taskless' && subject.member.identity.id === by.identity.id
}

/** Gives the no about somebody who is not here. */
export function denySubject(
  hearing: Hearing<'evaluation'>,
  facts: UsedFacts,
  rule: string,
  sentence: string,
): Decision<'evaluation'> {
  return deny(hearing, {
    code: 'denied',
    reasons: [{ rule, sentence }],
    facts,
    ask: { sentence: 'Name an identity or a task that is registered here.' },
  })
}

/** Gives the no about an identity of which the question names no task: nothing acts without one. */
export async function denyTaskless(
  hearing: Hearing<'evaluation'>,
  request: EvaluationRequest,
  member: Member,
  asked: UsedFacts,
): Promise<Decision<'evaluation'>> {
  const action = shortenText(request.action.name, LIMITS.nameCharsMax)
  const wanted = [{ action, resource: nameResource(request) }]
  const rule = await readRule(hearing, request.action.name)
  const nearest = nearestScope(wanted, member.entitlements, ACTION_CLASSES, rule === undefined ? [] : [rule])
  return deny(hearing, {
    code: 'task_not_active',
    reasons: [
      { rule: 'law:task', sentence: 'Nothing acts without a task, and the question names none of this identity.' },
    ],
    facts: {
      ...asked,
      identityId: member.identity.id,
      identity: describeIdentity(member.identity),
    },
    nearest,
    ask: { sentence: 'Open a task, and name it as subject, or in context.task.' },
  })
}

/** Reads how an action was reviewed; undefined where it names no reviewed tool. */
export async function readRule(hearing: Hearing, name: string): Promise<Kept<ToolRule> | undefined> {
  const at = name.indexOf('/')
  return at > 0 && name.length <= LIMITS.resourceCharsMax && name.isWellFormed()
    ? await hearing.store.toolRule(name.slice(0, at), name.slice(at + 1))
    : undefined
}

/** A resource of type `resource` is named by its id alone, any other by `type:id`. */
export function nameResource({ resource }: EvaluationRequest): string {
  return resource.type === 'resource' ? resource.id : `${resource.type}:${resource.id}`
}
