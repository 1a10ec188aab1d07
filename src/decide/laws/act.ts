import { type ActionClass, rankClass } from '../../contract/action-class.ts'
import type { Approval, ApprovalUse } from '../../contract/approval/approval.ts'
import { countMillionths, findUncovered, type GivenCall, isTold } from '../../contract/approval/envelope.ts'
import type { Kept } from '../../contract/change.ts'
import type { JudgedAction, JudgedResource, Reason } from '../../contract/decision.ts'
import { INTEGRITIES, isTainted, type Labels } from '../../contract/label.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import type { Catalogue, ToolRule } from '../../contract/register/purpose.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { allowsInScope } from '../../contract/scope.ts'
import { isWithinCeiling, rankSensitivity, SENSITIVITIES } from '../../contract/sensitivity.ts'
import type { TaskUsage } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import { coverAct } from '../coverage.ts'
import type { History } from '../facts/history.ts'
import { findUnpaid, isUntold, sayFitting, type Toll } from '../facts/tolls.ts'
import type { Lineage, Link, Memory } from '../lineage.ts'
import { BEHALF_LAW } from './behalf.ts'
import { type Law, over } from './law.ts'
import { findSpent, sayPivot } from './pivot.ts'
import { STANDING_LAWS } from './standing.ts'

/** An act inside a task, and all that bounds it. */
export interface ActFacts {
  readonly lineage: Lineage
  /** What may stand in what is written: more than the task has read where the chain or its identities read more. */
  readonly memory: Memory
  readonly name: string
  readonly actionClass: ActionClass
  /** True of a question, by which nothing is done yet: none counts as a pivot. */
  readonly isAsked: boolean
  /** `known`: a person has reviewed what the action does. */
  readonly tool: 'known' | 'unknown' | 'quarantined'
  /** Null where the arguments have a form that can be judged, else what is wrong with them. */
  readonly argumentFault: string | null
  /** Null where the resources are known, else why they are not. */
  readonly targetFault: string | null
  readonly resources: readonly JudgedResource[]
  /** What the chain has done before; empty where nothing looks at it. */
  readonly history: History
  /** What it would add to what is bounded in sum or in time. */
  readonly tolls: readonly Toll[]
  /** The state of the list that says how sensitive they are; undefined where nobody has said it of anything. */
  readonly catalogue: Kept<Catalogue> | undefined
}

/** True for every class but reading. */
export function isChange(actionClass: ActionClass): boolean {
  return rankClass(actionClass) >= rankClass('write')
}

/** Gives what an approval is bound to beside the words of the act; of a tool without a rule, the worst. */
export function judgeAs(facts: ActFacts, rule: ToolRule | undefined): Omit<JudgedAction, 'name' | 'digest'> {
  return {
    actionClass: facts.actionClass,
    resources: facts.resources,
    resultIntegrity: rule?.resultIntegrity ?? 'untrusted',
    definitionDigest: rule?.definitionDigest ?? null,
  }
}

/** Gives the labels that a usage counts. */
export function labelsOf(usage: Pick<TaskUsage, 'confidentiality' | 'integrity'>): Labels {
  return {
    confidentiality: SENSITIVITIES[usage.confidentiality] ?? 'restricted',
    integrity: INTEGRITIES[usage.integrity] ?? 'untrusted',
  }
}

/** Gives the entitlements of one hop that cover the act on one resource. */
function coverResource(facts: ActFacts, link: Link, resource: JudgedResource): readonly Kept<Entitlement>[] {
  return coverAct(link.entitlements, {
    name: facts.name,
    actionClass: facts.actionClass,
    resource: resource.id,
    sensitivity: resource.sensitivity,
  })
}

/** Gives all entitlements of the chain that cover the act, whichever a permit of it rests on. */
export function findCovering(facts: ActFacts): readonly Kept<Entitlement>[] {
  return facts.lineage.links.flatMap((link) => facts.resources.flatMap((each) => coverResource(facts, link, each)))
}

/**
 * Gives the entitlements that a permit of the act rests on: for each hop and resource one, which asks for no approval where there is one.
 */
export function findRelied(facts: ActFacts): readonly Kept<Entitlement>[] {
  const relied = facts.lineage.links.flatMap((link) =>
    facts.resources.flatMap((each) => {
      const covering = coverResource(facts, link, each)
      return covering.find((row) => row.approval === 'none') ?? leastOf(covering) ?? []
    }),
  )
  return [...new Map(relied.map((row) => [row.id, row])).values()]
}

