import type { Caller } from '../authenticate/caller.ts'
import { ACTION_CLASSES, type ActionClass, UNKNOWN_CLASS } from '../contract/action-class.ts'
import { type Change, type Kept, meter, requireVersion } from '../contract/change.ts'
import type { Decision, Reason } from '../contract/decision.ts'
import { joinLabels, ranksOf } from '../contract/label.ts'
import { ownDomain } from '../contract/policy.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import { LIMITS } from '../ground/limits.ts'
import { countApprovers } from './approval/count-approvers.ts'
import { describeEvaluated } from './approval/evaluated.ts'
import { findShown, type HeldEvaluation, holdEvaluation } from './approval/hold-evaluation.ts'
import { spendApproval, tellUse } from './approval/usable.ts'
import { findNameFault } from './call-target.ts'
import { describeBudget, describeIdentity, describeTask } from './describe.ts'
import { denyUncounted, findCountedBy, tellCounted } from './domain/counting.ts'
import { denyAsker, judgeAsker, tellLeave } from './domain/judge-asker.ts'
import { denySubject, denyTaskless, findSubject, isAboutSelf, nameResource, readRule } from './evaluation/subject.ts'
import type { UsedFacts } from './facts/fit-data.ts'
import {
  countAct,
  createLook,
  findCounted,
  guardHistory,
  type HistoryLook,
  readHistory,
  tellHistory,
} from './facts/history.ts'
import { readInputs, tellInputs } from './facts/inputs.ts'
import { withoutSource } from './facts/surroundings.ts'
import { guardLimits, payTolls, readTolls, tellTolls } from './facts/tolls.ts'
import { type Hearing, permit } from './hearing.ts'
import {
  describeLabels,
  guardCall,
  holdFlow,
  judgeResources,
  labelsRead,
  questions,
  spendBudgets,
} from './judge-call.ts'
import { ACT_LAWS, type ActFacts, findRelied, isChange, isFlow, labelsOf, sayNeeds } from './laws/act.ts'
import { findBroken } from './laws/law.ts'
import { readLineage, readMemory } from './lineage.ts'
import { askPolicies, weighCall } from './policy/ask-policies.ts'
import { listSupported } from './policy/obligation/known.ts'
import { OWN_OBLIGATION_TYPES } from './policy/obligation/own.ts'
import { refuseByPolicy, tellObligations } from './policy/refuse-by-policy.ts'
import type { ActAsked, Tags } from './policy/slice.ts'
import type { EvaluationRequest } from './requests.ts'
import { denyAct } from './reviewed/near-acts.ts'
import type { KnownLimits } from './store.ts'

const INSIDE: Reason = {
  rule: 'law:scope',
  sentence: 'It lies inside the task, its purpose, its ceiling and its budget.',
}

/**
 * Decides an AuthZEN Access Evaluation. The subject is a task, or an identity (`identity`, `agent`; by id or name) with
 * the task named in `context.task` or `subject.properties.task`: nothing acts without one. What Remit knows itself is
 * never taken from the request; its other properties reach the policies as tags, whatever they are called. The budget
 * is checked and not spent, and so is every limit; what the task would have read is counted, but for a person, who asks and enforces nothing.
 * Where an entitlement of an enforcement point says which acts it lets happen, it asks about these alone, and the permit takes
 * all that a call would.
 */
