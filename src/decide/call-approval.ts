import { type Approval, type ApprovalUse, newApproval } from '../contract/approval.ts'
import { type Change, insertApproval, type Kept, meter, requireVersion, update } from '../contract/change.ts'
import type { Denial, JudgedAction, Reason } from '../contract/decision.ts'
import type { Person } from '../contract/person.ts'
import type { Task } from '../contract/task.ts'
import { digestText } from '../ground/digest.ts'
import { LIMITS } from '../ground/limits.ts'
import { deny, type Hearing, type UsedFacts } from './hearing.ts'
import { isUsable } from './laws/act.ts'
import { type Lineage, unique } from './lineage.ts'
import { APPROVING_SEATS, askersOf } from './new-task.ts'
import type { PolicyVerdict } from './policy/ask-policies.ts'

/** An approval that covers exactly this call, with its count and those who gave it. */
export interface UsableApproval {
  readonly approval: Kept<Approval>
  readonly use: Kept<ApprovalUse>
  readonly voters: readonly Kept<Person>[]
}

/** A call that a person has to approve. */
export interface AskedCall {
  readonly action: JudgedAction
  readonly arguments: Readonly<Record<string, unknown>>
  readonly needs: readonly Reason[]
  readonly lineage: Lineage
  /** What the policies say to it, once a person has approved it. */
  readonly verdict: PolicyVerdict
}

/** Finds an approval of exactly this call that still counts, given by people who are still here. */
export async function findUsable(
  hearing: Hearing,
  lineage: Lineage,
  digest: string,
): Promise<UsableApproval | undefined> {
  const { store, atMs } = hearing
  const subjectId = lineage.own.task.id
  const approvals = await store.approvalsFor(subjectId, digest)
  const [uses, persons] = await Promise.all([
    store.approvalUses(approvals.map((row) => row.id)),
    store.persons(unique(approvals.flatMap((row) => row.votes.map((vote) => vote.personId)))),
  ])
  const present = new Map(persons.filter((person) => person.state === 'active').map((person) => [person.id, person]))
  const chain = barredBy(lineage)
  for (const approval of approvals) {
    const use = uses.find((row) => row.approvalId === approval.id)
    const voters = approval.votes.flatMap((vote) => present.get(vote.personId) ?? [])
    const isGivenByPresent = voters.length === approval.votes.length
    if (use !== undefined && isGivenByPresent && isUsable(approval, { subjectId, digest, atMs, uses: use.uses, chain }))
      return { approval, use, voters }
  }
  return undefined
}

/** Gives the changes that use it up: the count inside its bound, and the row and its voters as they were read. */
export function spendApproval({ approval, use, voters }: UsableApproval): readonly Change[] {
  const isLast = use.uses + 1 >= approval.usesMax
  const count = meter('approval_uses', approval.id, { add: { uses: 1 }, raise: {}, atMost: { uses: approval.usesMax } })
  return [
    isLast ? update('approvals', approval, { ...approval, state: 'used' }) : requireVersion('approvals', approval),
    count,
    ...voters.map((person) => requireVersion('persons', person)),
  ]
}

/** Denies for now, and puts the question to people; once, however often the call is repeated meanwhile. */
export async function askForCall(hearing: Hearing<'call'>, asked: AskedCall, used: UsedFacts): Promise<Denial<'call'>> {
  const taskId = asked.lineage.own.task.id
  const pending = await hearing.store.pendingApprovalsOf(taskId, LIMITS.pendingCallApprovalsMax)
  const open = pending.filter((row) => hearing.atMs < row.expiresMs)
  const same = open.find((row) => row.subject === 'call' && row.digest === asked.action.digest)
  const no = { code: 'approval_required', reasons: asked.needs, asked: asked.verdict.asked } as const
  if (same === undefined && open.length >= LIMITS.pendingCallApprovalsMax) {
    return deny(hearing, {
      ...no,
      facts: used,
      ask: { sentence: 'Too many questions of this task are open; wait until they are answered.' },
    })
  }
  const unreadable = findUnreadable(asked.arguments)
  if (unreadable !== null) return deny(hearing, { ...no, facts: used, ask: { sentence: unreadable } })
  const approval = same ?? makeQuestion(hearing, asked)
  const changes = same === undefined ? putQuestion(asked.lineage.own.task, approval) : []
  const sentence = `A person with the role approver can approve exactly this call (${approval.id}); then send it again, unchanged.`
  return deny(hearing, {
    ...no,
    facts: { ...used, approvalId: approval.id },
    ask: { sentence, approvalId: approval.id },
    changes,
  })
}

