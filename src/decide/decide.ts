import { actorOf } from '../authenticate/actor.ts'
import {
  type AgentCaller,
  bringAlong,
  type Caller,
  type PersonCaller,
  type ProvenPerson,
  type WorkloadCaller,
} from '../authenticate/caller.ts'
import type { Fact } from '../contract/change.ts'
import type { CallBefore, Decision, DecisionKind, Denial } from '../contract/decision.ts'
import type { Subject } from '../contract/log-entry.ts'
import { ownDomain } from '../contract/policy.ts'
import type { Task } from '../contract/task.ts'
import type { Clock } from '../ground/clock.ts'
import { type ErrorCode, isError, RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { type AccessWanted, putRequest } from './approval/hold-evaluation.ts'
import { type BehalfClient, judgeBehalfTask } from './behalf/judge-behalf-task.ts'
import { actingOf } from './behalf/let-by-person.ts'
import { holdToAsked } from './domain/asked-before.ts'
import type { DomainShelf } from './domain/domain-shelf.ts'
import { judgeDomain, judgeUnreadable } from './domain/judge-domain.ts'
import { describeSearch, judgeSearch, type SearchAnswer } from './domain/search/judge-search.ts'
import type { SearchPart } from './domain/search/search-domain.ts'
import { searchOwn } from './domain/search/search-own.ts'
import { shortenText, type UsedFacts } from './facts/fit-data.ts'
import { createSurroundings, DEFAULT_PLACE, type Place } from './facts/surroundings.ts'
import { deny, denyUnreadable, type Hearing } from './hearing.ts'
import { judgeCall } from './judge-call.ts'
import { judgeDelegation } from './judge-delegation.ts'
import { judgeEvaluation } from './judge-evaluation.ts'
import { judgeTask } from './judge-task.ts'
import { judgeToken } from './judge-token.ts'
import { findListable } from './listable.ts'
import { type CountedPermit, judgeOutcome, type OutcomeSaid } from './outcome/judge-outcome.ts'
import type { PolicyShelf } from './policy/shelf.ts'
import { createRecall } from './recall/recall.ts'
import type {
  AskedBefore,
  CallRequest,
  DelegationRequest,
  EvaluationRequest,
  SearchRequest,
  Taker,
  TaskRequest,
  TokenRequest,
} from './requests.ts'
import { findHeld, type Held } from './reviewed/held-scope.ts'
import type { DecideStore } from './store.ts'
import { judgeCallAgain } from './under-way/judge-again.ts'

/** What deciding is made of. */
export interface DecideParts {
  readonly store: DecideStore
  readonly policies: PolicyShelf
  /** Without it there are none. */
  readonly domains?: DomainShelf
  readonly clock: Clock
  readonly ids: Ids
  /** Without it, UTC and production. */
  readonly place?: Place
  /** Of our tokens: by it chains of other domains name our identities. Without it they name none. */
  readonly issuer?: string
  /** Told of every error that became a denial, for the operator: the private cause is not in the log. */
  readonly noteError?: (error: unknown) => void
  /** Told of every denial: some are because a policy errs, which people should know. */
  readonly noteDenial?: (denial: Denial) => void
}

/**
 * May it? Each answer is a fact: recorded with its changes, it is the decision; not recorded, it is nothing. A fact
 * whose changes conflict when it is recorded was decided on state that has moved: decide again. None of these throws
 * or rejects: an error is a denial.
 */
export interface Decide {
  task(caller: WorkloadCaller, request: TaskRequest): Promise<Decision<'task'>>
  /**
   * Opens a task of an identity, by id, on behalf of the person who asks, or on whose word it is asked for; `by` is the client
   * whose it is alone, where one is.
   */
  behalfTask(
    caller: PersonCaller | ProvenPerson,
    identityId: string,
    request: TaskRequest,
    by?: BehalfClient,
  ): Promise<Decision<'task'>>
  /**
   * Opens a task for the workload that is there, on behalf of a person for whom an identity provider vouches: where they let
   * it, inside what both may do. What both have shown is written down with the decision.
   */
  actingTask(caller: WorkloadCaller, person: ProvenPerson, request: TaskRequest): Promise<Decision<'task'>>
  /** Hands a part of the caller's task on; `taker` is the workload whose it is alone, where it is there already. */
  delegation(caller: AgentCaller, request: DelegationRequest, taker?: Taker): Promise<Decision<'delegation'>>
  token(caller: WorkloadCaller, request: TokenRequest): Promise<Decision<'token'>>
  call(caller: AgentCaller, request: CallRequest): Promise<Decision<'call'>>
  /**
   * The no that a permitted call which is under way would get now, that of its domain too, to be recorded by nobody; null where
   * it would be permitted. Unlike the others it rejects where that cannot be told, as with `store_failed`.
   */
  callAgain(caller: AgentCaller, request: CallRequest, before: CallBefore): Promise<Denial | null>
  /** Under the house's own policies, or under those of a domain where its name is given; `not_found` is a no too. */
  evaluation(request: EvaluationRequest, by: Caller, domain?: string): Promise<Decision<'evaluation'>>
  /**
   * Part of what is permitted among many, under the house's own policies or those of a domain. `tasks` are those that may
   * be subjects here. Errors: `store_failed`, `store_damaged`: what could not be looked up is no list of nothing.
   */
  search(
    request: SearchRequest,
    part: SearchPart & { readonly tasks: readonly string[] },
    by: Caller,
    domain?: string,
  ): Promise<SearchAnswer | Denial<'evaluation'>>
  /** Decides by a domain what a request of the caller is mapped to, before the gateway lets it go on to a server of that domain. */
  mapped(request: EvaluationRequest, by: AgentCaller, domain: string): Promise<Decision<'evaluation'>>
  /**
   * Puts to people what an evaluation is denied for want of: a denial that names the approval. Where it would be decided
   * without people, that is given, to be recorded by nobody. Unlike the others it rejects, as `putRequest` does.
   */
  access(request: EvaluationRequest, by: Caller, wanted: AccessWanted): Promise<Decision<'evaluation'>>
  /**
   * Takes in how an act ended that was counted when `permit` was recorded: a fact that is no decision. Rejects as
   * `judgeOutcome` does.
   */
  outcome(by: AgentCaller, permit: CountedPermit, said: OutcomeSaid): Promise<Fact>
  /** The no to one question of several that lacks what a question needs; `sentence` says what. */
  unreadable(sentence: string, by: Caller, domain?: string): Promise<Decision<'evaluation'>>
  /** Which of the tools the task could use at all, for lists. */
  listable(caller: AgentCaller, server: string, tools: readonly string[]): Promise<readonly string[]>
  /** What of the scope of a task is still granted, and what it has read by now, for servers that judge by that. */
  held(task: Pick<Task, 'id' | 'chain'>): Promise<Held>
}

/** Makes the decision point over a store and the policies in force; each hearing is held under one set from its opening on. */
export function createDecide(parts: DecideParts): Decide {
  const lookAround = createSurroundings(parts.place ?? DEFAULT_PLACE)
  const open = <K extends DecisionKind>(kind: K, caller: Caller | ProvenPerson, subject: Subject): Hearing<K> => {
    const surroundings = lookAround(parts.clock.nowMs(), caller.source)
    return {
      kind,
      atMs: surroundings.atMs,
      surroundings,
      actor: actorOf(caller),
      subject,
      first: caller.changes,
      store: parts.store,
      policies: parts.policies.enforced(),
      shadow: parts.policies.shadow(),
      noteError: (error) => parts.noteError?.(error),
      policyGuards: parts.policies.guards(),
      publication: parts.policies.publication(),
      ids: parts.ids,
      issuer: parts.issuer,
    }
  }
  const hear: Hearings['hear'] = async (hearing, judge, about = {}) => {
    try {
      const decision = await judge(hearing)
      if (decision.outcome === 'denial') parts.noteDenial?.(decision)
      return decision
    } catch (error) {
      parts.noteError?.(error)
      return denyError(hearing, error, about)
    }
  }
  return {
    task: (caller, request) =>
      hear(open('task', caller, identitySubject(caller)), (hearing) => judgeTask(hearing, caller, request)),
    behalfTask: (caller, identityId, request, by) =>
      hear(open('task', caller, { kind: 'identity', id: identityId }), (hearing) =>
        judgeBehalfTask(hearing, caller, { identityId, ...by }, request),
      ),
    actingTask: (caller, person, request) =>
      hear(open('task', bringAlong(caller, person), identitySubject(caller)), (hearing) =>
        judgeBehalfTask(hearing, person, actingOf(caller, person), request),
      ),
    delegation: (caller, request, taker) =>
      hear(open('delegation', caller, taskSubject(caller)), (hearing) =>
        judgeDelegation(hearing, caller, request, taker),
      ),
    token: (caller, request) =>
      hear(open('token', caller, { kind: 'task', id: shortenText(request.taskId, LIMITS.nameCharsMax) }), (hearing) =>
        judgeToken(hearing, caller, request),
      ),
    call: (caller, request) =>
      hear(open('call', caller, taskSubject(caller)), (hearing) => {
        const held = holdToAsked(hearing, parts.domains, request)
        return judgeCall(held.hearing, caller, held.request)
      }),
    callAgain: (caller, request, before) => judgeUnderWay(parts, open, caller, { request, before }),
    ...answerQuestions(parts, { open, hear }),
    listable: async (caller, server, tools) => {
      try {
        return await findListable(parts.store, caller, server, tools, parts.clock.nowMs())
      } catch (error) {
        parts.noteError?.(error)
        return []
      }
    },
    held: (task) => findHeld(parts.store, task, parts.clock.nowMs()),
  }
}

async function judgeUnderWay(
  parts: DecideParts,
  open: Hearings['open'],
  caller: AgentCaller,
  { request, before }: { readonly request: CallRequest; readonly before: CallBefore },
): Promise<Denial | null> {
  const { asked, files: _, ...plain } = request // what its files are was looked at before it went
  const no = await judgeCallAgain(open('call', caller, taskSubject(caller)), caller, plain, before)
  return no ?? (asked === undefined ? null : await askDomainAgain(parts, open, caller, asked))
}

async function askDomainAgain(
  { domains }: DecideParts,
  open: Hearings['open'],
  caller: AgentCaller,
  { domain, questions }: AskedBefore,
): Promise<Denial | null> {
  for (const question of questions) {
    const hearing = open('evaluation', caller, askedSubject(question))
    const decision = await judgeDomain(hearing, { name: domain, shelved: domains?.find(domain) }, question, null)
    if (decision.outcome === 'denial') return decision
  }
  return null
}

/** How a hearing is opened and held. */
interface Hearings {
  readonly open: <K extends DecisionKind>(kind: K, caller: Caller, subject: Subject) => Hearing<K>
  readonly hear: <K extends DecisionKind>(
    hearing: Hearing<K>,
    judge: (hearing: Hearing<K>) => Promise<Decision<K>>,
    /** What the entry says where it cannot be decided. */
    about?: UsedFacts,
  ) => Promise<Decision<K>>
}

/** What enforcement points ask: by the house's own policies, or by those of a domain. */
function answerQuestions(
  { domains, noteError }: DecideParts,
  { open, hear }: Hearings,
): Pick<Decide, 'evaluation' | 'mapped' | 'search' | 'access' | 'outcome' | 'unreadable'> {
  const recall = createRecall()
  return {
    evaluation: async (request, by, domain) => {
      const subject = askedSubject(request)
      if (domain === undefined) return hear(open('evaluation', by, subject), (hearing) => recall(hearing, request, by))
      const named = { name: domain, shelved: domains?.find(domain) }
      return hear(
        open('evaluation', by, subject),
        (hearing) => judgeDomain(hearing, named, request, by),
        aboutDomain(domain),
      )
    },
    mapped: (request, by, domain) => {
      const named = { name: domain, shelved: domains?.find(domain) }
      return hear(
        open('evaluation', by, askedSubject(request)),
        (hearing) => judgeDomain(hearing, named, request, null),
        { ...aboutDomain(domain), mapped: true },
      )
    },
    search: async (request, part, by, domain) => {
      const subject = { kind: 'domain', id: domain ?? ownDomain }
      const hearing = open('evaluation', by, subject)
      try {
        if (domain === undefined) return await searchOwn(hearing, request, part, by)
        return await judgeSearch(hearing, { name: domain, shelved: domains?.find(domain) }, request, part, by)
      } catch (error) {
        noteError?.(error)
        return denyError(hearing, error, { ...aboutDomain(domain ?? ownDomain), search: describeSearch(request) })
      }
    },
    access: (request, by, wanted) =>
      judgeEvaluation(open('evaluation', by, askedSubject(request)), request, by, (hearing, held, used) =>
        putRequest(hearing, held, used, wanted),
      ),
    outcome: async (by, permit, said) => await judgeOutcome(open('evaluation', by, taskSubject(by)), by, permit, said),
    unreadable: (sentence, by, domain) =>
      hear(open('evaluation', by, { kind: 'evaluation', id: 'unreadable' }), async (hearing) =>
        domain === undefined
          ? denyUnreadable(hearing, sentence)
          : await judgeUnreadable(hearing, { name: domain, shelved: domains?.find(domain) }, sentence, by),
      ),
  }
}

function identitySubject(caller: WorkloadCaller): Subject {
  return { kind: 'identity', id: caller.identity.id }
}

function askedSubject({ subject }: EvaluationRequest): Subject {
  return { kind: shortenText(subject.type, LIMITS.nameCharsMax), id: shortenText(subject.id, LIMITS.nameCharsMax) }
}

function taskSubject(caller: AgentCaller): Subject {
  return { kind: 'task', id: caller.task.id }
}

/** What an entry says of a domain that could not be asked. */
const aboutDomain = (name: string): UsedFacts => ({ domain: { name } })

const ASK_DAMAGED = 'Tell the people who run Remit: trying again does not help.'

/** Errors that who asks is told as such: they are about the request, or the store. Any other could be of a policy alone. */
const TOLD: readonly ErrorCode[] = [
  'request_invalid',
  'body_too_deep',
  'store_failed',
  'store_damaged',
  'log_unavailable',
]

function denyError<K extends DecisionKind>(hearing: Hearing<K>, error: unknown, about: UsedFacts): Denial<K> {
  const told = error instanceof RemitError ? error.code : 'internal'
  const code = TOLD.find((each) => isError(error, each)) ?? 'policy_error'
  return deny(hearing, {
    code,
    reasons: [{ rule: `error:${told}`, sentence: 'It could not be decided, so the answer is no.' }],
    facts: { ...about, error: told },
    ask: {
      sentence: code === 'store_damaged' ? ASK_DAMAGED : 'Try again; if it stays, tell the people who run Remit.',
    },
  })
}
