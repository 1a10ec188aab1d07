import type { LogEntry } from '../../contract/log-entry.ts'
import { identityIdOf } from '../../contract/told/about.ts'
import { textIn } from '../../contract/told/data.ts'
import { LIMITS } from '../../ground/limits.ts'

/** What a decision came to: `code` is null for a permit. */
export interface Side {
  readonly outcome: 'permit' | 'denial'
  readonly code: string | null
  readonly rules: readonly string[]
}

/** One decision that comes out otherwise. */
export interface DifferenceExample {
  readonly entry: number
  readonly atMs: number
  readonly before: Side
  readonly after: Side
}

/** Decisions about one identity that come out otherwise in the same way, by the same rules. */
export interface Difference {
  readonly identityId: string | null
  /** What was asked for: `task`, `delegation`, `token`, `call` or `evaluation`. */
  readonly decision: string
  /** `permit`, or the code of the denial; of a permit by the same rules, that these ask for something else. */
  readonly before: string
  readonly after: string
  /** The rules that deny, before or after; of two permits or two denials, those of after. */
  readonly rules: readonly string[]
  readonly count: number
  readonly examples: readonly DifferenceExample[]
}

/** Differences by identity and rule, as they are found. */
export interface Differences {
  add(index: number, entry: LogEntry, before: Side, after: Side): void
  /** Those that come to something else first, the most frequent of them first. */
  list(): readonly Difference[]
  /** How many decisions come to the same, by other rules. */
  otherRules(): number
  /** How many decisions stand in groups that were too many to be told. */
  more(): number
}

type Group = Omit<Difference, 'count' | 'examples'> & { count: number; readonly examples: DifferenceExample[] }

/**
 * Makes an empty list. Of what comes to something else, and of what comes to the same by other rules, it holds
 * `differencesMax` groups each, with a few examples, however many decisions there are.
 */
export function createDifferences(): Differences {
  const [changed, same] = [new Map<string, Group>(), new Map<string, Group>()]
  let [otherRules, more] = [0, 0]
  return {
    add: (index, entry, before, after) => {
      const about = describe(entry, before, after)
      const isSame = about.before === about.after
      const groups = isSame ? same : changed
      otherRules += isSame ? 1 : 0
      const key = JSON.stringify(about)
      const group = groups.get(key) ?? { ...about, count: 0, examples: [] }
      if (!groups.has(key) && groups.size >= LIMITS.differencesMax) {
        more += 1
        return
      }
      groups.set(key, group)
      group.count += 1
      if (group.examples.length < LIMITS.differenceExamplesMax)
        group.examples.push({ entry: index, atMs: entry.atMs, before, after })
    },
    list: () => [changed, same].flatMap((groups) => [...groups.values()].sort((a, b) => b.count - a.count)),
    otherRules: () => otherRules,
    more: () => more,
  }
}

/** Gives what was found, for an answer. */
export function tellFound(found: Differences) {
  return { differences: found.list(), otherRules: found.otherRules(), more: found.more() }
}

function describe(entry: LogEntry, before: Side, after: Side): Omit<Difference, 'count' | 'examples'> {
  const isFreed = before.outcome === 'denial' && after.outcome === 'permit'
  // two permits by the same rules differ in what these ask of whoever lets it through
  const isObliged = after.outcome === 'permit' && before.rules.join() === after.rules.join() && !isFreed
  return {
    identityId: identityIdOf(entry),
    decision: textIn(entry.data, 'decision') ?? '',
    before: before.code ?? before.outcome,
    after: isObliged ? 'permit with other obligations' : (after.code ?? after.outcome),
    rules: isFreed ? before.rules : after.rules,
  }
}
