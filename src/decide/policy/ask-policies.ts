import type { Obligation, Reason } from '../../contract/decision.ts'
import { unique } from '../../ground/unique.ts'
import type { PolicyAnswer, PolicyRequest } from './engine.ts'
import type { Policies } from './load-policies.ts'
import { joinWordsRead, trimQuestion, wordsReadBy } from './words-read.ts'

/** A request that more policies than this decided names the first of them. */
const reasonsMax = 16

/** So many policies that could not be evaluated are named. */
const errorsMax = 8

/** What of a decision is kept, so that it can be decided again. */
export interface Asked {
  readonly questions: readonly PolicyRequest[]
  /** The laws that asked for a person's approval. */
  readonly needs: readonly string[]
  /** A person had approved exactly this, and it took that. */
  readonly approved: boolean
  /** Nobody knows what the questions hold: it may be about a person. */
  readonly isPersonal?: true
}

/** All answers of the policies to the questions of one request: every one must be yes. */
export interface PolicyVerdict {
  readonly asked: Asked
  readonly allowed: boolean
  readonly reasons: readonly Reason[]
  readonly errors: readonly string[]
  /** What the policies that permit ask of whoever enforces it, all of them. */
  readonly obligations: readonly Obligation[]
}

/** What judges: a policy set, as far as asking it goes. */
export type Judging = Pick<Policies, 'engine' | 'byId'>

/**
 * Asks the policies; where one says no, its reasons are given, else those of all. What neither they nor those in shadow
 * can look at is left out of the questions.
 */
export function askPolicies(
  { policies, shadow }: { readonly policies: Judging; readonly shadow: Judging | null },
  requests: readonly PolicyRequest[],
): PolicyVerdict {
  const words = shadow === null ? wordsReadBy(policies) : joinWordsRead(wordsReadBy(policies), wordsReadBy(shadow))
  return askWhole(
    { policies },
    requests.map((request) => trimQuestion(request, words)),
  )
}

/** Asks the policies with all that the questions hold, whether or not any policy looks at it. */
export function askWhole(
  { policies }: { readonly policies: Judging },
  questions: readonly PolicyRequest[],
): PolicyVerdict {
  const answers = questions.map((question) => policies.engine.decide(question))
  const errors = answers.flatMap((answer) => answer.errors)
  const noes = answers.filter((answer) => !answer.allowed)
  const allowed = answers.length > 0 && noes.length === 0 && errors.length === 0
  const reasons = describeAnswers(policies, allowed ? answers : noes)
  const obligations = allowed ? gatherObligations(policies, answers) : []
  return { asked: { questions, needs: [], approved: false }, allowed, errors, reasons, obligations }
}

function gatherObligations(policies: Judging, answers: readonly PolicyAnswer[]): readonly Obligation[] {
  const ids = unique(answers.flatMap((answer) => answer.determining)).toSorted()
  return ids.flatMap((id) => policies.byId.get(id)?.obligation ?? [])
}

function describeAnswers(policies: Judging, answers: readonly PolicyAnswer[]): readonly Reason[] {
  const approversOf = (id: string): number => policies.byId.get(id)?.approvers ?? 1
  const all = unique(answers.flatMap((answer) => answer.determining)).toSorted()
  // those that ask the most people are never the ones that are left out
  const ids = all.toSorted((a, b) => approversOf(b) - approversOf(a)).slice(0, reasonsMax)
  const reasons = ids.map((id) => ({ rule: id, sentence: policies.byId.get(id)?.sentence ?? 'A policy decided.' }))
  return reasons.length > 0 ? reasons : [{ rule: 'policy:no-match', sentence: 'No policy permits this.' }]
}

/** Gives the code and the reasons of a verdict that is no: an error counts before anything that was allowed or forbidden. */
export function explainNo(verdict: PolicyVerdict): {
  readonly code: 'policy_error' | 'denied'
  readonly reasons: readonly Reason[]
} {
  if (verdict.errors.length === 0) return { code: 'denied', reasons: verdict.reasons }
  const reasons = verdict.errors
    .slice(0, errorsMax)
    .map((error) => ({ rule: 'policy:error', sentence: `A policy could not be evaluated: ${error}` }))
  return { code: 'policy_error', reasons }
}

/** What the policies say to a call, which a person may have to approve. */
export interface Weighed {
  readonly verdict: PolicyVerdict
  /** Why a person has to approve; empty where nobody has to. */
  readonly needs: readonly Reason[]
}

/**
 * Weighs a call: what no approval can change is denied; what an approval would change is held for one. `ask` asks the
 * policies as if a person had approved exactly this, or not; `needs` are the laws that ask for that.
 */
export function weighCall(ask: (approved: boolean) => PolicyVerdict, needs: readonly Reason[]): Weighed {
  const plain = ask(false)
  const asked: Asked = { questions: plain.asked.questions, needs: needs.map(({ rule }) => rule), approved: false }
  if (plain.errors.length > 0 || (plain.allowed && needs.length === 0)) return { verdict: { ...plain, asked }, needs }
  return { verdict: { ...ask(true), asked }, needs: plain.allowed ? needs : [...needs, ...plain.reasons] }
}
