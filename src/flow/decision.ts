import type { Fact } from '../contract/change.ts'
import type { Decision, DecisionKind, Denial, Permit } from '../contract/decision.ts'
import { ownDomain } from '../contract/policy.ts'
import type { SearchAnswer } from '../decide/domain/search/judge-search.ts'
import { ERRORS } from '../ground/error-table.ts'
import { isError, isErrorCode, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import type { DomainDesk } from './domain/desk.ts'
import type { House } from './house.ts'
import type { PolicyDesk } from './policy/desk.ts'
import { tryInTurn } from './try-again.ts'

/** The part of the house that writes decisions down. */
export type Recording = Pick<House, 'clock' | 'log' | 'racedInTurn' | 'lastAccepted' | 'decisionTimes'> & {
  readonly policies: Pick<PolicyDesk, 'refresh'>
  readonly domains: Pick<DomainDesk, 'refresh'>
}

/** What writes down a fact that nobody waits for as an answer. */
type Unheard = Pick<Recording, 'log' | 'racedInTurn' | 'policies' | 'domains'>

/** A decision that has been made, and when that began: see `DecisionTimes`. */
export interface Begun<K extends DecisionKind> {
  readonly decision: Decision<K>
  readonly beganMs: number
}

/**
 * Decides and records, again where something that the decision rested on changed before it was written, or may have ended as
 * deciding took so long; how long all took is counted. `first` is the decision where it has been made already. Errors:
 * `assertion_replayed` where the proof was seen meanwhile, `code_invalid` where the code was used; `conflict` after
 * `LIMITS.decideRetriesMax` tries, `log_unavailable` where it takes long each time.
 */
export async function decideAndRecord<K extends DecisionKind>(
  house: Recording,
  decide: () => Promise<Decision<K>>,
  first?: Begun<K>,
): Promise<Recorded<Decision<K>>> {
  const beganMs = first?.beganMs ?? house.decisionTimes.begin()
  const isFresh = first !== undefined && !isStale(house, first.decision)
  const recorded = await recordAsTrue(house, () => decideInTime(house, decide), isFresh ? first.decision : undefined)
  house.lastAccepted.note(recorded)
  house.decisionTimes.add(recorded.fact, beganMs)
  return recorded
}

/** A machine may have slept, its clock have been set, or the store not have answered for long: a no stays one. */
function isStale({ clock }: Pick<Recording, 'clock'>, decision: Decision): boolean {
  return decision.outcome === 'permit' && clock.nowMs() - decision.decidedMs >= LIMITS.permitAgeMsMax
}

/**
 * Decides, and once more where that took long. Those wait for each other: where very many are decided at once each takes long, and
 * would again beside all others. Errors: `log_unavailable` where it takes long alone as well.
 */
async function decideInTime<K extends DecisionKind>(
  house: Pick<Recording, 'clock' | 'racedInTurn'>,
  decide: () => Promise<Decision<K>>,
): Promise<Decision<K>> {
  const first = await decide()
  if (!isStale(house, first)) return first
  const second = await house.racedInTurn('slow decisions', decide)
  if (!isStale(house, second)) return second
  throw new RemitError('log_unavailable', {
    detail: 'It took so long to decide that what it rests on may have ended; try again.',
  })
}

/** Makes a fact and records it, again where something that it rested on changed before it was written. Errors: as of a decision. */
export async function recordAsTrue<F extends Fact>(
  house: Unheard,
  make: () => Promise<F>,
  first?: F,
): Promise<Recorded<F>> {
  let made = first
  const step = async (): Promise<Recorded<F>> => {
    const fact = made ?? (await make())
    made = undefined
    return await house.log.record(fact)
  }
  return await tryInTurn(step, (error) => isRaced(house, error), house.racedInTurn)
}

/** True where it may be another time, since something that it rested on has changed. Errors: where it can never be. */
async function isRaced(house: Unheard, error: unknown): Promise<boolean> {
  if (!isError(error, 'conflict')) return false
  const { table, key } = error.facts
  if (table === 'held_assertions') return false // who shows it decides what follows
  if (table === 'seen_proofs') throw new RemitError('assertion_replayed', { cause: error })
  if (table === 'authorization_codes') throw new RemitError('code_invalid', { cause: error })
  // another version came into force, perhaps by a commit whose answer was lost
  if (table === 'policy_domains') await refreshPolicies(house, key)
  return true
}

async function refreshPolicies({ policies, domains }: Unheard, name: unknown): Promise<void> {
  await (name === ownDomain ? policies.refresh() : domains.refresh())
}

/** Gives the recorded permit; a denial is answered here, and only here, after it is written. */
export function permitOrRefuse<K extends DecisionKind>(recorded: Recorded<Decision<K>>): Recorded<Permit<K>> {
  if (isPermit(recorded)) return recorded
  throw refusalOf(recorded as Recorded<Denial<K>>) // the other half of the union
}

/** True where what was recorded is a permit. */
export function isPermit<K extends DecisionKind>(recorded: Recorded<Decision<K>>): recorded is Recorded<Permit<K>> {
  return recorded.fact.outcome === 'permit'
}

/** Gives what a search found; a denial is answered here, after it is written. */
export function foundOrRefuse(recorded: Recorded<SearchAnswer | Denial<'evaluation'>>): Recorded<SearchAnswer> {
  if (isFound(recorded)) return recorded
  throw refusalOf(recorded as Recorded<Denial>) // the other half of the union
}

function isFound(recorded: Recorded<SearchAnswer | Denial<'evaluation'>>): recorded is Recorded<SearchAnswer> {
  return recorded.fact.outcome === 'found'
}

/** Gives a recorded denial as the error that doors answer. */
function refusalOf({ fact, index }: Recorded<Denial>): RemitError {
  return toRefusal(fact, { entry: index })
}

/** Gives a denial as an error: reasons, the nearest that would be allowed, how to ask. */
export function toRefusal({ code, reasons, nearest, ask }: Denial, more: { readonly entry?: number } = {}): RemitError {
  const known = isErrorCode(code) ? code : 'denied' // decisions name rows of the table
  return new RemitError(known, {
    detail: reasons[0]?.sentence ?? ERRORS[known].sentence,
    facts: { reasons, nearest, ask, ...more },
  })
}
