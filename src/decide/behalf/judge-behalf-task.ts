import type { PersonCaller, ProvenPerson } from '../../authenticate/caller.ts'
import { type Kept, requireVersion } from '../../contract/change.ts'
import type { Decision } from '../../contract/decision.ts'
import { CLEAN_LABELS } from '../../contract/label.ts'
import type { Composition } from '../../contract/register/composition.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import type { Grant } from '../../contract/scope.ts'
import { isWithinCeiling } from '../../contract/sensitivity.ts'
import { isMeantFor, type Task, type TaskId } from '../../contract/task.ts'
import { readForeignHops } from '../../contract/token/foreign-act.ts'
import { unique } from '../../ground/unique.ts'
import { classesOf, coverGrant, nearestScope } from '../coverage.ts'
import { describeIdentity } from '../describe.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import { denyByLaw, denyByPolicy, type Hearing, permit } from '../hearing.ts'
import { guardEntitlements, guardPurposes, OWN_PURPOSE_LAW, readRules } from '../judge-task.ts'
import { CLIENT_COMPOSITION_LAW, COMPOSITION_LAWS } from '../laws/composition.ts'
import { findBroken, type Law, over } from '../laws/law.ts'
import { grantBehind, HOP_BOUNDS, type Hop, holdToMayAct, type MayAct } from '../laws/may-act.ts'
import { PROOF_LAWS, STANDING_LAWS } from '../laws/standing.ts'
import { guardHandover, HANDOVER_LAWS, type Handover, narrowHandover, takenByOf } from '../laws/taken-by.ts'
import { backingOf, classesAllowed, endOf, termsOf, WISH_LAWS, type Wish } from '../laws/wish.ts'
import {
  found,
  guardStanding,
  lookAtMember,
  NO_GROUNDS,
  readCutoffs,
  readMembers,
  readRights,
  type Standing,
} from '../lineage.ts'
import { askersOf, type Birth, makeTask, tellTask } from '../new-task.ts'
import { askPolicies } from '../policy/ask-policies.ts'
import { askAboutTask } from '../policy/slice.ts'
import type { TaskRequest } from '../requests.ts'
import { type Acting, LET_LAWS, readLetting } from './let-by-person.ts'

/** The OAuth client through which a person opens a task: nothing else of the identity ever takes it over. */
export interface BehalfClient {
  readonly bindingId: string
  /** The id that the task is to have, where the same may come again and is to open no other. */
  readonly taskId?: TaskId | undefined
  /** Who acted for the person before, in another domain. */
  readonly foreignAct?: Readonly<Record<string, unknown>> | undefined
}

/** Which identity acts for whom: of an OAuth client, or by the workload that is there, where it is the one to take it. */
interface BehalfOf extends Partial<BehalfClient> {
  readonly identityId: string
  readonly acting?: Acting
}

interface BehalfTaskFacts {
  readonly standing: Standing
  readonly wish: Wish
  readonly purpose: string
  /** What the person may do themselves, now. */
  readonly rights: readonly Kept<PersonRight>[]
  readonly handover: Handover
  /** Where a workload opens it: what lets it, and what it has proved. */
  readonly opened: Opened | null
  /** True where it is for one client alone, through which the person opens it. */
  readonly isOfClient: boolean
}

/** A task that is opened by the workload whose it is, with what lets it. */
interface Opened extends Acting {
  readonly hop: Hop
  readonly running: Composition | undefined
}

/** The right of the person that a grant of the task rests on: it covers classes, ceiling and end. */
function rightBehind({ rights, wish }: BehalfTaskFacts, grant: Grant): Kept<PersonRight> | undefined {
  return coverGrant(rights, grant, classesOf(wish.rules, grant.action)).find(
    (row) => isWithinCeiling(wish.ceiling, row.ceiling) && endOf(wish) <= row.endsMs,
  )
}

type OpenedFacts = BehalfTaskFacts & { readonly opened: Opened }

/** Laws that hold of themselves where the person opens the task, and no workload is there. */
function whenOpened(laws: readonly Law<OpenedFacts>[]): readonly Law<BehalfTaskFacts>[] {
  const all = over(
    (facts: BehalfTaskFacts): OpenedFacts => ({ ...facts, opened: found(facts.opened ?? undefined, 'workload') }),
    laws,
  )
  return all.map((law) => ({ ...law, holds: (facts) => facts.opened === null || law.holds(facts) }))
}

/** As of any task that a workload opens itself, and of any that somebody lets it have. */
const OPENED_LAWS: readonly Law<OpenedFacts>[] = [
  ...over(({ opened }: OpenedFacts) => opened, LET_LAWS),
  ...over(
    ({ wish, opened: { workload } }: OpenedFacts) => ({
      identity: wish.member.identity,
      strength: workload.strength,
      bindingKind: workload.binding.kind,
    }),
    PROOF_LAWS,
  ),
  ...over(
    ({ wish, opened }: OpenedFacts) => ({ identity: wish.member.identity, running: opened.running }),
    COMPOSITION_LAWS,
  ),
]

