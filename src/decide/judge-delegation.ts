import type { AgentCaller } from '../authenticate/caller.ts'
import { type Change, type Kept, meter, requireVersion } from '../contract/change.ts'
import type { Decision } from '../contract/decision.ts'
import type { DelegationGrant } from '../contract/register/delegation-grant.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Purpose } from '../contract/register/purpose.ts'
import { containsScope, intersectScopes, type Scope } from '../contract/scope.ts'
import { isWithinCeiling, minSensitivity, type Sensitivity } from '../contract/sensitivity.ts'
import { type Authority, findExcess, isAcyclic } from '../contract/task.ts'
import { ownSubjects } from '../contract/token/foreign-act.ts'
import { ID_PREFIXES } from '../ground/ids.ts'
import { unique } from '../ground/unique.ts'
import { nearestScope } from './coverage.ts'
import { describeIdentity, describeTask, tellRemembered } from './describe.ts'
import type { UsedFacts } from './facts/fit-data.ts'
import { denyByLaw, denyByPolicy, type Hearing, permit } from './hearing.ts'
import { guardEntitlements, guardPurposes, readRules } from './judge-task.ts'
import { labelsOf } from './laws/act.ts'
import { DELEGATED_FLOW_LAW, sayFlowNeeds } from './laws/delegated-flow.ts'
import { findBroken, type Law, over } from './laws/law.ts'
import { grantBehind, HOP_BOUNDS, HOP_LAW, type Hop, holdToMayAct } from './laws/may-act.ts'
import { budgetLeft, budgetOfPart } from './laws/part-budget.ts'
import { STANDING_LAWS } from './laws/standing.ts'
import { guardHandover, HANDOVER_LAWS, type Handover, narrowHandover, takenByOf } from './laws/taken-by.ts'
import { backingOf, classesAllowed, endOf, termsOf, WISH_LAWS, type Wish } from './laws/wish.ts'
import {
  found,
  guardStanding,
  type Lineage,
  type Link,
  type Member,
  type Memory,
  readLineage,
  readMembers,
  readMemory,
} from './lineage.ts'
import { askersOf, type Birth, makeTask, tellTask } from './new-task.ts'
import { askPolicies } from './policy/ask-policies.ts'
import { askAboutDelegation } from './policy/slice.ts'
import type { DelegationRequest, Taker } from './requests.ts'
import type { DecideStore } from './store.ts'

/** All that bounds a part of a task that is handed on. */
export interface DelegationLawFacts {
  readonly lineage: Lineage
  /** Identities of ours that acted before in another domain, in a chain that has come back here. */
  readonly before: readonly string[]
  readonly to: string
  /** Who would act; undefined where nobody has this name. */
  readonly helper: Member | undefined
  /** Undefined where there is no helper to wish for. */
  readonly wish: Wish | undefined
  /** What the chain has read, and what its identities remember: handing on tells it to somebody. */
  readonly memory: Memory
  readonly handover: Handover
  readonly hop: Hop
}

type Named = DelegationLawFacts & { readonly wish: Wish }

/** The bounds of the chain: what every task of it allows. */
function authorityOf(lineage: Lineage): Authority {
  const tasks = lineage.links.map((link) => link.task)
  return {
    scope: lineage.own.task.scope,
    ceiling: tasks.map((task) => task.ceiling).reduce<Sensitivity>(minSensitivity, 'restricted'),
    budget: budgetLeft(lineage),
    endsMs: Math.min(...tasks.map((task) => task.endsMs)),
    delegationDepthLeft: lineage.own.task.delegationDepthLeft,
  }
}

const scopesHold = (facts: Named): boolean =>
  facts.lineage.links.every((link) => containsScope(link.task.scope, facts.wish.scope))
const depthFor = (facts: Named): number =>
  Math.max(
    0,
    Math.min(
      facts.lineage.own.task.delegationDepthLeft - 1,
      termsOf(facts.wish).delegationDepthMax,
      grantBehind(facts)?.depthMax ?? 0,
    ),
  )
