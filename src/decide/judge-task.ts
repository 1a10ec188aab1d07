import type { WorkloadCaller } from '../authenticate/caller.ts'
import { type Change, type Kept, requireVersion } from '../contract/change.ts'
import type { Decision } from '../contract/decision.ts'
import { CLEAN_LABELS } from '../contract/label.ts'
import type { BindingKind } from '../contract/register/binding.ts'
import type { Composition } from '../contract/register/composition.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import { LIMITS } from '../ground/limits.ts'
import { unique } from '../ground/unique.ts'
import { describeIdentity } from './describe.ts'
import type { UsedFacts } from './facts/fit-data.ts'
import { denyByLaw, denyByPolicy, type Hearing, permit } from './hearing.ts'
import { COMPOSITION_LAWS } from './laws/composition.ts'
import { findBroken, type Law, over } from './laws/law.ts'
import { holdToMayAct } from './laws/may-act.ts'
import { PROOF_LAWS, STANDING_LAWS } from './laws/standing.ts'
import { backingOf, termsOf, WISH_LAWS, type Wish } from './laws/wish.ts'
import { found, guardStanding, lookAtMember, NO_GROUNDS, readCutoffs, readMembers, type Standing } from './lineage.ts'
import { askersOf, type Birth, makeTask, tellTask } from './new-task.ts'
import { askPolicies } from './policy/ask-policies.ts'
import { askAboutTask } from './policy/slice.ts'
import type { TaskRequest } from './requests.ts'
import { serverOf } from './reviewed/tools.ts'
import type { DecideStore } from './store.ts'

/** All that bounds a new task. */
export interface TaskLawFacts {
  readonly standing: Standing
  readonly wish: Wish
  readonly purpose: string
  readonly strength: string
  readonly bindingKind: BindingKind
  /** What runs, as it says itself. */
  readonly running: Composition | undefined
  /** The one task that the proof is good for, of a proof that came out of a task itself. */
  readonly within?: WorkloadCaller['within']
}

/** An identity gets tasks for the purpose that it was approved for. */
export const OWN_PURPOSE_LAW: Law<Pick<TaskLawFacts, 'purpose' | 'wish'>> = {
  rule: 'law:own-purpose',
  code: 'purpose_exceeded',
  holds: (facts) => facts.purpose === facts.wish.member.identity.purpose,
  says: (facts) => `${facts.wish.member.identity.name} exists for another purpose than the one it named.`,
  ask: (facts) => `Name the purpose ${facts.wish.member.identity.purpose ?? 'that the identity was approved for'}.`,
}

/** What must hold before an identity gets a task. */
const TASK_LAWS: readonly Law<TaskLawFacts>[] = [
  {
    rule: 'law:own-svid',
    code: 'task_not_active',
    holds: ({ within }) => within === undefined,
    says: () => 'A certificate that was given in a task counts for that task, and opens no other one.',
    ask: () => 'Prove yourself by what the identity is bound to.',
  },
  ...over((facts: TaskLawFacts) => facts.standing, STANDING_LAWS),
  ...over(
    ({ wish, strength, bindingKind }: TaskLawFacts) => ({ identity: wish.member.identity, strength, bindingKind }),
    PROOF_LAWS,
  ),
  ...over(({ wish, running }: TaskLawFacts) => ({ identity: wish.member.identity, running }), COMPOSITION_LAWS),
  OWN_PURPOSE_LAW,
  ...over((facts: TaskLawFacts) => facts.wish, WISH_LAWS),
]

/** Decides whether a workload gets a task: laws, then policies. */
export async function judgeTask(
  hearing: Hearing<'task'>,
  caller: WorkloadCaller,
  request: TaskRequest,
): Promise<Decision<'task'>> {
  const facts = await readFacts(hearing, caller, request)
  const { identity } = facts.wish.member
  const { callback, ...asked } = request // what comes back with a callback is the asker's own, and stands in no entry
  const used: UsedFacts = {
    identityId: identity.id,
    identity: describeIdentity(identity),
    binding: { id: caller.binding.id, strength: caller.strength },
    asked,
  }
  const broken = findBroken(TASK_LAWS, facts)
  if (broken !== undefined) return denyByLaw(hearing, broken, facts, used)
  const birth: Birth = {
    parent: null,
    purpose: request.purpose,
    labels: CLEAN_LABELS,
    delegationDepthLeft: termsOf(facts.wish).delegationDepthMax,
    bindingId: caller.binding.id,
    requestedBy: askersOf([identity]),
    callback,
  }
  const made = makeTask(hearing, facts.wish, birth, holdToMayAct(facts.standing))
  const proof = { strength: caller.strength, possession: caller.possession !== null }
  const verdict = askPolicies(hearing, [askAboutTask(identity, made, proof, hearing.surroundings)])
  if (!verdict.allowed) return denyByPolicy(hearing, verdict, used)
  const relied = facts.wish.scope.flatMap((grant) => backingOf(facts.wish, grant) ?? [])
  return permit(hearing, {
    asked: verdict.asked,
    grant: made.task,
    reasons: [
      { rule: 'law:containment', sentence: 'Everything asked for lies inside the entitlements and the purpose.' },
      ...verdict.reasons,
    ],
    facts: {
      identity: used['identity'],
      binding: used['binding'],
      entitlements: unique(relied.map((row) => row.id)),
      ...(request.composition === undefined ? {} : { composition: request.composition }),
    },
    whole: tellTask(made.task, askersOf([identity])),
    changes: [
      ...guardStanding(facts.standing),
      ...guardEntitlements(relied),
      ...guardPurposes(facts.wish),
      ...made.changes,
    ],
    subject: { kind: 'task', id: made.task.id },
  })
}

async function readFacts(hearing: Hearing, caller: WorkloadCaller, request: TaskRequest): Promise<TaskLawFacts> {
  const { store, atMs } = hearing
  const [identities, bindings, purposes, rules] = await Promise.all([
    store.identities([caller.identity.id]),
    store.bindings([caller.binding.id]),
    store.purposes([request.purpose]),
    readRules(store, request.scope),
  ])
  const member = found((await readMembers(store, identities, atMs))[0], 'identity')
  const binding = found(bindings[0], 'binding')
  const standing: Standing = {
    atMs,
    members: [member],
    bindings: [binding],
    tasks: [],
    credential: undefined,
    behalf: [],
    grounds: NO_GROUNDS,
    cutoffs: await readCutoffs(store, lookAtMember(member, binding)),
  }
  return {
    standing,
    strength: caller.strength,
    bindingKind: caller.binding.kind,
    running: request.composition,
    within: caller.within,
    purpose: request.purpose,
    wish: { atMs, member, purposes: [purposes[0]], rules, ...request },
  }
}

/** Reads the rules of every server that a scope names; of a scope that is too long, none. */
export async function readRules(store: DecideStore, scope: Wish['scope']): Promise<Wish['rules']> {
  if (scope.length > LIMITS.scopeGrantsMax) return []
  return await store.toolRulesOf(unique(scope.flatMap((grant) => serverOf(grant.action) ?? [])))
}

/** Gives the guards of entitlements that a permit rests on. */
export function guardEntitlements(rows: readonly Kept<Entitlement>[]): readonly Change[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()].map((row) => requireVersion('entitlements', row))
}

/** Gives the guards of the purposes that a wish rests on. */
export function guardPurposes(wish: Wish): readonly Change[] {
  const known = new Map(wish.purposes.flatMap((row) => (row === undefined ? [] : [[row.code, row] as const])))
  return [...known.values()].map((row) => requireVersion('purposes', row))
}
