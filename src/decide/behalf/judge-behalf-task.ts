import type { PersonCaller, ProvenPerson } from '../../authenticate/caller.ts'
import { type Kept, requireVersion } from '../../contract/change.ts'
import type { Decision } from '../../contract/decision.ts'
import { CLEAN_LABELS } from '../../contract/label.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import type { Grant } from '../../contract/scope.ts'
import { isWithinCeiling } from '../../contract/sensitivity.ts'
import type { Task } from '../../contract/task.ts'
import { readForeignHops } from '../../contract/token/foreign-act.ts'
import { classesOf, coverGrant, nearestScope } from '../coverage.ts'
import { denyByLaw, denyByPolicy, describeIdentity, type Hearing, permit, type UsedFacts } from '../hearing.ts'
import { guardEntitlements, guardPurposes, OWN_PURPOSE_LAW, readRules } from '../judge-task.ts'
import { findBroken, type Law, over } from '../laws/law.ts'
import { holdToMayAct } from '../laws/may-act.ts'
import { STANDING_LAWS } from '../laws/standing.ts'
import { guardHandover, HANDOVER_LAWS, type Handover, takenByOf } from '../laws/taken-by.ts'
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
  unique,
} from '../lineage.ts'
import { askersOf, type Birth, makeTask, tellTask } from '../new-task.ts'
import { askPolicies } from '../policy/ask-policies.ts'
import { askAboutTask } from '../policy/slice.ts'
import type { TaskRequest } from '../requests.ts'

/** The OAuth client through which a person opens a task: nothing else of the identity ever takes it over. */
export interface BehalfClient {
  readonly bindingId: string
  /** Who acted for the person before, in another domain. */
  readonly foreignAct?: Readonly<Record<string, unknown>> | undefined
}

/** For whom a task is opened. */
interface BehalfOf extends Partial<BehalfClient> {
  readonly identityId: string
}

interface BehalfTaskFacts {
  readonly standing: Standing
  readonly wish: Wish
  readonly purpose: string
  /** What the person may do themselves, now. */
  readonly rights: readonly Kept<PersonRight>[]
  readonly handover: Handover
}

/** The right of the person that a grant of the task rests on: it covers classes, ceiling and end. */
function rightBehind({ rights, wish }: BehalfTaskFacts, grant: Grant): Kept<PersonRight> | undefined {
  return coverGrant(rights, grant, classesOf(wish.rules, grant.action)).find(
    (row) => isWithinCeiling(wish.ceiling, row.ceiling) && endOf(wish) <= row.endsMs,
  )
}

/** What must hold before an identity gets a task from a person: all that holds of its own, and the person's rights. */
const BEHALF_TASK_LAWS: readonly Law<BehalfTaskFacts>[] = [
  ...over((facts: BehalfTaskFacts) => facts.standing, STANDING_LAWS),
  OWN_PURPOSE_LAW,
  ...over((facts: BehalfTaskFacts) => facts.wish, WISH_LAWS),
  {
    rule: 'law:behalf-rights',
    code: 'scope_exceeded',
    holds: (facts) => facts.wish.scope.every((grant) => rightBehind(facts, grant) !== undefined),
    says: (facts) => {
      const beyond = facts.wish.scope.find((grant) => rightBehind(facts, grant) === undefined)
      return `You have no right to ${beyond?.action ?? 'it'} on ${beyond?.resource ?? 'it'} up to ${facts.wish.ceiling} data for so long, and so nobody gets it on your behalf.`
    },
    ask: () => 'Ask an administrator for the right, or open the task for what you may do yourself.',
    nearest: ({ wish, rights }) => nearestScope(wish.scope, rights, classesAllowed(wish), wish.rules),
  },
  ...over((facts: BehalfTaskFacts) => facts.handover, HANDOVER_LAWS),
]

/** Decides whether a person may open a task of an identity on their own behalf; the workload takes it over with its first token. */
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
  const rights = new Map(
    facts.wish.scope.flatMap((grant) => rightBehind(facts, grant) ?? []).map((row) => [row.id, row]),
  )
  const birth: Birth = {
    parent: null,
    purpose: request.purpose,
    labels: CLEAN_LABELS,
    delegationDepthLeft: Math.max(0, termsOf(facts.wish).delegationDepthMax - countHops(of)),
    bindingId: of.bindingId ?? null,
    onBehalfOf: caller.person.id,
    given: { rightIds: [...rights.keys()], takenBy: takenByOf(facts.handover), ...actBefore(of) },
    requestedBy,
  }
  const made = makeTask(hearing, facts.wish, birth, holdToMayAct(facts.standing))
  const proof = { strength: 'bearer', possession: false } as const // of the session; the workload proves itself for its token
  const verdict = askPolicies(hearing, [askAboutTask(identity, made, proof, hearing.surroundings)])
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
      ...guardPurposes(facts.wish),
      ...made.changes,
    ],
    subject: { kind: 'task', id: made.task.id },
  })
}

/** Through which client it is, and by whose word where the person was not there themselves. */
const tellThrough = (caller: PersonCaller | ProvenPerson, { bindingId }: BehalfOf): UsedFacts => ({
  ...(bindingId === undefined ? {} : { binding: { id: bindingId } }),
  ...(caller.kind === 'vouched' ? { login: caller.login.id } : {}),
})

const actBefore = ({ foreignAct }: BehalfOf): Pick<Task, 'foreignAct'> =>
  foreignAct === undefined ? {} : { foreignAct }

/** The hops of another domain count as if they had been made here. */
const countHops = ({ foreignAct }: BehalfOf): number =>
  foreignAct === undefined ? 0 : (readForeignHops(foreignAct)?.length ?? Number.POSITIVE_INFINITY)

async function readFacts(
  { store, atMs }: Hearing,
  caller: PersonCaller | ProvenPerson,
  { identityId, bindingId }: BehalfOf,
  request: TaskRequest,
): Promise<BehalfTaskFacts> {
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
  return {
    standing,
    purpose: request.purpose,
    rights,
    handover: { bindings: bindingId === undefined ? bindings : clients, takenBy: request.takenBy, atMs },
    wish: { atMs, member, purposes: [purposes[0]], rules, ...request },
  }
}
