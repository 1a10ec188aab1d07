import type { AgentCaller } from '../authenticate/caller.ts'
import { UNKNOWN_CLASS } from '../contract/action-class.ts'
import { type Change, type Kept, meter, requireAbsent, requireVersion } from '../contract/change.ts'
import { chainActKey } from '../contract/counters/chain-act.ts'
import type { CallBefore, Decision, JudgedAction, PermittedCall, Reason } from '../contract/decision.ts'
import { INTEGRITIES, joinLabels, type Labels, ranksOf } from '../contract/label.ts'
import type { ResourceRule, ToolRule } from '../contract/register/purpose.ts'
import { maxSensitivity, rankSensitivity, type Sensitivity } from '../contract/sensitivity.ts'
import { canonicalJson } from '../ground/canonical-json.ts'
import { digestCall } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { countApprovers } from './approval/count-approvers.ts'
import { holdCall } from './approval/hold-call.ts'
import { findUsable, type HeldCall, NOTHING_SOUGHT, type Sought, spendApproval, tellUse } from './approval/usable.ts'
import { findCallTarget } from './call-target.ts'
import { describeBudget, describeIdentity, describeTask, tellRemembered } from './describe.ts'
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
import { guardLimits, payTolls, readTolls, tellTolls } from './facts/tolls.ts'
import { type Hearing, permit } from './hearing.ts'
import { ACT_LAWS, type ActFacts, findRelied, isChange, isFlow, judgeAs, labelsOf, sayNeeds } from './laws/act.ts'
import { guardRights } from './laws/behalf.ts'
import { findBroken } from './laws/law.ts'
import { isPivot, pivotsBefore } from './laws/pivot.ts'
import { found, guardStanding, type Link, readLineage, readMemory } from './lineage.ts'
import { askPolicies, type PolicyVerdict, weighCall } from './policy/ask-policies.ts'
import { refuseByPolicy, tellObligations } from './policy/refuse-by-policy.ts'
import { type ActAsked, askAboutAct, type TaskFacts } from './policy/slice.ts'
import type { CallRequest, FileLook } from './requests.ts'
import { denyCounted } from './reviewed/near-acts.ts'
import { findActSensitivity, type Reading } from './reviewed/sensitivity.ts'
import type { KnownLimits } from './store.ts'

const INSIDE: Reason = {
  rule: 'law:scope',
  sentence: 'The call lies inside the task, its purpose, its ceiling and its budget.',
}
const WIDENED: Reason = {
  rule: 'law:scope',
  sentence:
    'A person widened the task by this call, which lies inside the entitlements, the purpose, the ceiling and the budget.',
}

