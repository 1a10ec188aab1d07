import { cutoffId } from '../cutoff.ts'
import type { LogEntry } from '../log-entry.ts'
import { isPolicyEffect, POLICY_SEATS } from '../policy.ts'
import { TIER_TERMS, type Tier } from '../register/tier.ts'
import { containsScope } from '../scope.ts'
import {
  bindingIdOf,
  identityIdOf,
  isOfOtherDomain,
  isOutcome,
  openedTaskIdOf,
  opensTask,
  parentIdOf,
  scopeOf,
  taskIdOf,
  usesOf,
} from '../told/about.ts'
import type { ToldApproval } from '../told/approval.ts'
import { countIn, membersIn, scopeIn, textIn, textsIn } from '../told/data.ts'
import { chainTasksMax, type Told, type ToldTask, tasksActing } from '../told/told.ts'
import { COUNTED_LAWS } from './counted-laws.ts'
import { type EntryLaw, type Judged, recordDelayMsMax } from './entry-law.ts'
import { FLOW_LAWS } from './flow-laws.ts'
import { GROUND_LAWS } from './ground-laws.ts'
import { findNarrowingFault } from './narrowing-law.ts'
import { SEAT_LAWS } from './seat-law.ts'
import { SECRET_LAWS } from './secret-law.ts'
import { USE_LAWS } from './use-laws.ts'

/** The laws that every log keeps, a row each. They read what entries say, and nothing else. */
export const ENTRY_LAWS: readonly EntryLaw[] = [
  { name: 'time', promise: 'time never goes back', findFault: findTimeFault },
  { name: 'answers', promise: 'an entry answers only what was written before it', findFault: findAnswerFault },
  {
    name: 'credential',
    promise: 'every credential answers the permit of a token, in its task and inside its end',
    findFault: findCredentialFault,
  },
  { name: 'once', promise: 'a permit is used once', findFault: findOutcomeFault },
  {
    name: 'accountable',
    promise: 'an identity becomes active by its activation only, with an owner, another sponsor and a purpose',
    findFault: findAccountFault,
  },
  {
    name: 'approved',
    promise: 'an identity is active only after people approved who had not asked for it',
    findFault: findApprovalFault,
  },
  {
    name: 'rotated',
    promise: 'a key or issuer of an identity is replaced only after somebody approved who had not asked for it',
    findFault: findRotationFault,
  },
  { name: 'narrowing', promise: 'an entitlement that is narrowed allows nothing new', findFault: findNarrowingFault },
  { name: 'vote', promise: 'nobody votes on what they asked for, twice, or too late', findFault: findVoteFault },
  {
    name: 'uses',
    promise: 'an approval is used only after it was given, not more often than it allows, and not after its end',
    findFault: findUseFault,
  },
  {
    name: 'policies',
    promise: 'policies that somebody published decide only after people approved who had not asked for them',
    findFault: findPolicyFault,
  },
  {
    name: 'in-force',
    promise: 'nothing is permitted by other policies than those in force',
    findFault: findForceFault,
  },
  { name: 'active', promise: 'a task is opened only for an identity that is active', findFault: findInactiveFault },
  {
    name: 'opened',
    promise: 'a task is opened once, and one that waits becomes active once, for no longer than it asked',
    findFault: findOpeningFault,
  },
  { name: 'end', promise: 'every task has an end', findFault: findEndFault },
  {
    name: 'narrower',
    promise: 'a child task stays inside the scope and the end of its parent',
    findFault: findChildFault,
  },
  { name: 'in-task', promise: 'nothing is permitted outside of a task that was opened', findFault: findTasklessFault },
  {
    name: 'live',
    promise: 'nothing is permitted in a task that waits or has ended, or under one',
    findFault: findDeadTaskFault,
  },
  {
    name: 'cut-off',
    promise:
      'nothing is permitted on a task, chain, identity, owner, vendor, binding or server of before it was cut off',
    findFault: findCutoffFault,
  },
  ...GROUND_LAWS,
  ...SEAT_LAWS,
  ...SECRET_LAWS,
  ...USE_LAWS,
  ...FLOW_LAWS,
  ...COUNTED_LAWS,
]

/** Gives every law that an entry breaks, with what is wrong. */
export function judgeEntry(judged: Judged): readonly { readonly law: string; readonly fault: string }[] {
  return ENTRY_LAWS.flatMap(({ name, findFault }) => {
    const fault = findFault(judged)
    return fault === null ? [] : [{ law: name, fault }]
  })
}

function findTimeFault({ entry, told }: Judged): string | null {
  const backMs = told.lastMs - entry.atMs
  return backMs > 0 ? `its time lies ${backMs} ms before that of an entry above it` : null
}

