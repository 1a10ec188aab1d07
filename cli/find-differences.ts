import type { DecisionDifference, DifferencesFound } from '../sdk/policy-answers.ts'

/** So many requests at most are made for one question, as many entries as that is. */
const partsMax = 1_000

/** Asks a part of the log after the other, and puts what was found together. `isWhole` is false where the log has more still. */
export async function findAll<Part extends DifferencesFound>(
  read: (from: number | undefined) => Promise<Part>,
  join: (one: Part, other: Part) => Part,
): Promise<{ readonly found: Part; readonly isWhole: boolean }> {
  let found = await read(undefined)
  for (let parts = 1; found.next !== null && parts < partsMax; parts++) {
    const { next } = found
    const part = await read(next)
    // a server that names no part beyond the one that it gave would be asked for ever
    if (part.to <= next) break
    found = { ...join(found, part), ...joinFound(found, part) }
  }
  return { found, isWhole: found.next === null }
}

function joinFound(one: DifferencesFound, other: DifferencesFound): DifferencesFound {
  return {
    from: one.from,
    to: other.to,
    next: other.next,
    policy: other.policy,
    decisions: one.decisions + other.decisions,
    differences: joinDifferences([...one.differences, ...other.differences]),
    otherRules: one.otherRules + other.otherRules,
    more: one.more + other.more,
  }
}

function joinDifferences(all: readonly DecisionDifference[]): readonly DecisionDifference[] {
  const groups = new Map<string, DecisionDifference>()
  for (const each of all) {
    const { identityId, decision, before, after, rules } = each
    const key = JSON.stringify([identityId, decision, before, after, rules])
    const known = groups.get(key)
    groups.set(key, known === undefined ? each : { ...known, count: known.count + each.count })
  }
  const isSame = ({ before, after }: DecisionDifference): number => (before === after ? 1 : 0)
  return [...groups.values()].sort((one, other) => isSame(one) - isSame(other) || other.count - one.count)
}