/** A person says which workloads of the identity they mean: its tests, or whoever got hold of a weaker proof, open nothing. */
const MEANT_LAW: Law<OpenedFacts> = {
  rule: 'law:meant-for',
  code: 'actor_unauthorized',
  holds: ({ opened: { workload }, handover }) =>
    isMeantFor({ takenBy: takenByOf(handover) }, workload.binding, workload.strength),
  says: () =>
    'The person has let other workloads of this identity act for them, or those that prove themselves more strongly.',
  ask: () => 'Prove yourself as the person asks for, or ask them to let this workload act for them too.',
}

function rightsBehind(facts: BehalfTaskFacts): ReadonlyMap<string, Kept<PersonRight>> {
  return new Map(facts.wish.scope.flatMap((grant) => rightBehind(facts, grant) ?? []).map((row) => [row.id, row]))
}

/** What must hold before an identity gets a task from a person: all that holds of its own, and the person's rights. */
const BEHALF_TASK_LAWS: readonly Law<BehalfTaskFacts>[] = [
  ...over((facts: BehalfTaskFacts) => facts.standing, STANDING_LAWS),
  ...whenOpened(OPENED_LAWS),
  ...over((facts: BehalfTaskFacts) => facts.wish.member, [CLIENT_COMPOSITION_LAW]).map((law) => ({
    ...law,
    holds: (facts: BehalfTaskFacts) => !facts.isOfClient || law.holds(facts),
  })),
  OWN_PURPOSE_LAW,
  ...over((facts: BehalfTaskFacts) => facts.wish, WISH_LAWS),
  ...whenOpened(over(({ opened, wish }: OpenedFacts) => ({ hop: opened.hop, wish }), HOP_BOUNDS)),
  ...whenOpened([MEANT_LAW]),
  {
    rule: 'law:behalf-rights',
    code: 'scope_exceeded',
    holds: (facts) => facts.wish.scope.every((grant) => rightBehind(facts, grant) !== undefined),
    says: (facts) => {
      const beyond = facts.wish.scope.find((grant) => rightBehind(facts, grant) === undefined)
      const who = facts.opened === null ? 'You have' : 'The person has'
      const whose = facts.opened === null ? 'your' : 'their'
      return `${who} no right to ${beyond?.action ?? 'it'} on ${beyond?.resource ?? 'it'} up to ${facts.wish.ceiling} data for so long, and so nobody gets it on ${whose} behalf.`
    },
    ask: ({ opened }) =>
      opened === null
        ? 'Ask an administrator for the right, or open the task for what you may do yourself.'
        : 'Ask for what the person may do themselves; an administrator gives them rights.',
    nearest: ({ wish, rights }) => nearestScope(wish.scope, rights, classesAllowed(wish), wish.rules),
  },
  ...over((facts: BehalfTaskFacts) => facts.handover, HANDOVER_LAWS),
]

/** How far what is opened may be handed on: as far as its tier lets it, and as whoever lets it act does. */
function depthFor({ wish, opened }: BehalfTaskFacts, of: BehalfOf): number {
  const most = Math.max(0, termsOf(wish).delegationDepthMax - countHops(of))
  return opened === null ? most : Math.min(most, grantBehind({ hop: opened.hop, wish })?.depthMax ?? 0)
}

function holdToLetting({ standing, wish, opened }: BehalfTaskFacts): MayAct {
  return holdToMayAct(standing, opened === null ? undefined : { hop: opened.hop, wish })
}

/** How the workload has proved itself: not at all where the person opens it; it does so for its token. */
function proofOf({ opened }: BehalfTaskFacts): { readonly strength: string; readonly possession: boolean } {
  if (opened === null) return { strength: 'bearer', possession: false } // of the session
  return { strength: opened.workload.strength, possession: opened.workload.possession !== null }
}

/**
 * Decides whether a person may open a task of an identity on their own behalf, which its workload takes over with its first
 * token; or whether the workload that is there may open one on behalf of a person who lets it.
 */