/** Of several under which each call is approved, the one that asks the fewest people. */
function leastOf(covering: readonly Kept<Entitlement>[]): Kept<Entitlement> | undefined {
  return covering.toSorted((a, b) => (a.approvers ?? 1) - (b.approvers ?? 1))[0]
}

const outside = (facts: ActFacts): JudgedResource | undefined =>
  facts.resources.find(
    (each) => !facts.lineage.links.every((link) => allowsInScope(link.task.scope, facts.name, each.id)),
  )
/**
 * True where a person may widen the task by exactly this call: its tier holds it for one, and everybody's entitlements and
 * the scope of everyone above cover it, which no approval could give.
 */
const isWidenable = (facts: ActFacts): boolean =>
  TIER_TERMS[facts.lineage.own.identity.tier].pivot === 'held' &&
  uncovered(facts) === undefined &&
  facts.resources.every((each) =>
    facts.lineage.links
      .filter((link) => link !== facts.lineage.own)
      .every((link) => allowsInScope(link.task.scope, facts.name, each.id)),
  )

const isOfPurpose = ({ lineage, actionClass }: ActFacts): boolean =>
  lineage.links.every(({ purpose }) => purpose?.classes.includes(actionClass) === true)

const above = (facts: ActFacts): JudgedResource | undefined =>
  facts.resources.find((each) =>
    facts.lineage.links.some(
      (link) =>
        !isWithinCeiling(each.sensitivity, link.task.ceiling) ||
        link.purpose === undefined ||
        !isWithinCeiling(each.sensitivity, link.purpose.ceiling),
    ),
  )
const uncovered = (facts: ActFacts): JudgedResource | undefined =>
  facts.resources.find((each) => !facts.lineage.links.every((link) => coverResource(facts, link, each).length > 0))

function sayOutside(facts: ActFacts): string {
  return `${facts.name} on ${outside(facts)?.id ?? ''} lies outside the scope of the task`
}

const lowestCeiling = (facts: ActFacts): string =>
  SENSITIVITIES[Math.min(...facts.lineage.links.map((link) => rankSensitivity(link.task.ceiling)))] ?? 'public'

/** What of its budget a task has used up; undefined where one more such act fits. */
function spentOn(link: Link, actionClass: ActionClass): string | undefined {
  const { usage, task } = link
  const rows: readonly (readonly [string, boolean])[] = [
    ['calls', usage.calls < task.budget.callsMax],
    ['writes', !isChange(actionClass) || usage.writes < task.budget.writesMax],
    ['bytes', usage.bytes < task.budget.bytesMax],
  ]
  return rows.find(([, fits]) => !fits)?.[0]
}

const spent = (facts: ActFacts): string | undefined =>
  facts.lineage.links.map((link) => spentOn(link, facts.actionClass)).find((what) => what !== undefined)

