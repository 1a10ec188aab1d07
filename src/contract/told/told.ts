import type { Limit } from '../counters/limit.ts'
import { type CutoffTarget, cutoffId } from '../cutoff.ts'
import { CLEAN_LABELS, type Labels } from '../label.ts'
import type { LogEntry } from '../log-entry.ts'
import { ownDomain } from '../policy.ts'
import { LIFECYCLE } from '../register/identity.ts'
import type { Scope } from '../scope.ts'
import type { Budget, ChainLink } from '../task.ts'
import {
  bindingIdOf,
  identityIdOf,
  isOutcome,
  openedTaskIdOf,
  opensTask,
  parentIdOf,
  scopeOf,
  taskIdOf,
  usesOf,
} from './about.ts'
import { addAll, addVote, type ToldApproval, type ToldVote, tellApproval } from './approval.ts'
import { requesterOf, type ToldAsked, tellAnswer } from './asked.ts'
import { type ToldBindings, takesOver, tellBinding } from './binding.ts'
import { countIn, membersIn, textIn, textsIn } from './data.ts'
import { type ToldEntitlement, tellEntitlement } from './entitlement.ts'
import { type ToldGrant, tellGrant } from './grant.ts'
import { type ToldIdentity, UNKNOWN_IDENTITY } from './identity.ts'
import { labelsIn, tellLabels } from './labels.ts'
import { type ToldPeople, tellRoles } from './people.ts'
import {
  readBudget,
  readComposition,
  type ToldRight,
  type ToldUse,
  tellBytes,
  tellLimit,
  tellRight,
  tellRightEnd,
  tellUses,
} from './use.ts'

/** What entries have told of one task. */
export interface ToldTask {
  readonly id: string
  readonly identityId: string
  readonly parentId: string | null
  /** From the root to the task itself, as the entry that opened it says. */
  readonly chain: readonly ChainLink[]
  /** How many tasks the chain has as far as it was told, this one counted. */
  readonly depth: number
  readonly purpose: string
  readonly goal: string
  readonly ticket: string | null
  readonly scope: Scope | null
  /** The binding that opened it, or took it over with its first token. */
  readonly bindingId: string | null
  readonly endsMs: number
  /** The person for whom it is done; null where it is for nobody. */
  readonly onBehalfOf: string | null
  /** The token, the rights and the person that it was given on. */
  readonly grounds: readonly string[]
  /** What it may use; null where its entry does not say. */
  readonly budget: Budget | null
  /** True until the person whom its tier asks for has answered. */
  readonly isWaiting: boolean
  /** Its permit. */
  readonly entry: number
  readonly atMs: number
  readonly ended: { readonly entry: number; readonly atMs: number; readonly because: string } | null
}

/** What is remembered of every entry. */
export interface ToldEntry {
  readonly kind: string
  readonly decision: string | null
  readonly taskId: string | null
  /** The enforcement point that was permitted an act that counts; null for everything else. */
  readonly countedFor: string | null
  readonly outcomes: number
}

/**
 * All that a run of entries has told so far. Grows by `tell`, never by more than the entry says, and each `tell` takes no
 * longer than the entry is long; holds no entry itself, so that long logs fit.
 */
export interface Told extends ToldBindings {
  lastMs: number
  /** Digest of the policies of Remit's own decisions that are in force; null before any are. */
  policies: string | null
  readonly entries: Map<number, ToldEntry>
  readonly identities: Map<string, ToldIdentity>
  readonly tasks: Map<string, ToldTask>
  readonly approvals: Map<string, ToldApproval>
  readonly entitlements: Map<string, ToldEntitlement>
  /** Since when people hold which roles, of those who left too. */
  readonly people: ToldPeople
  /** When a target was cut off last, by the id of its cutoff. */
  readonly cutoffs: Map<string, number>
  /** What people may do themselves, by person: rights that nobody has ended. */
  readonly rights: Map<string, Map<string, ToldRight>>
  /** Who may act for whom: grants that came into force, the ended ones too. */
  readonly grants: Map<string, ToldGrant>
  /** Whose logins identity providers know people by, the ended ones too. */
  readonly logins: Map<string, string>
  /** Tokens that were taken back alone, rights, grants and logins that were ended, and people who left. */
  readonly fallen: Set<string>
  /** How often things may be done, by name. */
  readonly limits: Map<string, Limit>
  /** What each task has touched; of one that is not here nothing was told. */
  readonly labels: Map<string, Labels>
  /** Up to what data each purpose goes, by its code. */
  readonly ceilings: Map<string, string>
  /** What each task has used. */
  readonly uses: Map<string, ToldUse>
  /** What was asked about each identity, by who asked. */
  readonly asked: ToldAsked
  /** When what limits count was done, in order, by limit and whom it counts. */
  readonly counts: Map<string, number[]>
}

