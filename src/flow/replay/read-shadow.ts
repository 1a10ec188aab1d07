import type { JsonObject, LogEntry } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { textIn, textsIn } from '../../contract/told/data.ts'
import { readDecided } from '../../decide/replay/redecide.ts'
import type { House } from '../house.ts'
import { createDifferences, type Difference, type Side, tellFound } from './differences.ts'
import { type Span, type Visited, visitDecisions } from './visit-decisions.ts'

/** What policies in shadow would have decided, as the entries of a part of the log tell it. */
export interface ShadowRead extends Visited {
  /** Digest of the policy set that was observed. */
  readonly policy: string
  /** Decisions that reached the policies. */
  readonly decisions: number
  readonly differences: readonly Difference[]
  /** Decisions among the differences that come to the same, by other rules. */
  readonly otherRules: number
  readonly more: number
  /** Decisions over which it failed; nobody's answer changed by that. */
  readonly failed: number
}

/** A set that is or was observed, and those that were beside it in time. */
export interface ObservedSet {
  /** The digest that it had when it was published. */
  readonly policy: string
  /** Digests of other versions: a decision that was under way as one took the place of another counts for its own. */
  readonly others: ReadonlySet<string>
}

/**
 * Reads where a policy set that was observed would have decided otherwise. Look only at the time in which it was: where what
 * comes with Remit has changed since it was published, entries name it by another digest.
 */
export async function readShadow(house: Pick<House, 'log'>, observed: ObservedSet, span: Span): Promise<ShadowRead> {
  const { policy } = observed
  const differences = createDifferences()
  let [decisions, failed] = [0, 0]
  const visited = await visitDecisions(house, span, (index, entry) => {
    if (entry.data['questions'] !== undefined) decisions += 1
    const told = shadowIn(entry, observed)
    if (told === null) return
    if (told['failed'] === true) failed += 1
    else differences.add(index, entry, decidedSide(entry), shadowSide(told))
  })
  return { ...visited, policy, decisions, ...tellFound(differences), failed }
}

function shadowIn({ data }: LogEntry, { policy, others }: ObservedSet): JsonObject | null {
  const told = data['shadow']
  if (!isMembers(told)) return null
  const version = textIn(told as JsonObject, 'version')
  return version === policy || !others.has(version ?? '') ? (told as JsonObject) : null
}

function shadowSide(told: JsonObject): Side {
  const outcome = textIn(told, 'outcome') === 'permit' ? 'permit' : 'denial'
  return { outcome, code: textIn(told, 'code'), rules: textsIn(told, 'rules') }
}

function decidedSide({ data }: LogEntry): Side {
  const { outcome, code, reasons } = readDecided(data)
  return { outcome, code, rules: reasons.map(({ rule }) => rule) }
}