export async function judgeBehalfTask(
  hearing: Hearing<'task'>,
  caller: PersonCaller | ProvenPerson,
  of: BehalfOf,
  request: TaskRequest,
): Promise<Decision<'task'>> {
  const facts = await readFacts(hearing, caller, of, request)
  const { identity } = facts.wish.member
  const through = tellThrough(caller, of)
  const used: UsedFacts = {
    identityId: identity.id,
    identity: describeIdentity(identity),
    ...through,
    asked: { ...request },
  }
  const broken = findBroken(BEHALF_TASK_LAWS, facts)
  if (broken !== undefined) return denyByLaw(hearing, broken, facts, used)
  const requestedBy = unique([...askersOf([identity]), caller.person.id])
  const rights = rightsBehind(facts)
  const birth: Birth = {
    id: of.taskId,
    parent: null,
    purpose: request.purpose,
    labels: CLEAN_LABELS,
    delegationDepthLeft: depthFor(facts, of),
    bindingId: bindingOf(of) ?? null,
    onBehalfOf: caller.person.id,
    given: { rightIds: [...rights.keys()], takenBy: takenByOf(facts.handover), ...actBefore(of), ...loginOf(caller) },
    requestedBy,
  }
  const mayAct = holdToLetting(facts)
  const made = makeTask(hearing, facts.wish, birth, mayAct)
  const verdict = askPolicies(hearing, [askAboutTask(identity, made, proofOf(facts), hearing.surroundings)])
  if (!verdict.allowed) return denyByPolicy(hearing, verdict, used)
  const relied = facts.wish.scope.flatMap((grant) => backingOf(facts.wish, grant) ?? [])
  return permit(hearing, {
    asked: verdict.asked,
    grant: made.task,
    reasons: [
      {
        rule: 'law:containment',
        sentence: 'Everything asked for lies inside the entitlements, the purpose, and what the person may do.',
      },
      ...verdict.reasons,
    ],
    facts: {
      identity: used['identity'],
      ...through,
      entitlements: unique(relied.map((row) => row.id)),
      rights: [...rights.keys()],
    },
    whole: tellTask(made.task, requestedBy),
    changes: [
      ...guardStanding(facts.standing),
      ...(caller.kind === 'vouched' ? caller.guards : []),
      ...guardEntitlements(relied),
      ...[...rights.values()].map((row) => requireVersion('person_rights', row)),
      ...guardHandover(facts.handover),
      ...(mayAct.grant === undefined ? [] : [requireVersion('delegation_grants', mayAct.grant)]),
      ...guardPurposes(facts.wish),
      ...made.changes,
    ],
    subject: { kind: 'task', id: made.task.id },
  })
}

const loginOf = (caller: PersonCaller | ProvenPerson): Pick<Task, 'loginId'> =>
  caller.kind === 'vouched' ? { loginId: caller.login.id } : {}

/** Through which client it is, and by whose word where the person was not there themselves. */
const tellThrough = (caller: PersonCaller | ProvenPerson, of: BehalfOf): UsedFacts => ({
  ...(bindingOf(of) === undefined ? {} : { binding: { id: bindingOf(of), strength: of.acting?.workload.strength } }),
  ...loginOf(caller),
})

/** The one binding of the identity whose the task is alone. */
const bindingOf = ({ bindingId, acting }: BehalfOf): string | undefined => bindingId ?? acting?.workload.binding.id

const actBefore = ({ foreignAct }: BehalfOf): Pick<Task, 'foreignAct'> =>
  foreignAct === undefined ? {} : { foreignAct }

/** The hops of another domain count as if they had been made here. */
const countHops = ({ foreignAct }: BehalfOf): number =>
  foreignAct === undefined ? 0 : (readForeignHops(foreignAct)?.length ?? Number.POSITIVE_INFINITY)

async function readFacts(
  { store, atMs }: Hearing,
  caller: PersonCaller | ProvenPerson,
  of: BehalfOf,
  request: TaskRequest,
): Promise<BehalfTaskFacts> {
  const { identityId, acting } = of
  const bindingId = bindingOf(of)
  const [identities, people, purposes, rules, rights, bindings] = await Promise.all([
    store.identities([identityId]),
    store.persons([caller.person.id]),
    store.purposes([request.purpose]),
    readRules(store, request.scope),
    readRights(store, [caller.person.id], atMs),
    store.bindingsOf([identityId]),
  ])
  const member = found((await readMembers(store, identities, atMs))[0], 'identity')
  const clients = bindings.filter((row) => row.id === bindingId)
  const standing: Standing = {
    atMs,
    members: [member],
    bindings: clients,
    tasks: [],
    credential: undefined,
    behalf: [people[0]],
    grounds: NO_GROUNDS,
    cutoffs: await readCutoffs(store, lookAtMember(member, clients[0])),
  }
  const takers: Handover = { bindings: bindingId === undefined ? bindings : clients, takenBy: request.takenBy, atMs }
  const hop = acting === undefined ? undefined : await readLetting(store, caller.person, member, takers)
  const wish: Wish = { atMs, member, purposes: [purposes[0]], rules, ...request }
  const letting = hop === undefined ? undefined : grantBehind({ hop, wish })
  return {
    standing,
    purpose: request.purpose,
    rights,
    opened: acting === undefined || hop === undefined ? null : { ...acting, hop, running: request.composition },
    isOfClient: of.bindingId !== undefined,
    handover: narrowHandover(takers, letting),
    wish,
  }
}