/** Nothing told yet. */
export function tellNothing(): Told {
  return {
    lastMs: Number.NEGATIVE_INFINITY,
    policies: null,
    entries: new Map(),
    identities: new Map(),
    tasks: new Map(),
    approvals: new Map(),
    entitlements: new Map(),
    bindings: new Map(),
    replaced: new Map(),
    secrets: new Map(),
    people: new Map(),
    cutoffs: new Map(),
    rights: new Map(),
    grants: new Map(),
    logins: new Map(),
    fallen: new Set(),
    limits: new Map(),
    labels: new Map(),
    ceilings: new Map(),
    uses: new Map(),
    asked: new Map(),
    counts: new Map(),
  }
}

/** Takes one more entry in. The laws are asked before this, so that an entry is judged by what came before it. */
export function tell(told: Told, index: number, entry: LogEntry): void {
  const { kind, data } = entry
  told.lastMs = Math.max(told.lastMs, entry.atMs)
  const countedFor = kind === 'decision.permit' && data['counts'] === true ? entry.actor.id : null
  const decision = textIn(data, 'decision')
  told.entries.set(index, { kind, decision, taskId: taskIdOf(entry), countedFor, outcomes: 0 })
  if (entry.answers !== undefined && isOutcome(kind)) {
    const answered = told.entries.get(entry.answers)
    if (answered !== undefined) told.entries.set(entry.answers, { ...answered, outcomes: answered.outcomes + 1 })
  }
  for (const use of usesOf(entry)) tellApproval(told.approvals, use, (known) => ({ uses: known.uses + 1 }))
  if (Object.hasOwn(TELLERS, kind)) TELLERS[kind]?.(told, entry, index)
  if (kind.startsWith('identity.')) tellIdentity(told, entry, index)
}

type Teller = (told: Told, entry: LogEntry, index: number) => void

