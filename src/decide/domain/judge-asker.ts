import type { AgentCaller, Caller } from '../../authenticate/caller.ts'
import type { Change } from '../../contract/change.ts'
import type { Denial, Reason } from '../../contract/decision.ts'
import { ownDomain, POLICY_READERS } from '../../contract/policy.ts'
import type { Person } from '../../contract/register/person.ts'
import type { Scope } from '../../contract/scope.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import { createLook, guardHistory, readHistory, tellHistory } from '../facts/history.ts'
import { readInputs, tellInputs } from '../facts/inputs.ts'
import { deny, type Hearing } from '../hearing.ts'
import { guardCall, judgeResources, questions } from '../judge-call.ts'
import { ACT_LAWS, type ActFacts, APPROVAL_LAWS, findRelied } from '../laws/act.ts'
import { findBroken } from '../laws/law.ts'
import { found, readLineage, readMemory } from '../lineage.ts'
import { askPolicies, explainNo } from '../policy/ask-policies.ts'
import { refuseObligation } from '../policy/obligation/own.ts'
import type { ActAsked } from '../policy/slice.ts'
import { findNearActs } from '../reviewed/near-acts.ts'
import { type Counting, findCounting } from './counting.ts'

/** Leave to ask, with what it rested on; or why there is none. */
export type Leave = Given | { readonly refused: Refused }

interface Given {
  readonly guards: readonly Change[]
  readonly entitlements: readonly string[]
  /** What is asked by it and permitted is done, as entitlements of whoever asks say; null where none says so. */
  readonly counts: readonly Counting[] | null
}

interface Refused {
  readonly reasons: readonly Reason[]
  readonly nearest: Scope
  readonly ask: string
}

/**
 * Says whether somebody may ask for the decisions of a domain. People with a role may ask for those of Remit itself; for
 * those of another application, whose entities they would learn of, who may read what is published. An enforcement point
 * may where its own task, entitlement, ceiling and policies let it `read` the resource `domain:NAME`: the asking is an act
 * like any other, judged by the same laws. Whether there is such a domain makes no difference.
 */
export async function judgeAsker(hearing: Hearing, by: Caller, domain: string): Promise<Leave> {
  if (by.kind === 'person') return isFree(by.person, domain) ? FREE : STRANGE
  if (by.kind !== 'agent') return STRANGE
  const facts = await readFacts(hearing, by, domain)
  const broken = findBroken([...ACT_LAWS, ...APPROVAL_LAWS], facts)
  if (broken !== undefined)
    return refuse(
      [{ rule: broken.rule, sentence: broken.says(facts) }],
      broken.ask(facts),
      await findNearActs(hearing.store, broken, facts),
    )
  const look = createLook(facts.history)
  const asking = describeAsking(by, tellHistory(facts.history, look))
  const verdict = askPolicies(hearing, questions(hearing, facts, asking))
  const undone = refuseObligation('evaluation', verdict.obligations, []) // nobody stands at this door who could
  if (undone !== undefined) return refuse([undone], 'The people who keep the policies can change what they ask for.')
  if (verdict.allowed)
    return {
      guards: [...hearing.policyGuards, ...guardCall(facts, undefined), ...guardHistory(facts.history, look)],
      entitlements: findRelied(facts).map((row) => row.id),
      counts: findCounting(facts),
    }
  return refuse(explainNo(verdict).reasons, 'The people who keep the policies can change what they forbid.')
}

/** What an entry says of leave that was given: asking about others is what an enforcement point uses its entitlements for. */
export function tellLeave({ entitlements }: Pick<Given, 'entitlements'>, domain: string): UsedFacts {
  return entitlements.length === 0 ? {} : { leave: { domain, entitlements } }
}

function isFree({ state, roles }: Person, domain: string): boolean {
  return state === 'active' && roles.some((role) => domain === ownDomain || POLICY_READERS.includes(role))
}

const FREE: Leave = { guards: [], entitlements: [], counts: null }
const STRANGE = refuse([], 'Show the credential of a person with a role, or of a task.')

function refuse(reasons: readonly Reason[], ask: string, nearest: Scope = []): Leave {
  return { refused: { reasons, ask, nearest } }
}

/** Gives the no to whoever may not ask. */
export function denyAsker(
  hearing: Hearing<'evaluation'>,
  { reasons, nearest, ask }: Refused,
  on: AskedOf,
): Denial<'evaluation'> {
  return deny(hearing, {
    code: 'asker_refused',
    reasons: [
      {
        rule: 'law:asker',
        sentence: `Asking for decisions of the domain ${on.domain} takes leave to read domain:${on.domain}.`,
      },
      ...reasons,
    ],
    facts: on.facts,
    nearest,
    ask: { sentence: ask },
  })
}

/** Gives the no about a domain that is not there, to whoever may know that. */
export function denyAbsent(hearing: Hearing<'evaluation'>, { facts }: AskedOf): Denial<'evaluation'> {
  return deny(hearing, {
    code: 'not_found',
    reasons: [{ rule: 'domain:absent', sentence: 'There is no domain of this name here.' }],
    facts,
    ask: { sentence: 'Name a domain that is published: `remit policy publish --domain`.' },
  })
}

interface AskedOf {
  readonly domain: string
  readonly facts: UsedFacts
}

async function readFacts(hearing: Hearing, by: AgentCaller, domain: string): Promise<ActFacts> {
  const { store, atMs } = hearing
  const [credential, { rules, catalogue }] = await Promise.all([
    store.credential(by.credential.id),
    store.resourceRules(),
  ])
  const lineage = await readLineage(store, by.task, { atMs, credential: found(credential, 'credential') })
  const resources = judgeResources(rules, [`domain:${domain}`])
  return {
    lineage,
    memory: await readMemory(store, lineage, false),
    name: 'read',
    actionClass: 'read',
    isAsked: true,
    tool: 'known',
    argumentFault: null,
    targetFault: null,
    resources,
    tolls: [],
    history: await readHistory(hearing, by.task.rootId, resources),
    catalogue,
  }
}

function describeAsking(by: AgentCaller, history: ActAsked['history']): ActAsked {
  return {
    name: 'read',
    actionClass: 'read',
    server: '',
    resultUntrusted: false,
    approved: false,
    proof: { strength: by.credential.strength ?? 'bearer', possession: by.possession !== null },
    inputs: tellInputs(readInputs({})),
    history,
    tags: { identity: {}, resource: {}, asked: {} },
  }
}