export async function judgeEvaluation(
  hearing: Hearing<'evaluation'>,
  request: EvaluationRequest,
  by: Caller,
  hold: typeof holdEvaluation = holdEvaluation,
): Promise<Decision<'evaluation'>> {
  const named = describeAsked(request)
  const subject = await findSubject(hearing, request)
  const leave = isAboutSelf(by, subject) ? null : await judgeAsker(hearing, by, ownDomain)
  if (leave !== null && 'refused' in leave)
    return denyAsker(hearing, leave.refused, { domain: ownDomain, facts: named })
  const asked = leave === null ? named : { ...named, ...tellLeave(leave, ownDomain) }
  if (subject.kind === 'unknown') return denySubject(hearing, asked, 'law:subject', 'There is no such subject here.')
  if (subject.kind === 'taskless') return await denyTaskless(hearing, request, subject.member, asked)
  const counting = leave?.counts ?? null
  const { facts, rule, limits } = await readFacts(hearing, request, subject.task, counting !== null)
  const countedBy = findCountedBy(counting ?? [], facts)
  if (counting !== null && countedBy === undefined) return denyUncounted(hearing, counting, facts, asked)
  const used = {
    ...asked,
    ...describeFacts(facts, rule, by),
    ...(countedBy === undefined ? {} : tellTolls(facts.tolls, hearing.atMs)),
  }
  const broken = findBroken(ACT_LAWS, facts)
  if (broken !== undefined) return await denyAct(hearing, broken, facts, used)
  const look = createLook(facts.history)
  const act = describeAct(request, facts, rule, look)
  const around = leave === null ? hearing : { ...hearing, surroundings: withoutSource(hearing.surroundings) }
  const { verdict, needs } = weighCall(
    (approved) => askPolicies(hearing, questions(around, facts, { ...act, approved })),
    sayNeeds(facts),
  )
  const supported = listSupported(request.context['supported_obligations'], OWN_OBLIGATION_TYPES)
  const no = refuseByPolicy(hearing, verdict, { used, supported })
  if (no !== null) return no
  const held: HeldEvaluation | null =
    needs.length === 0
      ? null
      : {
          ...describeEvaluated(hearing, request, facts, rule),
          request,
          verdict,
          needs,
          approvers: countApprovers(hearing, facts, needs),
        }
  const usable = held === null ? undefined : await findShown(hearing, held, by.kind !== 'person')
  if (held !== null && usable === undefined) return await hold(hearing, held, used)
  const isDeclassified = usable !== undefined && needs.some(isFlow)
  return permit(hearing, {
    asked: { ...verdict.asked, approved: usable !== undefined },
    grant: null,
    reasons: [INSIDE, ...needs, ...verdict.reasons],
    facts: { ...used, ...tellUse(usable), ...tellObligations(verdict, supported) },
    obligations: verdict.obligations,
    whole: { entitlements: findRelied(facts).map((row) => row.id), ...tellCounted(countedBy) },
    changes: [
      ...(leave?.guards ?? []),
      ...guardCall(facts, rule),
      ...guardHistory(facts.history, look),
      guardLimits(limits),
      ...(usable === undefined ? [] : spendApproval(usable)),
      ...(countedBy === undefined
        ? touch(by, facts, rule, isDeclassified)
        : payAct(hearing, facts, rule, { countedBy, isDeclassified })),
    ],
  })
}

/** What an act takes whose asking is its doing: as a call through the gateway does. */
function payAct(
  { atMs }: Hearing,
  facts: ActFacts,
  rule: ToolRule | undefined,
  { countedBy, isDeclassified }: { readonly countedBy: Kept<Entitlement>; readonly isDeclassified: boolean },
): readonly Change[] {
  const labels = joinLabels(labelsOf(facts.lineage.own.usage), labelsRead(facts, rule))
  return [
    requireVersion('entitlements', countedBy),
    ...spendBudgets(facts, labels, isDeclassified),
    ...payTolls(facts.tolls),
    ...countAct(facts.history, findCounted(facts.history, [facts.name, facts.actionClass], facts.resources), atMs),
  ]
}

function describeAsked({ subject, action, resource }: EvaluationRequest): UsedFacts {
  const [who, what] = [subject, resource].map(({ type, id }) => ({ type, id }))
  return { asked: { subject: who, action: action.name, resource: what } }
}

function describeFacts(facts: ActFacts, rule: ToolRule | undefined, by: Caller): UsedFacts {
  const { own } = facts.lineage
  const after = joinLabels(labelsOf(own.usage), labelsRead(facts, rule))
  return {
    identityId: own.identity.id,
    taskId: own.task.id,
    identity: describeIdentity(own.identity),
    task: describeTask(own.task),
    action: { name: facts.name, class: facts.actionClass },
    resources: facts.resources,
    labels: { ...describeLabels(facts), ...(by.kind === 'person' ? {} : { after }) }, // a person only asks
    budget: describeBudget(own),
  }
}