const wished = (facts: Named): Authority => ({
  ...facts.wish,
  endsMs: endOf(facts.wish),
  delegationDepthLeft: depthFor(facts),
})
const inside = (facts: Named): Scope => {
  const common = facts.lineage.links.reduce<Scope>(
    (scope, link) => intersectScopes(scope, link.task.scope),
    facts.wish.scope,
  )
  return nearestScope(common, facts.wish.member.entitlements, classesAllowed(facts.wish), facts.wish.rules)
}

/** The bounds of the delegator, which the entitlements of the helper cannot widen. */
const NARROWER_LAWS: readonly Law<Named>[] = [
  {
    rule: 'law:delegated-scope',
    code: 'scope_exceeded',
    holds: scopesHold,
    says: () => 'A task hands on only what it has itself; this scope goes beyond it.',
    ask: () => 'Ask for less, or open a task of its own for the rest.',
    nearest: inside,
  },
  {
    rule: 'law:delegated-ceiling',
    code: 'ceiling_exceeded',
    holds: (facts) => isWithinCeiling(facts.wish.ceiling, authorityOf(facts.lineage).ceiling),
    says: (facts) => `The delegating task may touch ${authorityOf(facts.lineage).ceiling} data at most.`,
    ask: (facts) => `Ask with the ceiling ${authorityOf(facts.lineage).ceiling}.`,
    nearest: inside,
  },
  {
    rule: 'law:delegated-end',
    code: 'end_exceeded',
    holds: (facts) => endOf(facts.wish) <= authorityOf(facts.lineage).endsMs,
    says: () => 'A task does not outlive the one that it comes from.',
    ask: (facts) =>
      `Ask for at most ${Math.max(0, Math.floor((authorityOf(facts.lineage).endsMs - facts.wish.atMs) / 1000))} seconds.`,
    nearest: inside,
  },
  {
    rule: 'law:delegated-budget',
    code: 'budget_exceeded',
    holds: (facts) =>
      !findExcess(authorityOf(facts.lineage), wished(facts)).some((what) =>
        ['calls', 'writes', 'bytes', 'spend', 'rate'].includes(what),
      ),
    says: () => 'The delegating task has less left than this.',
    ask: (facts) => {
      const left = budgetLeft(facts.lineage)
      return `Ask for at most ${left.callsMax} calls, ${left.writesMax} writes and ${left.bytesMax} bytes.`
    },
    nearest: inside,
  },
  {
    rule: 'law:narrower',
    code: 'chain_invalid',
    holds: (facts) => findExcess(authorityOf(facts.lineage), wished(facts)).length === 0,
    says: (facts) =>
      `It would be wider than what it comes from, in: ${findExcess(authorityOf(facts.lineage), wished(facts)).join(', ')}.`,
    ask: () => 'Ask for less.',
    nearest: inside,
  },
]

/** What must hold before a task is handed on. */
const DELEGATION_LAWS: readonly Law<DelegationLawFacts>[] = [
  {
    rule: 'law:acyclic',
    code: 'chain_invalid',
    holds: ({ lineage, before, helper }) =>
      helper === undefined ||
      (isAcyclic([...lineage.own.task.chain, { identityId: helper.identity.id }]) &&
        !before.includes(helper.identity.id)),
    says: (facts) => `${facts.to} is in this chain already.`,
    ask: () => 'Hand the task to somebody who is not in the chain.',
  },
  ...over((facts: DelegationLawFacts) => facts.hop, [HOP_LAW]),
  ...over((facts: DelegationLawFacts) => facts.lineage.standing, STANDING_LAWS),
  {
    rule: 'law:depth',
    code: 'chain_invalid',
    holds: (facts) => facts.lineage.own.task.delegationDepthLeft > 0,
    says: () => 'This task may not be handed on any further.',
    ask: () => 'Do it inside this task, or have the helper open a task of its own.',
  },
  ...over((facts: DelegationLawFacts) => found(facts.wish, 'wish'), WISH_LAWS),
  ...over(({ hop, wish }: DelegationLawFacts) => ({ hop, wish: found(wish, 'wish') }), HOP_BOUNDS),
  ...over((facts: DelegationLawFacts): Named => ({ ...facts, wish: found(facts.wish, 'wish') }), NARROWER_LAWS),
  ...over(
    ({ lineage: { own }, wish, memory }: DelegationLawFacts) => ({ own, wish: found(wish, 'wish'), memory }),
    [DELEGATED_FLOW_LAW],
  ),
  ...over((facts: DelegationLawFacts) => facts.handover, HANDOVER_LAWS),
]

