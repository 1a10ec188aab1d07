import type { Caller } from './call.ts'
import type * as E from './evaluation-answers.ts'

/** Questions to the decision point: Remit's own, or that of a domain at its own `base`. */
export const evaluationOf = (caller: Caller, base = '/access/v1') => ({
  /** Asks whether something would be allowed (OpenID AuthZEN 1.0). The question and its answer are recorded. */
  evaluate: (question: E.EvaluationQuestion) =>
    caller.json<E.EvaluationAnswer>('POST', `${base}/evaluation`, { body: question }),
  /** Asks several at once. What is wrong with one of them is a no to that one alone; at most 256. */
  evaluateAll: (questions: E.EvaluationQuestions) =>
    caller.json<{ readonly evaluations: readonly E.EvaluationAnswer[] }>('POST', `${base}/evaluations`, {
      body: questions,
    }),
  /** Finds which subjects of a type may do this; a part at a time, `page.next_token` names the next one. */
  searchSubjects: (question: E.Search<'subject'>) =>
    caller.json<E.SearchFound<{ readonly type: string; readonly id: string }>>('POST', `${base}/search/subject`, {
      body: question,
    }),
  /** Finds on which resources of a type the subject may do this. */
  searchResources: (question: E.Search<'resource'>) =>
    caller.json<E.SearchFound<{ readonly type: string; readonly id: string }>>('POST', `${base}/search/resource`, {
      body: question,
    }),
  /** Finds what the subject may do to this resource. */
  searchActions: (question: E.Search<'action'>) =>
    caller.json<E.SearchFound<{ readonly name: string }>>('POST', `${base}/search/action`, { body: question }),
})