function findAnswerFault({ entry, index, told }: Judged): string | null {
  if (entry.answers === undefined) return null
  if (entry.answers >= index) return `it answers entry ${entry.answers}, which was not written before it`
  return told.entries.has(entry.answers) ? null : `it answers entry ${entry.answers}, which is not here`
}

function findCredentialFault({ entry, told }: Judged): string | null {
  if (entry.kind !== 'credential.issued') return null
  const permit = told.entries.get(entry.answers ?? -1)
  if (permit?.kind !== 'decision.permit' || permit.decision !== 'token')
    return 'no permit of a token stands behind the credential'
  const taskId = textIn(entry.data, 'taskId')
  if (permit.taskId !== taskId) return 'its permit was given for another task'
  const task = told.tasks.get(taskId ?? '')
  const expiresMs = countIn(entry.data, 'expiresMs')
  return task !== undefined && !(expiresMs !== null && expiresMs <= task.endsMs)
    ? 'the credential outlives its task'
    : null
}

function findOutcomeFault({ entry, told }: Judged): string | null {
  if (!isOutcome(entry.kind)) return null
  const permit = told.entries.get(entry.answers ?? -1)
  if (permit?.kind !== 'decision.permit') return 'no permit stands behind it'
  return permit.outcomes > 0 ? `entry ${entry.answers} permitted this once, and it was used before` : null
}

function findAccountFault({ entry }: Judged): string | null {
  if (entry.kind !== 'identity.activated') {
    const isOther = entry.kind.startsWith('identity.') && textIn(entry.data, 'to') === 'active'
    return isOther ? 'it calls an identity active that it does not activate' : null
  }
  const [owner, sponsor, purpose] = ['owner', 'sponsor', 'purpose'].map((name) => textIn(entry.data, name))
  const missing = Object.entries({ owner, sponsor, purpose }).filter(([, value]) => value === null || value === '')
  if (missing.length > 0) return `the identity became active without ${missing.map(([name]) => name).join(', ')}`
  return owner === sponsor ? 'owner and sponsor of the identity are the same person' : null
}

function findApprovalFault({ entry, told }: Judged): string | null {
  if (entry.kind !== 'identity.activated') return null
  const id = textIn(entry.data, 'identityId') ?? entry.subject.id
  const submitted = told.identities.get(id)?.submitted ?? null
  if (submitted === null) return 'the identity became active without having been put up for approval'
  const approval = told.approvals.get(submitted.approvalId)
  const isGiven = approval?.subjectId === id && approval.state === 'approved'
  if (!isGiven || (approval.votes[0]?.entry ?? -1) < submitted.entry)
    return 'the identity became active without an approval since it was put up for one'
  const tier = textIn(entry.data, 'tier') ?? ''
  return isEnough(approval, tier, submitted.by) ? null : `its approval lacks a person who ${tier} asks for`
}

function findRotationFault({ entry, told }: Judged): string | null {
  if (entry.kind !== 'binding.rotated') return null
  const approval = told.approvals.get(textIn(entry.data, 'approvalId') ?? '')
  const isGiven =
    approval?.of === 'binding' &&
    approval.subjectId === textIn(entry.data, 'identityId') &&
    approval.state === 'approved'
  const isByAnother = approval?.votes.some(
    (vote) => vote.verdict === 'approve' && !approval.requestedBy.has(vote.personId),
  )
  return isGiven && isByAnother === true ? null : 'a binding was rotated without an approval'
}

/** True where different people who did not ask fill every seat that the tier asks for. */
function isEnough(approval: ToldApproval, tier: string, submittedBy: string): boolean {
  return isTier(tier) && fillsSeats(approval, TIER_TERMS[tier].activationSeats, submittedBy)
}

/** True where different people who did not ask fill all these seats. */
function fillsSeats(approval: ToldApproval, seatsAsked: readonly string[], submittedBy: string): boolean {
  const isBarred = (id: string): boolean => id === submittedBy || approval.requestedBy.has(id)
  const yes = approval.votes.filter((vote) => vote.verdict === 'approve' && !isBarred(vote.personId))
  const seats = yes.map((vote) => vote.seat)
  const open = seatsAsked.filter((seat) => {
    const at = seats.indexOf(seat)
    if (at >= 0) seats.splice(at, 1)
    return at < 0
  })
  return open.length === 0 && new Set(yes.map((vote) => vote.personId)).size === yes.length
}

function isTier(tier: string): tier is Tier {
  return Object.hasOwn(TIER_TERMS, tier)
}