/** A kind comes out of the log, so that a row is looked up as its own and never as what every object has. */
const TELLERS: Readonly<Record<string, Teller>> = {
  'approval.asked': tellQuestion,
  'identity.submitted': tellQuestion,
  'policy.proposed': tellQuestion,
  'entitlement.proposed': (told, entry) => tellEntitlement(told.entitlements, entry),
  'entitlement.narrowed': (told, entry) => tellEntitlement(told.entitlements, entry),
  'entitlement.ended': (told, entry) => tellEntitlement(told.entitlements, entry),
  'identity.discovered': tellBinding,
  'binding.added': tellBinding,
  'binding.rotated': tellBinding,
  'approval.voted': (told, { data, actor, atMs, subject }, index) => {
    const [seat, verdict] = [textIn(data, 'seat') ?? '', textIn(data, 'verdict') ?? '']
    const vote: ToldVote = {
      entry: index,
      atMs,
      personId: actor.id,
      seat,
      verdict,
      reason: textIn(data, 'reason') ?? '',
    }
    tellApproval(told.approvals, textIn(data, 'approvalId'), (known) => ({
      votes: addVote(known, vote),
      requestedBy: addAll(known.requestedBy, textsIn(data, 'requestedBy')),
      state: textIn(data, 'state') ?? known.state,
      subjectId: textIn(data, 'subjectId') ?? subject.id,
      of: textIn(data, 'approvalSubject') ?? known.of,
      usesMax: countIn(data, 'usesMax') ?? known.usesMax,
      untilMs: countIn(data, 'expiresMs') ?? known.untilMs,
      envelope: membersIn(data, 'envelope'),
    }))
  },
  'approval.cancelled': (told, { data }) =>
    tellApproval(told.approvals, textIn(data, 'approvalId'), () => ({ state: 'cancelled' })),
  'decision.permit': (told, entry, index) => {
    const acting = tasksActing(told, entry)
    tellUses(told, entry, acting)
    if (!opensTask(entry)) tellLabels(told.labels, entry.data, acting)
    if (opensTask(entry)) tellTask(told, entry, index)
    tellTaking(told, entry)
    tellQuestion(told, entry)
    countDecision(told, entry, 'permits')
  },
  'task.activated': (told, entry) => {
    const known = told.tasks.get(openedTaskIdOf(entry))
    if (known?.isWaiting !== true) return
    told.tasks.set(known.id, { ...known, isWaiting: false, endsMs: countIn(entry.data, 'endsMs') ?? known.endsMs })
  },
  'decision.denial': (told, entry) => {
    tellQuestion(told, entry)
    countDecision(told, entry, 'denials')
  },
  'credential.issued': (told, entry) =>
    count(told, entry.actor.kind === 'identity' ? entry.actor.id : identityIdOf(entry), 'credentials'),
  'task.ended': (told, entry, index) => {
    const { data, atMs } = entry
    const known = told.tasks.get(openedTaskIdOf(entry))
    const ended = { entry: index, atMs, because: textIn(data, 'because') ?? '' }
    if (known !== undefined) told.tasks.set(known.id, { ...known, ended: known.ended ?? ended })
    for (const id of textsIn(data, 'approvals')) tellApproval(told.approvals, id, () => ({ state: 'expired' }))
  },
  'right.granted': (told, { data }) => tellRight(told.rights, data),
  'right.ended': (told, { data }) => {
    tellRightEnd(told.rights, data)
    told.fallen.add(textIn(data, 'rightId') ?? '')
  },
  'person-login.added': (told, { data, subject }) =>
    void told.logins.set(textIn(data, 'loginId') ?? '', textIn(data, 'personId') ?? subject.id),
  'person-login.ended': (told, { data }) => void told.fallen.add(textIn(data, 'loginId') ?? ''),
  'delegation.granted': (told, { data }) => tellGrant(told.grants, data),
  'delegation.given': (told, { data }) => tellGrant(told.grants, data),
  'delegation.ended': (told, { data, subject }) => void told.fallen.add(textIn(data, 'grantId') ?? subject.id),
  'person.added': (told, entry, index) => tellRoles(told.people, entry, index),
  'person.roles-set': (told, entry, index) => tellRoles(told.people, entry, index),
  'person.left': (told, { data, subject }) => void told.fallen.add(textIn(data, 'personId') ?? subject.id),
  'credential.revoked': (told, { data, subject }) => void told.fallen.add(textIn(data, 'credentialId') ?? subject.id),
  'limit.set': (told, { data }) => tellLimit(told.limits, data),
  'purpose.defined': (told, { data, subject }) => void told.ceilings.set(subject.id, textIn(data, 'ceiling') ?? ''),
  'call.finished': tellResult,
  'act.reported': tellResult,
  'policy.loaded': tellPolicies,
  'policy.published': tellPolicies,
  'cutoff.made': (told, { data, subject, atMs }) => {
    const target = (textIn(data, 'target') ?? subject.kind) as CutoffTarget // an unknown target is looked up by nobody
    const id = cutoffId(target, textIn(data, 'targetId') ?? subject.id)
    told.cutoffs.set(id, Math.max(told.cutoffs.get(id) ?? 0, countIn(data, 'atMs') ?? atMs))
  },
}

/** The longest chain of tasks; the tiers allow fewer. A longer one would cost its length for each permit under it. */
export const chainTasksMax = 16

/** The task in which something is permitted, and all tasks above it as far as they were told. */
export function tasksActing({ tasks }: Pick<Told, 'tasks'>, entry: LogEntry): readonly ToldTask[] {
  if (entry.kind !== 'decision.permit') return []
  return chainUpwards(tasks, opensTask(entry) ? parentIdOf(entry) : taskIdOf(entry))
}

/** A task and all those above it, as far as they were told. */
export function chainUpwards(tasks: Told['tasks'], taskId: string | null): readonly ToldTask[] {
  const acting: ToldTask[] = []
  let id = taskId
  while (acting.length < chainTasksMax) {
    const task = tasks.get(id ?? '')
    if (task === undefined) break
    acting.push(task)
    id = task.parentId
  }
  return acting
}

function tellResult(told: Told, entry: LogEntry): void {
  tellBytes(told.uses, entry.data, chainUpwards(told.tasks, taskIdOf(entry)))
}

/** Policies of another domain decide what other applications ask. */
function tellPolicies(told: Told, { data, policy }: LogEntry): void {
  if ((textIn(data, 'domain') ?? ownDomain) === ownDomain) told.policies = policy ?? null
}

/** A task that was handed on belongs from its first token on to the binding that took it; one that is rotated, to the new one. */
function tellTaking(told: Told, entry: LogEntry): void {
  if (textIn(entry.data, 'decision') !== 'token') return
  const task = told.tasks.get(taskIdOf(entry) ?? '')
  const bindingId = bindingIdOf(entry)
  if (task !== undefined && takesOver(told, task.bindingId, bindingId)) told.tasks.set(task.id, { ...task, bindingId })
}