/** What must hold of every act, whoever asks. Of each law, all of a chain: the delegators bound it too. */
export const ACT_LAWS: readonly Law<ActFacts>[] = [
  ...over((facts: ActFacts) => facts.lineage.standing, STANDING_LAWS),
  {
    rule: 'law:pivots',
    code: 'task_not_active',
    holds: (facts) => findSpent(facts.lineage).length === 0,
    says: (facts) => `The task ${findSpent(facts.lineage)[0] ?? ''} has tried too often what is not its own, and ends.`,
    ask: () => 'Open a new task for what it was opened for, or one of another scope.',
  },
  {
    rule: 'law:tool-quarantined',
    code: 'tool_quarantined',
    holds: (facts) => facts.tool !== 'quarantined',
    says: (facts) => `${facts.name} changed since it was reviewed.`,
    ask: () => 'An administrator can review the tool again.',
  },
  {
    rule: 'law:arguments',
    code: 'request_invalid',
    holds: (facts) => facts.argumentFault === null,
    says: (facts) => facts.argumentFault ?? '',
    ask: () => 'Send arguments that can be judged.',
  },
  {
    rule: 'law:tool',
    code: 'denied',
    holds: (facts) => facts.tool === 'known',
    says: (facts) => `Nobody has reviewed ${facts.name}, so that it counts as administering.`,
    ask: () => 'An administrator can review the tool and classify it.',
  },
  {
    rule: 'law:target',
    code: 'request_invalid',
    holds: (facts) => facts.targetFault === null && facts.resources.length > 0,
    says: (facts) => `The resource of the call cannot be told: ${facts.targetFault ?? 'there is none'}.`,
    ask: () => 'Name the resource plainly.',
  },
  {
    rule: 'law:scope',
    code: 'scope_exceeded',
    holds: (facts) => outside(facts) === undefined || isWidenable(facts),
    says: (facts) => `${sayOutside(facts)}${sayPivot(facts.lineage, facts.isAsked)}.`,
    ask: (facts) =>
      `Open a task${isOfPurpose(facts) ? '' : ` under a purpose that covers ${facts.actionClass},`} whose scope has ${facts.name} on this resource; the owner of ${facts.lineage.own.identity.name} can propose an entitlement for it.`,
  },
  {
    rule: 'law:ceiling',
    code: 'ceiling_exceeded',
    holds: (facts) => above(facts) === undefined,
    says: (facts) =>
      `${above(facts)?.id ?? ''} is ${above(facts)?.sensitivity ?? ''}; the task may touch ${lowestCeiling(facts)} data at most.`,
    ask: (facts) =>
      `Stay at ${lowestCeiling(facts)} data, or open a task with a higher ceiling where the entitlement and the purpose allow it.`,
  },
  {
    rule: 'law:purpose',
    code: 'purpose_exceeded',
    holds: isOfPurpose,
    says: (facts) =>
      `${facts.name} is of class ${facts.actionClass}, which the purpose does not cover${sayPivot(facts.lineage, facts.isAsked)}.`,
    ask: () => 'Open a task under a purpose that covers this class.',
  },
  {
    rule: 'law:entitlement',
    code: 'scope_exceeded',
    holds: (facts) => uncovered(facts) === undefined,
    says: (facts) =>
      `No entitlement in force covers ${facts.name} (${facts.actionClass}) on ${uncovered(facts)?.id ?? ''} for everyone in the chain.`,
    ask: (facts) => `Ask the owner of ${facts.lineage.own.identity.name} to propose an entitlement for it.`,
  },
  BEHALF_LAW,
  {
    rule: 'law:tools',
    code: 'budget_exceeded',
    holds: ({ history: { rootId, acts }, name }) => {
      const used = acts.filter((act) => act.rootId === rootId) // the rest is what of it was done to a resource
      return used.length < LIMITS.chainActsMax || used.some((act) => act.name === name)
    },
    says: () => `The tasks of this chain have used ${LIMITS.chainActsMax} tools and classes of tools already.`,
    ask: () => 'Open a new task.',
  },
  {
    rule: 'law:budget',
    code: 'budget_exceeded',
    holds: (facts) => spent(facts) === undefined,
    says: (facts) => `The budget of ${spent(facts) ?? ''} is used up, by this task or by one below or above it.`,
    ask: () => 'Complete this task and open a new one.',
  },
  {
    rule: 'law:spend',
    code: 'budget_exceeded',
    holds: ({ tolls }) => findUnpaid(tolls, 'spend') === undefined,
    says: ({ tolls }) => sayUnpaid(findUnpaid(tolls, 'spend')),
    ask: ({ tolls }) =>
      isUntold(findUnpaid(tolls, 'spend'))
        ? 'Say it in whole minor units, in a currency that the task may spend.'
        : 'Spend less, or open a task that may spend as much.',
  },
  {
    rule: 'law:rate',
    code: 'rate_limited',
    holds: ({ tolls }) => findUnpaid(tolls, 'rate') === undefined,
    says: ({ tolls }) => sayUnpaid(findUnpaid(tolls, 'rate')),
    ask: ({ tolls }) => `${sayFitting(findUnpaid(tolls, 'rate'))}Wait, and do less at once.`,
  },
  {
    rule: 'law:limit',
    code: 'rate_limited',
    holds: ({ tolls }) => findUnpaid(tolls, 'limit') === undefined,
    says: ({ tolls }) => sayUnpaid(findUnpaid(tolls, 'limit')),
    ask: ({ tolls }) => `${sayFitting(findUnpaid(tolls, 'limit'))}An administrator keeps the limits.`,
  },
]

/**
 * What a person has to approve, call by call. A row that shows itself asks; an approval of exactly this answers all that its
 * voters were told of.
 */