function findVoteFault({ entry, told }: Judged): string | null {
  if (entry.kind !== 'approval.voted') return null
  const approval = told.approvals.get(textIn(entry.data, 'approvalId') ?? '')
  const voter = entry.actor.id
  if (approval?.requestedBy.has(voter) === true || textsIn(entry.data, 'requestedBy').includes(voter))
    return 'the person voted on what they had asked for themselves'
  // a no takes one's own yes back, and ends the question: there is none after it
  if (approval?.voters.has(voter) === true && textIn(entry.data, 'verdict') !== 'deny')
    return 'the person had voted on it before'
  return approval !== undefined && approval.state !== 'pending'
    ? `the approval was ${approval.state} before this vote`
    : null
}

function findUseFault({ entry, told, whole }: Judged): string | null {
  for (const id of usesOf(entry)) {
    const approval = told.approvals.get(id)
    if (approval === undefined && whole) return `it uses the approval ${id}, which nobody gave`
    if (approval === undefined) continue
    if (approval.uses >= approval.usesMax)
      return `it uses the approval ${id} once more than that allows (${approval.usesMax})`
    if (approval.state !== 'approved') return `it uses the approval ${id}, which is ${approval.state}`
    if (approval.untilMs !== null && entry.atMs >= approval.untilMs + recordDelayMsMax)
      return `it uses the approval ${id} after its end`
  }
  return null
}

function findPolicyFault({ entry, told }: Judged): string | null {
  if (entry.kind !== 'policy.published') return null
  const approval = told.approvals.get(textIn(entry.data, 'approvalId') ?? '')
  const isGiven = approval?.subjectId === entry.subject.id && approval.state === 'approved'
  if (!isGiven) return 'policies came into force without an approval of them'
  const effect = textIn(entry.data, 'effect') ?? ''
  const isHeard = isPolicyEffect(effect) && fillsSeats(approval, POLICY_SEATS[effect], entry.actor.id)
  return isHeard ? null : `the approval of the policies lacks a person whom a change that ${effect} asks for`
}

function findForceFault({ entry, told, whole }: Judged): string | null {
  const { kind, data, policy } = entry
  const isOwn = kind === 'decision.permit' && data['domain'] === undefined && data['cut'] !== true // what was cut may be of any domain
  if (!whole || !isOwn || policy === undefined || told.policies === null) return null
  return policy === told.policies ? null : 'it permits by policies that were not in force'
}

function findInactiveFault({ entry, told, whole }: Judged): string | null {
  if (!opensTask(entry)) return null
  const identity = told.identities.get(identityIdOf(entry) ?? '')
  if (identity === undefined || identity.state === 'unknown')
    return whole ? 'it opens a task for an identity that nobody registered' : null
  return identity.state === 'active' ? null : `it opens a task for an identity that is ${identity.state}`
}

function findOpeningFault({ entry, told, whole }: Judged): string | null {
  const task = told.tasks.get(openedTaskIdOf(entry))
  if (opensTask(entry))
    return task === undefined ? null : `it opens the task ${task.id}, which entry ${task.entry} had opened`
  if (entry.kind !== 'task.activated') return null
  if (task === undefined) return whole ? 'it activates a task that was never opened' : null
  if (!task.isWaiting) return `it activates the task ${task.id}, which does not wait for that`
  const [askedMs, givenMs] = [task.endsMs - task.atMs, (countIn(entry.data, 'endsMs') ?? 0) - entry.atMs]
  return givenMs > askedMs + recordDelayMsMax ? `it gives the task ${task.id} a longer time than it asked for` : null
}

function findTasklessFault({ entry, told, whole }: Judged): string | null {
  if (entry.kind !== 'decision.permit' || opensTask(entry) || isOfOtherDomain(entry)) return null
  const id = taskIdOf(entry)
  if (id === null) return 'it permits something in no task'
  return whole && !told.tasks.has(id) ? `it permits something in the task ${id}, which was never opened` : null
}

function findEndFault({ entry }: Judged): string | null {
  const opens = opensTask(entry) || entry.kind === 'task.activated'
  return opens && countIn(entry.data, 'endsMs') === null ? 'it opens a task that has no end' : null
}

function findChildFault(judged: Judged): string | null {
  const { entry, told, whole } = judged
  if (entry.kind === 'task.activated') return findLateFault(entry, told)
  const parentId = parentIdOf(entry)
  if (!opensTask(entry) || parentId === null) return null
  const parent = told.tasks.get(parentId)
  if (parent === undefined) return whole ? `its parent task ${parentId} was never opened` : null
  if (outlives(entry, parent)) return `the task outlives its parent ${parentId}`
  if (parent.depth >= chainTasksMax) return `the chain of tasks is longer than ${chainTasksMax}`
  const [outer, inner] = [parent.scope ?? scopeIn(membersIn(entry.data, 'task'), 'scope'), scopeOf(entry)]
  const isInside = outer === null || inner === null || containsScope(outer, inner) // a long scope is shortened in its entry
  return isInside ? null : `the scope of the task is not inside that of its parent ${parentId}`
}

