import type { Caller } from '../../authenticate/caller.ts'
import type { Change } from '../../contract/change.ts'
import type { Decision, Permit } from '../../contract/decision.ts'
import { freezeAround, freezeCanonical } from '../../contract/log/canonical-json.ts'
import type { EntryDraft, Json, JsonObject } from '../../contract/log-entry.ts'
import type { KeptQuestions } from '../../contract/question.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { isSamePossession } from '../../contract/token/possession.ts'
import { isList } from '../../contract/told/data.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import type { Hearing } from '../hearing.ts'
import { judgeEvaluation } from '../judge-evaluation.ts'
import { wordsReadBy } from '../policy/words-read.ts'
import type { EvaluationRequest } from '../requests.ts'
import { momentsAfter, type Read, type ReadWatch, readAlike, watchReads } from './watch-reads.ts'

/** Judges an evaluation under the house's own policies. */
export type JudgeEvaluation = (
  hearing: Hearing<'evaluation'>,
  request: EvaluationRequest,
  by: Caller,
) => Promise<Decision<'evaluation'>>

/** A permit, with all that it was made of. */
interface Known {
  readonly hearing: Pick<
    Hearing<'evaluation'>,
    'atMs' | 'surroundings' | 'policies' | 'shadow' | 'policyGuards' | 'publication'
  >
  readonly by: Caller
  readonly permit: Permit<'evaluation'>
  /** What the entry says, as of another moment: the time in what the policies were asked. */
  readonly dataAt: (atMs: number) => JsonObject
  /** Guards, and nothing that counts or puts anything. */
  readonly guards: readonly Change[]
  readonly reads: readonly Read[]
  /** Until when no time that a law looks at has come; not included. */
  readonly untilMs: number
  /** The moves of the store at which all reads gave this. */
  moves: number
}

/**
 * Judges evaluations, and where the very same question comes again gives the same judgement, without judging anew what
 * is proved to be as it was. An enforcement point asks the same again and again.
 *
 * Each request is judged when it is made: what is remembered counts only where all that the judgement was made of is
 * the same at that moment. That is the question, to the letter; who asks, with what credential, from where; the policies,
 * and those in shadow; every row that was read, which the store says by having moved nowhere since, or by giving the
 * same to every read once more; and the clock, where no policy looks at it and no moment that a row names has come.
 * Only the time in the entry is another, and each entry is of its own. The permit carries its guards like any other, so
 * that its record is refused where something moved in between.
 *
 * Never remembered: a denial; what counts, spends, raises or puts anything; what took a person's approval; what rests on a
 * sum or a window; what stands beside its entry; and whatever a store says that does not know of its moves.
 */
export function createRecall(judge: JudgeEvaluation = judgeEvaluation): JudgeEvaluation {
  // null is what was asked once: it is worth remembering only if it comes again
  const recent = new Recent<Known | null>(LIMITS.recalledMax)
  let inForce: Hearing['policies'] | null = null
  return async (hearing, request, by) => {
    // a set that was replaced is not held here by what nobody asks again
    if (hearing.policies !== inForce) recent.clear()
    inForce = hearing.policies
    const name = nameQuestion(request, by)
    const moves = hearing.store.moves()
    if (name === undefined || moves === null) return await judge(hearing, request, by)
    const known = recent.get(name)
    if (known === undefined) {
      recent.set(name, null)
      return await judge(hearing, request, by)
    }
    if (known !== null && isSameHearing(known, hearing, by) && (await isUnmoved(known, moves)))
      return tellAgain(known, hearing)
    const watch = watchReads(hearing.store)
    const decision = await judge({ ...hearing, store: watch.store }, request, by)
    recent.set(name, learn({ hearing, by, moves }, watch, decision))
    return decision
  }
}

/**
 * Gives a name to a question and who asks it from where; undefined for one that is too long, or not to be told from another,
 * and for a workload, whose proof is another each time.
 */
function nameQuestion(request: EvaluationRequest, by: Caller): string | undefined {
  const asked = JSON.stringify(request)
  // a number beyond what JSON can carry is written as null, and policies tell the two apart
  if (by.kind === 'workload' || asked.length > LIMITS.recalledCharsMax || asked.includes('null')) return undefined
  return `${by.kind} ${by.kind === 'person' ? by.sessionId : by.credential.id} ${by.source ?? ''} ${asked}`
}

