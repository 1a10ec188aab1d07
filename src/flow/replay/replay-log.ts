import type { JsonObject, LogEntry } from '../../contract/log-entry.ts'
import { ownDomain } from '../../contract/policy.ts'
import { type ToldQuestions, tellQuestions, type Untold } from '../../contract/question.ts'
import { isMembers, parseJson } from '../../contract/read-entry.ts'
import { EvaluationFault } from '../../decide/cedar/values/evaluation-fault.ts'
import type { Policies } from '../../decide/policy/load-policies.ts'
import { findUnread, wordsInTurns, wordsReadBy } from '../../decide/policy/words-read.ts'
import { askAsToday } from '../../decide/replay/ask-as-today.ts'
import {
  isSameDecision,
  isUnasked,
  type Redecided,
  readAsked,
  readDecided,
  redecide,
  remember,
} from '../../decide/replay/redecide.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { nameQuestions } from '../../ground/digest.ts'
import { finishInTurns } from '../../ground/in-turns.ts'
import type { House } from '../house.ts'
import { createDifferences, type Difference, type Side, tellFound } from './differences.ts'
import { type Span, type Visited, visitDecisions } from './visit-decisions.ts'

/** Why a decision was not made again: see `Untold`; `schema`: what was asked then has not the form that is asked for now. */
export type NotAgain = Exclude<Untold, 'no-decision' | 'law'> | 'schema'

/** What deciding again came to, for a part of the log. */
export interface Replayed extends Visited {
  /** Digest of the policy set by which it was decided again. */
  readonly policy: string
  /** Decisions that were made again. */
  readonly decisions: number
  /** Those of them that came out the same by the same rules. */
  readonly same: number
  /** Decisions of laws, which no policy changes. */
  readonly ofLaws: number
  readonly notAgain: Readonly<Record<NotAgain, number>>
  readonly differences: readonly Difference[]
  /** Decisions among the differences that come to the same, by other rules. */
  readonly otherRules: number
  readonly more: number
  /** What the policies look at that those of then did not, so that entries do not hold it: made again as if it was not said. */
  readonly unkept: readonly string[]
}

/** What reading back takes. */
export type ReplayParts = Pick<House, 'log'> & {
  readonly register: Pick<House['register'], 'payload'>
}

/** How decisions of one domain are made again. */
export interface Replaying {
  readonly domain: string
  /** Digest of what decides again. */
  readonly version: string
  readonly decideAgain: (entry: LogEntry) => Promise<Redecided | NotAgain | 'law'>
  /** What this looks at and the policies of the entry did not, so that the entry does not hold it. */
  readonly findUnkept: (entry: LogEntry) => Promise<readonly string[]>
}

/** Decides again by a policy set what a part of the log holds, and says what would come out otherwise. Changes nothing. */
export async function replayLog(house: ReplayParts, candidate: Policies, span: Span): Promise<Replayed> {
  const replaying: Replaying = {
    domain: ownDomain,
    version: candidate.version,
    decideAgain: (entry) => decideAgain(house, candidate, entry),
    findUnkept: createUnkept(house, candidate),
  }
  return await replayBy(house, replaying, span)
}

/** As `replayLog`, of whichever domain. */
export async function replayBy(house: ReplayParts, replaying: Replaying, span: Span): Promise<Replayed> {
  const { domain, version } = replaying
  const differences = createDifferences()
  const notAgain: Record<NotAgain, number> = { older: 0, beside: 0, broken: 0, schema: 0 }
  const unkept = new Set<string>()
  const counts = { decisions: 0, same: 0, ofLaws: 0 }
  const visited = await visitDecisions(house, { ...span, domain }, async (index, entry) => {
    const again = await replaying.decideAgain(entry)
    if (again === 'law') counts.ofLaws += 1
    else if (typeof again === 'string') notAgain[again] += 1
    else {
      for (const name of await replaying.findUnkept(entry)) unkept.add(name)
      counts.decisions += 1
      const [before, after] = [readDecided(entry.data), again]
      if (isSame(before, after, entry.policy === version)) counts.same += 1
      else differences.add(index, entry, sideOf(before), sideOf(after))
    }
  })
  const found = { ...tellFound(differences), unkept: [...unkept].sort() }
  return { ...visited, policy: version, ...counts, notAgain, ...found }
}

/** Under the version that decided, bit for bit; under another one the words of a rule may differ. */
function isSame(before: Redecided, after: Redecided, isBitForBit: boolean): boolean {
  return isBitForBit ? canonicalJson(before) === canonicalJson(after) : isSameDecision(before, after)
}

function sideOf({ outcome, code, reasons }: Redecided): Side {
  return { outcome, code, rules: reasons.map(({ rule }) => rule) }
}

async function decideAgain(
  house: ReplayParts,
  candidate: Policies,
  { data, policy }: LogEntry,
): Promise<Redecided | NotAgain | 'law'> {
  return await readTold(house, data, (told) => {
    const again = redecide(candidate, remember(data, askAsToday(readAsked(told))))
    return policy !== candidate.version && isUnasked(again) ? 'schema' : again
  })
}

/** Reads what was asked for a decision, and decides by that; or says why nobody can. */
export async function readTold(
  house: ReplayParts,
  data: JsonObject,
  decide: (told: ToldQuestions) => Redecided | NotAgain,
): Promise<Redecided | NotAgain | 'law'> {
  const told = tellQuestions(data, await readBeside(house, data['questions']))
  if (told === 'law') return 'law'
  if (typeof told === 'string') return told === 'no-decision' ? 'broken' : told
  try {
    return decide(told)
  } catch (error) {
    if (error instanceof EvaluationFault) return 'broken'
    throw error
  }
}

/** Reads the payload that holds the questions of an entry; null where the entry holds them, or it is gone or not the one. */
async function readBeside({ register }: ReplayParts, questions: unknown): Promise<string | null> {
  const id = isMembers(questions) ? questions['beside'] : undefined
  const payload = typeof id === 'string' ? await register.payload(id) : undefined
  return payload !== undefined && id === nameQuestions(payload.salt, payload.body) ? payload.body : null
}

/** Gives what a candidate looks at and the policies of an entry did not; each set of then is read once. */
function createUnkept({ register }: ReplayParts, candidate: Policies): (entry: LogEntry) => Promise<readonly string[]> {
  const wanted = wordsReadBy(candidate)
  const known = new Map<string, Promise<readonly string[]>>()
  const read = async (digest: string): Promise<readonly string[]> => {
    const payload = await register.payload(digest)
    const set = payload === undefined || payload.salt !== '' ? null : parseJson(payload.body)
    const texts = isMembers(set) && isMembers(set['texts']) ? Object.values(set['texts']) : []
    return findUnread(await finishInTurns(wordsInTurns(texts.filter((text) => typeof text === 'string'))), wanted)
  }
  return async ({ policy }) => {
    if (policy === undefined || policy === candidate.version) return []
    const found = known.get(policy) ?? read(policy)
    known.set(policy, found)
    return await found
  }
}