function findLateFault(entry: LogEntry, told: Told): string | null {
  const parentId = told.tasks.get(textIn(entry.data, 'taskId') ?? '')?.parentId
  const parent = told.tasks.get(parentId ?? '')
  return parent !== undefined && outlives(entry, parent) ? `the task outlives its parent ${parent.id}` : null
}

function outlives(entry: LogEntry, parent: ToldTask): boolean {
  return !((countIn(entry.data, 'endsMs') ?? Number.NaN) <= parent.endsMs)
}

function findDeadTaskFault(judged: Judged): string | null {
  for (const task of tasksActing(judged.told, judged.entry)) {
    if (task.ended !== null)
      return `it permits something in the task ${task.id}, which had ended with entry ${task.ended.entry}`
    if (task.isWaiting) return `it permits something in the task ${task.id}, which waits for a person`
    if (judged.entry.atMs >= task.endsMs + recordDelayMsMax)
      return `it permits something in the task ${task.id} after its end`
  }
  return null
}

/** Something that a permit rests on: the id of its cutoff, and when it became what it is. */
type Foothold = readonly [id: string, madeMs: number]

function findCutoffFault(judged: Judged): string | null {
  const tasks = tasksActing(judged.told, judged.entry)
  const footholds = [
    ...tasks.flatMap((task) => footholdsOf(judged, task, tasks.at(-1) ?? task)),
    ...footholdsOfOpening(judged),
    ...footholdsOfCall(judged, tasks[0]),
  ]
  const { cutoffs } = judged.told
  const [found] = footholds.find(([id, madeMs]) => madeMs <= (cutoffs.get(id) ?? Number.NEGATIVE_INFINITY)) ?? []
  return found === undefined ? null : `it permits something that rests on ${found}, which was cut off`
}

/** A task counts from its opening, and whoever acts in it from then at the latest. */
function footholdsOf(judged: Judged, task: ToldTask, root: ToldTask): readonly Foothold[] {
  return [
    [cutoffId('task', task.id), task.atMs],
    [cutoffId('chain', root.id), task.atMs],
    ...footholdsOfActor(judged, task.identityId, task.bindingId ?? bindingTaking(judged, task), task.atMs),
  ]
}

/** The workload that takes over a task with this very token. */
function bindingTaking({ entry }: Judged, task: ToldTask): string | null {
  return textIn(entry.data, 'decision') === 'token' && taskIdOf(entry) === task.id ? bindingIdOf(entry) : null
}

/** A task that is opened rests on who gets it, as they were approved last. */
function footholdsOfOpening(judged: Judged): readonly Foothold[] {
  const { entry } = judged
  const identityId = opensTask(entry) ? identityIdOf(entry) : null
  const bindingId = parentIdOf(entry) === null ? bindingIdOf(entry) : null
  return identityId === null ? [] : footholdsOfActor(judged, identityId, bindingId, Number.POSITIVE_INFINITY)
}

/** An identity, its owner and its vendor count from its last approval: in a part of a log that may be missing. */
function footholdsOfActor(
  { told, whole }: Judged,
  identityId: string,
  bindingId: string | null,
  latestMs: number,
): readonly Foothold[] {
  const identity = told.identities.get(identityId)
  const madeMs = Math.min(latestMs, (whole ? identity?.activatedMs : null) ?? Number.POSITIVE_INFINITY)
  const boundMs = Math.min(latestMs, told.bindings.get(bindingId ?? '') ?? Number.POSITIVE_INFINITY)
  return [
    [cutoffId('identity', identityId), madeMs],
    ...(identity?.owner == null ? [] : [[cutoffId('owner', identity.owner), madeMs] as const]),
    ...(identity?.vendor == null ? [] : [[cutoffId('vendor', identity.vendor), madeMs] as const]),
    ...(bindingId === null ? [] : [[cutoffId('binding', bindingId), boundMs] as const]),
  ]
}

/** A call reaches the server that its action names, in a task that is younger than any cutoff of it. */
function footholdsOfCall({ entry }: Judged, own: ToldTask | undefined): readonly Foothold[] {
  const [server, tool] = (textIn(membersIn(entry.data, 'action'), 'name') ?? '').split('/', 2)
  return own === undefined || server === undefined || tool === undefined
    ? []
    : [[cutoffId('upstream', server), own.atMs]]
}