/** Decides whether a tool call may pass: laws, then policies, then the approvals that either asks for. */
export async function judgeCall(
  hearing: Hearing<'call'>,
  caller: AgentCaller,
  request: CallRequest,
): Promise<Decision<'call'>> {
  const { facts, rule, argumentsText, limits } = await readCallFacts(hearing, caller, request)
  const used = describeCall(facts, caller)
  const broken = findBroken(ACT_LAWS, facts)
  if (broken !== undefined) return await denyCounted(hearing, broken, facts, used)
  const action = judgeAction(hearing, facts, rule, request, argumentsText)
  const labels = joinLabels(labelsOf(facts.lineage.own.usage), labelsRead(facts, rule))
  const told: UsedFacts = {
    ...used,
    action: { name: action.name, class: action.actionClass, digest: action.digest },
    labels: { ...describeLabels(facts), after: labels },
  }
  const look = createLook(facts.history)
  const act = describeAct(facts, rule, caller, request, look)
  const ask = (approved: boolean): PolicyVerdict =>
    askPolicies(hearing, questions(hearing, facts, { ...act, approved }))
  const naming = rule?.resourceArgument?.split(',') ?? []
  const call = { action, rule, naming, arguments: request.arguments, lineage: facts.lineage }
  const held = await holdToPolicies(hearing, facts, call, ask)
  const no = refuseByPolicy(hearing, held.verdict, { used: told, supported: null })
  if (no !== null) return no
  const { usable, uncovered } = held.sought
  if (held.needs.length > 0 && usable === undefined)
    return await holdCall(hearing, { ...call, ...held, wish: request.wish ?? {} }, told, uncovered)
  const before = tellBefore(facts, { approved: usable !== undefined, obligations: held.verdict.obligations })
  const counted = findCounted(facts.history, [facts.name, facts.actionClass], facts.resources)
  const grant: PermittedCall = {
    taskId: facts.lineage.own.task.id,
    action,
    counted: counted.map(({ rootId, name }) => chainActKey(rootId, name)),
    labels: joinLabels(labels, labelsOf(facts.memory.ranks)),
    before,
  }
  return permit(hearing, {
    asked: { ...held.verdict.asked, approved: usable !== undefined },
    grant,
    reasons: [held.needs.some(isPivot) ? WIDENED : INSIDE, ...held.needs, ...held.verdict.reasons],
    facts: { ...told, ...tellUse(usable), ...tellObligations(held.verdict) },
    obligations: held.verdict.obligations,
    whole: { entitlements: findRelied(facts).map((row) => row.id) },
    changes: [
      ...guardCall(facts, rule),
      ...guardHistory(facts.history, look),
      ...(usable === undefined ? [] : spendApproval(usable)),
      ...spendBudgets(facts, labels, usable !== undefined && held.needs.some(isFlow)),
      guardLimits(limits),
      ...payTolls(facts.tolls),
      ...countAct(facts.history, counted, hearing.atMs),
    ],
  })
}

function tellBefore(
  { lineage, memory, history }: ActFacts,
  given: Pick<CallBefore, 'approved' | 'obligations'>,
): CallBefore {
  return { usages: lineage.links.map(({ usage }) => usage), acts: history.acts, memory: memory.ranks, ...given }
}

interface Held {
  readonly verdict: PolicyVerdict
  /** Why a person has to approve; empty where nobody has to. */
  readonly needs: readonly Reason[]
  readonly approvers: number
  readonly sought: Sought
}

/** An approval is looked for only after laws and policies have said that it would do. */
async function holdToPolicies(
  hearing: Hearing,
  facts: ActFacts,
  call: Omit<HeldCall, 'needs' | 'approvers'>,
  ask: (approved: boolean) => PolicyVerdict,
): Promise<Held> {
  const weighed = weighCall(ask, sayNeeds(facts))
  const isHeld = weighed.verdict.allowed && weighed.needs.length > 0
  const approvers = countApprovers(hearing, facts, weighed.needs)
  const sought = isHeld ? await findUsable(hearing, { ...call, needs: weighed.needs, approvers }) : NOTHING_SOUGHT
  return { ...weighed, approvers, sought }
}

/** Reads all that a call is judged on; `written` are its arguments where they have been written before. */
export async function readCallFacts(
  hearing: Hearing,
  caller: AgentCaller,
  request: CallRequest,
  written: WrittenArguments = writeArguments(request.arguments),
): Promise<{
  readonly facts: ActFacts
  readonly rule: Kept<ToolRule> | undefined
  readonly argumentsText: string
  readonly limits: KnownLimits
}> {
  const { store, atMs } = hearing
  const [credential, rule, resourceRules, limits] = await Promise.all([
    store.credential(caller.credential.id),
    store.toolRule(request.server, request.tool),
    store.resourceRules(),
    store.limits(),
  ])
  const lineage = await readLineage(store, caller.task, {
    atMs,
    credential: found(credential, 'credential'),
    upstream: request.server,
  })
  const name = `${request.server}/${request.tool}`
  const { argumentsText, argumentFault } = written
  const target =
    rule === undefined || argumentFault !== null
      ? { because: 'there is no rule for it' }
      : findCallTarget(rule, request.arguments)
  const actionClass = rule?.actionClass ?? UNKNOWN_CLASS
  const resources = 'because' in target ? [] : judgeResources(resourceRules.rules, target.resources, rule)
  const facts: ActFacts = {
    lineage,
    memory: await readMemory(store, lineage, isChange(actionClass)),
    name,
    actionClass,
    isAsked: false,
    tool: rule === undefined ? 'unknown' : rule.state === 'active' ? 'known' : 'quarantined',
    argumentFault,
    targetFault: 'because' in target ? target.because : findFileFault(rule, request.files),
    resources,
    history: await readHistory(hearing, caller.task.rootId, resources, true),
    tolls:
      argumentFault === null
        ? await readTolls(store, { ...request, lineage, rule, name, actionClass, limits: limits.rules })
        : [],
    catalogue: resourceRules.catalogue,
  }
  return { facts, rule, argumentsText, limits }
}