/**
 * Decides whether part of a task may be handed to another identity, or to the one workload of it that is there: laws, then
 * policies.
 */
export async function judgeDelegation(
  hearing: Hearing<'delegation'>,
  caller: AgentCaller,
  request: DelegationRequest,
  taker?: Taker,
): Promise<Decision<'delegation'>> {
  const facts = await readFacts(hearing, caller, request, taker)
  const { own } = facts.lineage
  const used = describeDelegation(facts, caller, request)
  const broken = findBroken(DELEGATION_LAWS, facts)
  if (broken !== undefined) return denyByLaw(hearing, broken, facts, used)
  const wish = found(facts.wish, 'wish')
  const to = wish.member.identity
  const { links } = facts.lineage
  // whoever it is done for has asked for it too, however many hands it goes through
  const people = links.flatMap(({ task }) => task.onBehalfOf ?? [])
  const requestedBy = unique([...askersOf([...links.map((link) => link.identity), to]), ...people])
  const needs = sayFlowNeeds({ own, wish, memory: facts.memory })
  const birth: Birth = {
    parent: own.task,
    purpose: to.purpose ?? own.task.purpose,
    labels: labelsOf(own.usage),
    delegationDepthLeft: depthFor({ ...facts, wish }),
    bindingId: taker?.bindingId ?? null,
    given: { fromCredentialId: caller.credential.id, takenBy: takenByOf(facts.handover) },
    requestedBy,
    needs,
  }
  const mayAct = holdToMayAct(facts.lineage.standing, { hop: facts.hop, wish })
  const made = makeTask(hearing, wish, birth, mayAct)
  const parent = { task: own.task, usage: { ...own.usage, ...facts.memory.ranks } }
  const verdict = askPolicies(hearing, [askAboutDelegation(own.identity, parent, to, made, hearing.surroundings)])
  if (!verdict.allowed) return denyByPolicy(hearing, verdict, used)
  const relied = wish.scope.flatMap((grant) => backingOf(wish, grant) ?? [])
  return permit(hearing, {
    asked: { ...verdict.asked, needs: needs.map(({ rule }) => rule) },
    grant: made.task,
    reasons: [
      {
        rule: 'law:narrower',
        sentence: 'What is handed on lies inside the task, and inside what the helper is entitled to.',
      },
      ...needs,
      ...verdict.reasons,
    ],
    facts: {
      by: describeStand(own.identity),
      helper: describeStand(to),
      ...tellRemembered(facts.memory),
      credentialId: used['credentialId'],
      left: used['left'],
      entitlements: unique(relied.map((row) => row.id)),
    },
    whole: tellTask(made.task, requestedBy),
    changes: [
      ...guardStanding(facts.lineage.standing),
      ...guardEntitlements(relied),
      ...guardHandover(facts.handover),
      ...(mayAct.grant === undefined ? [] : [requireVersion('delegation_grants', mayAct.grant)]),
      ...guardPurposes(wish),
      ...made.changes,
      holdLabels(own),
    ],
    subject: { kind: 'task', id: made.task.id },
  })
}

