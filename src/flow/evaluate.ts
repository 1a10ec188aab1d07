import { type AgentCaller, afterProof, type PersonCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import type { EvaluationRequest, EvaluationSemantic, Question } from '../decide/requests.ts'
import { beginTurn } from '../ground/in-turns.ts'
import { LIMITS } from '../ground/limits.ts'
import { runBounded } from '../ground/run-bounded.ts'
import type { Recorded } from '../record/recorded.ts'
import { decideAndRecord, permitOrRefuse, type Recording } from './decision.ts'
import type { House } from './house.ts'

type Asker = AgentCaller | PersonCaller
type Evaluated = Decision<'evaluation'>

/**
 * Answers an enforcement point (AuthZEN 1.0 Access Evaluation): the decision, after it is written. Without `domain` by the
 * house's own policies, where everybody may ask about itself and gets a no about others. Of a domain, errors:
 * `asker_refused` where whoever asks may not, `not_found` where it is not there.
 */
export async function evaluate(
  house: House,
  caller: Asker,
  request: EvaluationRequest,
  domain?: string,
): Promise<Recorded<Evaluated>> {
  const recorded = await decideAndRecord(house, () => house.decide.evaluation(request, caller, domain))
  return domain !== undefined && isRefused(recorded) ? permitOrRefuse(recorded) : recorded
}

/** True for a no to whoever asks, or about a domain that is not there: it is no answer about what was asked. */
const isRefused = ({ fact }: Recorded<Evaluated>): boolean =>
  fact.outcome === 'denial' && (fact.code === 'asker_refused' || fact.code === 'not_found')

/** The outcome after which nothing more is asked. */
const LAST: Readonly<Record<EvaluationSemantic, Evaluated['outcome'] | null>> = {
  execute_all: null,
  deny_on_first_deny: 'denial',
  permit_on_first_permit: 'permit',
}

/**
 * Answers several questions (AuthZEN 1.0 Access Evaluations), in their order and each on record, up to the one at which
 * the semantic ends. What is decided is written together: it costs one commit, and another one only where something
 * that a decision rested on moved meanwhile, or where it takes so long that the first of them would be too old. A proof
 * that counts once is written with the first, before all others. Where one asker sends many of these at once, some wait for
 * others of its own. Errors: as of one question, where all of them meet the same; `rate_limited` where too many wait.
 */
export async function evaluateAll(
  house: Recording & Pick<House, 'decide' | 'batchesBeside'>,
  caller: Asker,
  questions: readonly Question[],
  { semantic, domain }: { readonly semantic: EvaluationSemantic; readonly domain?: string | undefined },
): Promise<readonly Recorded<Evaluated>[]> {
  const { id } = caller.kind === 'person' ? caller.person : caller.identity
  const answered = await house.batchesBeside(id, questions.length, () =>
    answerUntil(house, caller, questions, { semantic, domain }),
  )
  const [first] = answered
  if (domain !== undefined && first !== undefined && answered.every(isRefused)) permitOrRefuse(first)
  return answered
}

async function answerUntil(
  house: Recording & Pick<House, 'decide'>,
  caller: Asker,
  questions: readonly Question[],
  { semantic, domain }: { readonly semantic: EvaluationSemantic; readonly domain: string | undefined },
): Promise<readonly Recorded<Evaluated>[]> {
  const last = LAST[semantic]
  const answered: Recorded<Evaluated>[] = []
  const decide: DecideOne = async (question) => {
    const by = answered.length === 0 ? caller : afterProof(caller)
    return 'fault' in question
      ? house.decide.unreadable(question.fault, by, domain)
      : house.decide.evaluation(question, by, domain)
  }
  while (answered.length < questions.length) {
    const isProofNext = answered.length === 0 && caller.changes.length > 0
    const beganMs = house.decisionTimes.begin()
    const rest = isProofNext ? questions.slice(0, 1) : questions.slice(answered.length)
    const isLate = makeIsLate(house)
    const decided =
      last === null ? await decideAll(rest, decide, isLate) : await decideUntil(rest, decide, last, isLate)
    const recorded = await Promise.all(
      decided.map((decision, at) => decideAndRecord(house, () => decide(rest[at] as Question), { decision, beganMs })), // to each its own
    )
    // what was decided again for its record may end it earlier than it seemed, or not at all
    const end = recorded.findIndex(({ fact }) => fact.outcome === last)
    answered.push(...(end === -1 ? recorded : recorded.slice(0, end + 1)))
    if (end !== -1) return answered
  }
  return answered
}

type DecideOne = (question: Question) => Promise<Evaluated>
type IsLate = () => boolean

/** What is under way then is done before its first is too old; once it is late, it stays so, whatever the clock is set to. */
function makeIsLate({ clock }: Pick<Recording, 'clock'>): IsLate {
  const untilMs = clock.nowMs() + LIMITS.permitAgeMsMax / 3
  let isLate = false
  return () => {
    isLate ||= clock.nowMs() >= untilMs
    return isLate
  }
}

/**
 * Gives the first of them, all where that takes no longer. Others have their turn in between: where all that is read lies in
 * memory, hundreds would be decided in one.
 */
async function decideAll(
  questions: readonly Question[],
  decide: DecideOne,
  isLate: IsLate,
): Promise<readonly Evaluated[]> {
  const decided: Evaluated[] = []
  const turn = beginTurn()
  await runBounded([...questions.entries()], LIMITS.evaluationsAtOnceMax, async ([at, question]) => {
    if (isLate()) return
    if (turn.isOver()) await turn.next()
    decided[at] = await decide(question)
  })
  return decided
}

async function decideUntil(
  questions: readonly Question[],
  decide: DecideOne,
  last: Evaluated['outcome'],
  isLate: IsLate,
): Promise<readonly Evaluated[]> {
  const decided: Evaluated[] = []
  const turn = beginTurn()
  for (const question of questions) {
    if (isLate()) break
    if (turn.isOver()) await turn.next()
    const decision = await decide(question)
    decided.push(decision)
    if (decision.outcome === last) break
  }
  return decided
}