function isSameHearing({ hearing: then, by: who, untilMs }: Known, now: Hearing<'evaluation'>, by: Caller): boolean {
  return (
    now.atMs >= then.atMs &&
    now.atMs < untilMs &&
    // of the same minute, which entries tell
    now.surroundings.told['local'] === then.surroundings.told['local'] &&
    now.policies === then.policies &&
    now.shadow === then.shadow &&
    now.policyGuards === then.policyGuards &&
    now.publication === then.publication &&
    !hasErred(now) &&
    isSameCaller(who, by)
  )
}

/** An engine that was found to be wrong is not believed in what it said before either. */
function hasErred({ policies, shadow }: Pick<Hearing, 'policies' | 'shadow'>): boolean {
  return policies.engine.hasErred?.() === true || shadow?.engine.hasErred?.() === true
}

/** Of two who ask under the same name: with the same session or credential, from the same place. */
function isSameCaller(one: Caller, other: Caller): boolean {
  if (one.kind === 'person') return other.kind === 'person' && one.person === other.person
  return (
    one.kind === 'agent' &&
    other.kind === 'agent' &&
    one.identity === other.identity &&
    one.task === other.task &&
    one.credential === other.credential &&
    isSamePossession(one.possession, other.possession)
  )
}

/** Whatever moves while it is read makes another number of moves: the next one reads again. */
async function isUnmoved(known: Known, moves: number): Promise<boolean> {
  if (moves === known.moves) return true
  if (!(await readAlike(known.reads))) return false
  known.moves = moves
  return true
}

function tellAgain({ permit, dataAt, guards }: Known, { atMs, first }: Hearing<'evaluation'>): Permit<'evaluation'> {
  return { ...permit, decidedMs: atMs, entry: { ...permit.entry, data: dataAt(atMs) }, changes: [...first, ...guards] }
}

interface Learned {
  readonly hearing: Hearing<'evaluation'>
  readonly by: Caller
  readonly moves: number
}

/** Gives what is remembered of a judgement that is just made; null where nothing may be. */
function learn({ hearing, by, moves }: Learned, watch: ReadWatch, decision: Decision<'evaluation'>): Known | null {
  const reads = watch.reads()
  if (decision.outcome !== 'permit' || decision.obligations.length > 0 || reads === null) return null
  const guards = decision.changes.slice(hearing.first.length)
  // questions that stand beside the entry are put there: what is left tells them itself
  const isStill = hearing.store.moves() === moves && guards.every(({ op }) => op === 'require')
  const { questions, shadow } = decision.entry.data
  const isWhole = isMembers(questions) && Number.isInteger(hearing.atMs) && !hasFailed(shadow)
  if (!isStill || !isWhole || readsClock(hearing) || hasErred(hearing)) return null
  const untilMs = endOfRecall(hearing.atMs, momentsAfter(hearing.atMs, reads), tellsSeconds(questions))
  // what is given again and again is frozen: the store remembers that such a guard held
  for (const guard of guards) Object.freeze(guard)
  // what the next entries will say as well is written once
  const dataAt = freezeAround(decision.entry.data, 'questions', 'atMs')
  const permit = { ...decision, entry: freezeEntry({ ...decision.entry, data: dataAt(hearing.atMs) }) }
  return { hearing, by, permit, dataAt, guards, reads, untilMs, moves }
}

function freezeEntry(entry: EntryDraft): EntryDraft {
  return { ...entry, actor: freezeCanonical(entry.actor), subject: freezeCanonical(entry.subject) }
}

/** True where something went wrong in shadow. */
function hasFailed(shadow: Json | undefined): boolean {
  return isMembers(shadow) && shadow['failed'] === true
}

function readsClock({ policies, shadow }: Hearing): boolean {
  return wordsReadBy(policies).clock || (shadow !== null && wordsReadBy(shadow).clock)
}

/** True where a task is told with the seconds that it has left: those of the own one follow from the rest. */
function tellsSeconds({ entities }: Readonly<Record<string, unknown>>): boolean {
  const told = entities as KeptQuestions['entities'] // as they were just written
  return told.some((entity) => isList(entity) && isMembers(entity[2]) && 'secondsLeft' in entity[2])
}

/** Until when a judgement of now is told again: not once a moment has come, nor once a task is told with fewer seconds. */
function endOfRecall(atMs: number, moments: readonly number[], isToldInSeconds: boolean): number {
  return moments.reduce(
    (untilMs, momentMs) => Math.min(untilMs, momentMs, isToldInSeconds ? nextSecond(atMs, momentMs) : momentMs),
    atMs + LIMITS.recallMs,
  )
}

/** When whole seconds that are left until a moment become one less: after the moment itself, where less than one is left. */
function nextSecond(atMs: number, momentMs: number): number {
  return momentMs - Math.floor((momentMs - atMs) / 1000) * 1000 + 1
}