export const APPROVAL_LAWS: readonly Law<ActFacts>[] = [
  {
    rule: 'law:pivot',
    code: 'approval_required',
    holds: (facts) => outside(facts) === undefined,
    says: (facts) => `${sayOutside(facts)}: that is a pivot, which a person may approve.`,
    ask: () => 'A person with the role approver can widen the task by exactly this call.',
  },
  {
    rule: 'law:each-action',
    code: 'approval_required',
    holds: (facts) =>
      facts.lineage.links.every((link) => TIER_TERMS[link.identity.tier].taskApproval !== 'each-action'),
    says: () => 'A person approves each action of an identity of this tier.',
    ask: () => 'A person with the role approver can approve exactly this.',
  },
  {
    rule: 'law:each-call',
    code: 'approval_required',
    holds: (facts) =>
      facts.lineage.links.every((link) =>
        facts.resources.every((each) => coverResource(facts, link, each).some((row) => row.approval === 'none')),
      ),
    says: () => 'The entitlement asks for a person to approve each call.',
    ask: () => 'A person with the role approver can approve exactly this.',
  },
  {
    rule: 'law:flow',
    code: 'approval_required',
    holds: (facts) => !isChange(facts.actionClass) || !isTainted(labelsOf(facts.memory.ranks)),
    says: ({ memory }) =>
      memory.from.length === 0
        ? 'The task has read untrusted content and confidential data, so that it changes nothing by itself.'
        : `Untrusted content and confidential data were read by the task, those above it, or others that its identity had lately (${memory.from.join(', ')}), so that it changes nothing by itself.`,
    ask: () => 'A person with the role approver can declassify exactly this flow.',
  },
]

/** True for the reason that a change would be a flow out: who says yes to that declassifies it. */
export function isFlow({ rule }: Pick<Reason, 'rule'>): boolean {
  return rule === 'law:flow'
}

/** Says why the laws ask for a person; empty where they do not. */
export function sayNeeds(facts: ActFacts): readonly Reason[] {
  return APPROVAL_LAWS.filter((law) => !law.holds(facts)).map((law) => ({ rule: law.rule, sentence: law.says(facts) }))
}

/** A call that an approval is held against, as it is now. */
export interface ApprovalLook {
  readonly subjectId: string
  readonly digest: string
  readonly given: GivenCall
  readonly atMs: number
  readonly use: ApprovalUse
  /** What the call takes of what an envelope adds up, in millionths. */
  readonly spends: number
  /** Who is in the chain, or asked for somebody in it. */
  readonly chain: readonly string[]
  /** How many different people it takes now. */
  readonly approvers: number
  /** Of its voters, those who are still what they were as they said yes. */
  readonly present: readonly string[]
}

/** True where the approval covers this, now: right subject and call, in time, uses left, given by others who are still here. */
export function isUsable(approval: Approval, on: ApprovalLook): boolean {
  const barred = [...approval.requestedBy, ...on.chain]
  const yes = approval.votes.filter((vote) => vote.verdict === 'approve')
  return (
    approval.state === 'approved' &&
    approval.subject === 'call' &&
    approval.subjectId === on.subjectId &&
    isCovered(approval, on) &&
    on.atMs < approval.expiresMs &&
    on.use.uses < approval.usesMax &&
    yes.length >= approval.seats.length &&
    yes.length >= Math.max(1, on.approvers) &&
    approval.seats.length > 0 &&
    approval.votes.every(
      (vote) => vote.verdict === 'approve' && !barred.includes(vote.personId) && on.present.includes(vote.personId),
    ) &&
    new Set(yes.map((vote) => vote.personId)).size === yes.length
  )
}

function isCovered({ digest, envelope, call }: Approval, on: ApprovalLook): boolean {
  if (call === undefined) return false
  if (envelope === undefined)
    return digest === on.digest && call.policyVersion === on.given.policyVersion && isTold(call, on.given.needs)
  const most = envelope.total === null ? 0 : countMillionths(envelope.total.atMost)
  return findUncovered(call, envelope, on.given) === null && most !== null && on.use.spent + on.spends <= most
}

function sayUnpaid(toll: Toll | undefined): string {
  if (toll === undefined || isUntold(toll)) return toll?.sentence ?? ''
  return `More than is allowed: ${toll.sentence}, and ${toll.weighed.used} of that is used.`
}