async function readFacts(
  hearing: Hearing,
  request: EvaluationRequest,
  task: Parameters<typeof readLineage>[1],
  counts: boolean,
): Promise<{ readonly facts: ActFacts; readonly rule: Kept<ToolRule> | undefined; readonly limits: KnownLimits }> {
  const { store, atMs } = hearing
  const { name, properties } = request.action
  const [rule, resourceRules, limits] = await Promise.all([
    readRule(hearing, name),
    store.resourceRules(),
    store.limits(),
  ])
  const lineage = await readLineage(store, task, rule === undefined ? { atMs } : { atMs, upstream: rule.server })
  const resource = nameResource(request)
  const nameFault = request.action.name.isWellFormed() ? findNameFault(resource) : 'its action is not well-formed'
  const plain = ACTION_CLASSES.find((each) => each === request.action.name)
  const actionClass = rule?.actionClass ?? plain ?? UNKNOWN_CLASS
  const resources = nameFault === null ? judgeResources(resourceRules.rules, [resource], rule) : []
  const facts: ActFacts = {
    lineage,
    memory: await readMemory(store, lineage, isChange(actionClass)),
    name: request.action.name,
    actionClass,
    isAsked: true,
    tool: judgeTool(rule, plain),
    argumentFault: null,
    targetFault: nameFault,
    resources,
    tolls: await readTolls(store, { lineage, rule, arguments: properties, name, actionClass, limits: limits.rules }),
    history: await readHistory(hearing, lineage.own.task.rootId, resources, counts),
    catalogue: resourceRules.catalogue,
  }
  return { facts, rule, limits }
}

function judgeTool(rule: Kept<ToolRule> | undefined, plain: ActionClass | undefined): ActFacts['tool'] {
  if (rule === undefined) return plain === undefined ? 'unknown' : 'known'
  return rule.state === 'active' ? 'known' : 'quarantined'
}

function describeAct(
  request: EvaluationRequest,
  facts: ActFacts,
  rule: ToolRule | undefined,
  look: HistoryLook,
): ActAsked {
  return {
    name: facts.name,
    actionClass: facts.actionClass,
    server: rule?.server ?? '',
    resultUntrusted: rule?.resultIntegrity !== 'trusted',
    approved: false,
    proof: { strength: 'bearer', possession: false }, // whoever asks is not who acts
    inputs: tellInputs(readInputs(request.action.properties)),
    history: tellHistory(facts.history, look),
    tags: {
      identity: readTags(request.subject.properties),
      resource: readTags(request.resource.properties),
      asked: readTags({ ...request.action.properties, ...request.context }),
    },
  }
}

/** Gives the plain values among open properties as text; anything else is left out, never an error. */
function readTags(properties: Readonly<Record<string, unknown>>): Tags {
  const plain = Object.entries(properties).filter((pair): pair is [string, string | number | boolean] =>
    ['string', 'number', 'boolean'].includes(typeof pair[1]),
  )
  const texts = plain.map(([name, value]) => [name, String(value)] as const)
  const fitting = texts.filter(
    ([name, value]) =>
      name.isWellFormed() &&
      value.isWellFormed() &&
      name.length <= LIMITS.nameCharsMax &&
      value.length <= LIMITS.propertyCharsMax,
  )
  return Object.fromEntries(fitting.slice(0, LIMITS.propertiesMax))
}

/** What is asked and may happen elsewhere: it spends nothing, and what would be read counts as read. A person only asks. */
function touch(by: Caller, facts: ActFacts, rule: ToolRule | undefined, isDeclassified: boolean): readonly Change[] {
  if (by.kind === 'person') return []
  return [...(isDeclassified ? [] : holdChange(facts, rule)), ...countRead(facts, rule)]
}

/** A change asked for beside a read must not be decided as if that had not been read. */
function holdChange(facts: ActFacts, rule: ToolRule | undefined): readonly Change[] {
  if (!isChange(facts.actionClass)) return []
  const { own } = facts.lineage
  const { guards, atMost } = holdFlow(own, ranksOf(joinLabels(labelsRead(facts, rule), labelsOf(facts.memory.ranks))))
  return [...guards, meter('task_usage', own.task.id, { add: {}, raise: {}, atMost })]
}

/** Who enforces elsewhere reads elsewhere: the task and those above it carry both labels of it from here on. */
function countRead(facts: ActFacts, rule: ToolRule | undefined): readonly Change[] {
  const raise = ranksOf(labelsRead(facts, rule))
  const below = facts.lineage.links.filter(
    ({ usage }) => usage.confidentiality < raise.confidentiality || usage.integrity < raise.integrity,
  )
  return below.map((link) => meter('task_usage', link.task.id, { add: {}, raise, atMost: {} }))
}