/** A look that was made by another review of the tool may have been at other files. */
function findFileFault(rule: Kept<ToolRule> | undefined, files: FileLook | undefined): string | null {
  if (files === undefined) return null
  const isCurrent = files.ruleVersion === (rule?.version ?? 0)
  return isCurrent ? files.fault : 'the tool was reviewed anew in this moment, so that the call has to be sent again'
}

/** Gives resources with the sensitivity that the rules give them to a tool, or to an act that is named by its class. */
export function judgeResources(
  rules: readonly ResourceRule[],
  resources: readonly string[],
  tool?: Reading,
): ActFacts['resources'] {
  return resources.map((id) => ({ id, sensitivity: findActSensitivity(rules, id, tool) }))
}

/** The arguments of a call in canonical form, or why they cannot be judged. */
export interface WrittenArguments {
  readonly argumentsText: string
  readonly argumentFault: string | null
}

/** Writes the arguments, once for all that is decided on them. */
function writeArguments(args: CallRequest['arguments']): WrittenArguments {
  try {
    const argumentsText = canonicalJson(args)
    const fits = Buffer.byteLength(argumentsText) <= LIMITS.argumentsBytesMax
    const argumentFault = fits ? null : `The arguments have more than ${LIMITS.argumentsBytesMax} bytes.`
    return { argumentsText, argumentFault }
  } catch (error) {
    if (!(error instanceof RemitError)) throw error
    return { argumentsText: '', argumentFault: `The arguments cannot be judged: ${error.detail}` }
  }
}

function judgeAction(
  hearing: Hearing,
  facts: ActFacts,
  rule: ToolRule | undefined,
  request: CallRequest,
  argumentsText: string,
): JudgedAction {
  const judged = judgeAs(facts, rule)
  const digest = digestCall({
    server: request.server,
    tool: request.tool,
    argumentsText,
    taskId: facts.lineage.own.task.id,
    policyVersion: hearing.policies.version,
    judged,
  })
  return { name: facts.name, ...judged, digest }
}

/** What the task will have touched by the result; of a tool without a rule, the worst. */
export function labelsRead(facts: ActFacts, rule: ToolRule | undefined): Labels {
  const confidentiality = facts.resources.reduce<Sensitivity>(
    (most, each) => maxSensitivity(most, each.sensitivity),
    'public',
  )
  return { confidentiality, integrity: rule?.resultIntegrity ?? 'untrusted' }
}

/** One question for each identity of the chain and each resource: all must be allowed. */
export function questions(hearing: Hearing, facts: ActFacts, act: ActAsked): ReturnType<typeof askAboutAct>[] {
  return facts.lineage.links.flatMap((link) =>
    facts.resources.map((each) => askAboutAct(link.identity, remind(link, facts), act, each, hearing.surroundings)),
  )
}

/** Gives the call as policies are told of it. */
export function describeAct(
  facts: ActFacts,
  rule: ToolRule | undefined,
  { credential, possession }: AgentCaller,
  request: CallRequest,
  look: HistoryLook,
): Omit<ActAsked, 'approved'> {
  return {
    name: facts.name,
    actionClass: facts.actionClass,
    server: rule?.server ?? '',
    resultUntrusted: rule?.resultIntegrity !== 'trusted',
    proof: { strength: credential.strength ?? 'bearer', possession: possession !== null },
    inputs: tellInputs(readInputs(request.arguments)),
    history: tellHistory(facts.history, look),
    tags: { identity: {}, resource: {}, asked: {} },
  }
}