/** Who hands on or takes a task, with what tells whether it stands outside. */
function describeStand(identity: Identity): UsedFacts {
  return { ...describeIdentity(identity), runtime: identity.runtime, vendor: identity.vendor }
}

/** Holds while the parent has read nothing worse than its child was born with. */
function holdLabels(own: Link): Change {
  const { confidentiality, integrity } = own.usage
  return meter('task_usage', own.task.id, { add: {}, raise: {}, atMost: { confidentiality, integrity } })
}

/** Who takes the part: whom a proof names, or whom the request does, by id, as tokens and chains tell of somebody, or by name. */
async function findHelper(
  store: Hearing['store'],
  { to }: DelegationRequest,
  taker: Taker | undefined,
): Promise<Kept<Identity> | undefined> {
  if (taker !== undefined) return (await store.identities([taker.identityId]))[0]
  const [known] = to.startsWith(`${ID_PREFIXES.identity}_`) ? await store.identities([to]) : []
  return known ?? (await store.identityNamed(to))
}

async function readFacts(
  hearing: Hearing,
  caller: AgentCaller,
  request: DelegationRequest,
  taker: Taker | undefined,
): Promise<DelegationLawFacts> {
  const { store, atMs, issuer } = hearing
  const [credential, named, rules] = await Promise.all([
    store.credential(caller.credential.id),
    findHelper(store, request, taker),
    readRules(store, request.scope),
  ])
  const helper = named === undefined ? undefined : found((await readMembers(store, [named], atMs))[0], 'identity')
  const on = { atMs, credential: found(credential, 'credential'), also: helper === undefined ? [] : [helper] }
  const lineage = await readLineage(store, caller.task, on)
  const memory = await readMemory(store, lineage, true)
  const { foreignAct } = lineage.own.task
  const before = issuer === undefined || foreignAct === undefined ? [] : ownSubjects(foreignAct, issuer)
  const bindings = helper === undefined ? [] : await store.bindingsOf([helper.identity.id])
  const takers: Handover = {
    bindings: taker === undefined ? bindings : bindings.filter(({ id }) => id === taker.bindingId),
    takenBy: request.takenBy,
    atMs,
  }
  const hop: Hop = { from: lineage.own, to: helper, grants: await readGrants(store, lineage, helper), takers, atMs }
  if (helper === undefined)
    return { lineage, before, memory, hop, handover: takers, to: request.to, helper, wish: undefined }
  const own = await store.purposes(helper.identity.purpose === null ? [] : [helper.identity.purpose])
  const purposes: readonly (Kept<Purpose> | undefined)[] = [own[0], ...lineage.links.map((link) => link.purpose)]
  const budget = budgetOfPart(request.budget, budgetLeft(lineage))
  const wish: Wish = { atMs, member: helper, purposes, rules, ticket: lineage.own.task.ticket, ...request, budget }
  const handover = narrowHandover(takers, grantBehind({ hop, wish }))
  return { lineage, before, memory, hop, handover, to: helper.identity.name, helper, wish }
}

async function readGrants(
  store: DecideStore,
  { own }: Lineage,
  helper: Member | undefined,
): Promise<readonly Kept<DelegationGrant>[]> {
  return helper === undefined ? [] : await store.grantsBetween(own.identity.id, helper.identity.id)
}

function describeDelegation(facts: DelegationLawFacts, caller: AgentCaller, request: DelegationRequest): UsedFacts {
  const { own } = facts.lineage
  return {
    identityId: own.identity.id,
    taskId: own.task.id,
    identity: describeIdentity(own.identity),
    task: { ...describeTask(own.task), scope: own.task.scope },
    asked: { ...request },
    helper: facts.helper === undefined ? null : describeIdentity(facts.helper.identity),
    credentialId: caller.credential.id,
    left: budgetLeft(facts.lineage),
    labels: labelsOf(own.usage),
  }
}