function tellQuestion(told: Told, entry: LogEntry): void {
  const { kind, data, subject } = entry
  const decided = kind.startsWith('decision.') ? taskIdOf(entry) : subject.id
  tellApproval(told.approvals, textIn(data, 'approvalId'), (known) => ({
    requestedBy: addAll(known.requestedBy, textsIn(data, 'requestedBy')),
    usesMax: countIn(data, 'usesMax') ?? known.usesMax,
    subjectId: textIn(data, 'subjectId') ?? decided ?? subject.id,
    of: textIn(data, 'decision') ?? 'identity',
    replacesId: textIn(data, 'replacesId') ?? known.replacesId,
  }))
}

function tellTask(told: Told, entry: LogEntry, index: number): void {
  const { data, atMs, actor } = entry
  const id = openedTaskIdOf(entry)
  if (told.tasks.has(id)) return // what opens once stays as it was opened
  const identityId = identityIdOf(entry) ?? ''
  const parentId = parentIdOf(entry)
  const asked = membersIn(data, 'asked')
  const name = textIn(membersIn(data, parentId === null ? 'identity' : 'helper'), 'name') ?? ''
  const above = parentId === null ? [] : (actor.chain ?? [])
  const endsMs = countIn(data, 'endsMs') ?? Number.NaN
  told.tasks.set(id, {
    id,
    identityId,
    parentId,
    endsMs,
    isWaiting: textIn(data, 'taskState') === 'waiting',
    entry: index,
    atMs,
    ended: null,
    chain: [...above, { identityId, name, taskId: id }],
    depth: (told.tasks.get(parentId ?? '')?.depth ?? above.length) + 1,
    purpose: textIn(data, 'purpose') ?? textIn(asked, 'purpose') ?? '',
    goal: textIn(data, 'goal') ?? textIn(asked, 'goal') ?? '',
    ticket: textIn(data, 'ticket') ?? textIn(asked, 'ticket'),
    scope: scopeOf(entry),
    bindingId: textIn(data, 'bindingId'),
    onBehalfOf: textIn(data, 'onBehalfOf'),
    grounds: groundsIn(data),
    budget: readBudget(data),
  })
  told.labels.set(id, labelsIn(data, 'labels') ?? CLEAN_LABELS)
  const endMs = Number.isNaN(endsMs) ? 0 : endsMs
  changeIdentity(told, identityId, (known) => ({ untilMs: Math.max(known.untilMs ?? 0, endMs) }))
}

function groundsIn(data: LogEntry['data']): readonly string[] {
  const named = [
    textIn(data, 'grantId'),
    textIn(data, 'fromCredentialId'),
    textIn(data, 'onBehalfOf'),
    ...textsIn(data, 'rightIds'),
    textIn(data, 'loginId'),
  ]
  return named.filter((id) => id !== null)
}

/** What an identity asked for itself counts as its own, what was asked about it under who asked. */
function countDecision(told: Told, entry: LogEntry, counter: 'permits' | 'denials'): void {
  count(told, requesterOf(entry), counter)
  tellAnswer(told.asked, entry)
}

function count(told: Told, id: string | null, counter: 'permits' | 'denials' | 'credentials'): void {
  changeIdentity(told, id, (known) => ({ [counter]: known[counter] + 1 }))
}

function tellIdentity(told: Told, { kind, data, subject, actor, atMs }: LogEntry, index: number): void {
  const id = textIn(data, 'identityId') ?? subject.id
  const submitted = { entry: index, by: actor.id, approvalId: textIn(data, 'approvalId') ?? '' }
  changeIdentity(told, id, (known) => ({
    name: textIn(data, 'name') ?? known.name,
    state: STATES.get(kind) ?? known.state,
    owner: textIn(data, 'owner') ?? known.owner,
    sponsor: textIn(data, 'sponsor') ?? known.sponsor,
    vendor: textIn(data, 'vendor') ?? known.vendor,
    purpose: textIn(data, 'purpose') ?? known.purpose,
    tier: textIn(data, 'tier') ?? known.tier,
    ...(kind === 'identity.submitted' ? { submitted, composition: readComposition(data) } : {}),
    ...(kind === 'identity.activated' ? { activatedMs: atMs, submitted: null } : {}),
  }))
}

/** Where each kind of entry leads: the lifecycle says it, not the entry. */
const STATES: ReadonlyMap<string, string> = new Map(LIFECYCLE.map(({ entry, to }) => [entry, to]))

function changeIdentity(told: Told, id: string | null, more: (known: ToldIdentity) => Partial<ToldIdentity>): void {
  if (id === null || id === '') return
  const known = told.identities.get(id) ?? { ...UNKNOWN_IDENTITY, id }
  told.identities.set(id, { ...known, ...more(known) })
}