/** The policies see of each hop what may stand in what it writes. */
function remind({ task, usage }: Link, { memory }: ActFacts): TaskFacts {
  return { task, usage: { ...usage, ...memory.ranks } }
}

/** Gives the guards of everything that a permitted act rests on. */
export function guardCall(facts: ActFacts, rule: Kept<ToolRule> | undefined): readonly Change[] {
  const rows = new Map<string, Change>()
  for (const row of findRelied(facts)) rows.set(row.id, requireVersion('entitlements', row))
  for (const link of facts.lineage.links) {
    if (link.purpose !== undefined) rows.set(link.purpose.code, requireVersion('purposes', link.purpose))
  }
  return [
    ...guardStanding(facts.lineage.standing),
    ...guardRights(facts),
    ...(rule === undefined ? [] : [requireVersion('tool_rules', rule)]),
    facts.catalogue === undefined
      ? requireAbsent('catalogues', 'resources')
      : requireVersion('catalogues', facts.catalogue),
    ...rows.values(),
  ]
}

/**
 * Checks and reserves in one step, for the task and every task above it: a chain spends from one purse, and what a
 * helper reads reaches the one who asked it.
 */
export function spendBudgets(facts: ActFacts, labels: Labels, isDeclassified: boolean): readonly Change[] {
  const raise = ranksOf(labels)
  const add = isChange(facts.actionClass) ? { calls: 1, writes: 1 } : { calls: 1 }
  const after = joinLabels(labels, labelsOf(facts.memory.ranks))
  const flow = isChange(facts.actionClass) && !isDeclassified ? holdFlow(facts.lineage.own, ranksOf(after)) : FREE
  const meters = facts.lineage.links.map((link) => {
    const { callsMax, writesMax } = link.task.budget
    const atMost = {
      calls: callsMax,
      writes: writesMax,
      ...pivotsBefore(link),
      ...(link === facts.lineage.own ? flow.atMost : {}),
    }
    return meter('task_usage', link.task.id, { add, raise, atMost })
  })
  return [...flow.guards, ...meters]
}

interface FlowHold {
  readonly atMost: Readonly<Partial<Record<'confidentiality' | 'integrity', number>>>
  readonly guards: readonly Change[]
}
const FREE: FlowHold = { atMost: {}, guards: [] }

/**
 * Holds a change while no read that is decided at the same moment taints the task: one of the two labels stays where
 * a change is still free. Where the change itself raises both, only the version tells. `after` is what it leaves.
 */
export function holdFlow(own: Link, after: { readonly confidentiality: number; readonly integrity: number }): FlowHold {
  const trusted = INTEGRITIES.indexOf('trusted')
  const internal = rankSensitivity('internal')
  if (after.integrity <= trusted) return { atMost: { integrity: trusted }, guards: [] }
  if (after.confidentiality <= internal) return { atMost: { confidentiality: internal }, guards: [] }
  return { atMost: {}, guards: [requireVersion('task_usage', own.usage)] }
}

/** What the task has read, and where more than that counts, what it is taken to remember and from which tasks. */
export function describeLabels({ lineage, memory }: ActFacts): Readonly<Record<string, unknown>> {
  return { before: labelsOf(lineage.own.usage), ...tellRemembered(memory) }
}

function describeCall(facts: ActFacts, caller: AgentCaller): UsedFacts {
  const { own, links } = facts.lineage
  return {
    identityId: own.identity.id,
    identity: describeIdentity(own.identity),
    task: describeTask(own.task),
    taskId: own.task.id,
    action: { name: facts.name, class: facts.actionClass },
    resources: facts.resources,
    labels: describeLabels(facts),
    budget: describeBudget(own),
    ...tellTolls(facts.tolls, facts.lineage.standing.atMs),
    ceilings: links.map((link) => ({ identity: link.identity.name, ceiling: link.task.ceiling })),
    credentialId: caller.credential.id,
    binding: { id: own.task.bindingId, possession: caller.possession !== null },
  }
}