/** The task goes on by a version, so that of calls that ask at once one puts the question and the others find it. */
function putQuestion(task: Kept<Task>, approval: Approval): readonly Change[] {
  return [...insertApproval(approval), update('tasks', task, task)]
}

function makeQuestion(hearing: Hearing, asked: AskedCall): Approval {
  const { own, links } = asked.lineage
  return newApproval({
    id: hearing.ids.next('approval'),
    subject: 'call',
    subjectId: own.task.id,
    digest: asked.action.digest,
    asked: {
      action: asked.action.name,
      actionClass: asked.action.actionClass,
      resources: asked.action.resources,
      resultIntegrity: asked.action.resultIntegrity,
      definitionDigest: asked.action.definitionDigest,
      arguments: showArguments(asked.arguments),
      because: asked.needs.map((need) => need.sentence),
      identity: own.identity.name,
      identityId: own.identity.id,
      chain: links.map((link) => link.identity.name),
      taskId: own.task.id,
      purpose: own.task.purpose,
      goal: own.task.goal,
      ticket: own.task.ticket,
      policy: hearing.policies.version,
    },
    requestedBy: barredBy(asked.lineage),
    seats: APPROVING_SEATS,
    createdMs: hearing.atMs,
    expiresMs: Math.min(hearing.atMs + LIMITS.callApprovalSeconds * 1000, ...links.map((link) => link.task.endsMs)),
  })
}

/** Who is in the chain or asked for someone in it, and so may not say yes. */
function barredBy(lineage: Lineage): readonly string[] {
  return unique([
    ...askersOf(lineage.links.map((link) => link.identity)),
    ...lineage.links.flatMap((link) => link.task.onBehalfOf ?? []),
  ])
}

/** Says why no person could oversee these arguments, or null where they can be shown, each by its name. */
function findUnreadable(args: AskedCall['arguments']): string | null {
  const names = Object.keys(args)
  if (names.length > LIMITS.shownArgumentsMax)
    return `No person oversees more than ${LIMITS.shownArgumentsMax} arguments; send fewer.`
  return names.some((name) => name.length > LIMITS.nameCharsMax)
    ? `No person oversees an argument whose name has more than ${LIMITS.nameCharsMax} characters.`
    : null
}

/**
 * Shows arguments whole where a person can read them; of a longer one, its beginning, length and digest. Each has the
 * same share of the room, so that a long one leaves no other in the dark.
 */
function showArguments(args: AskedCall['arguments']): Readonly<Record<string, unknown>> {
  const all = Object.entries(args)
  const shareBytes = Math.min(LIMITS.textCharsMax, Math.floor(LIMITS.shownArgumentsBytesMax / all.length))
  return Object.fromEntries(all.map(([name, value]) => [name, showValue(value, shareBytes)]))
}

function showValue(value: unknown, shareBytes: number): unknown {
  if (countBytes(value) <= shareBytes) return value
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  let begins = text.slice(0, shareBytes).toWellFormed()
  while (countBytes(begins) > shareBytes) begins = begins.slice(0, begins.length / 2).toWellFormed()
  return { begins, characters: text.length, sha256: digestText(text) }
}

function countBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? 'null')
}
