import type { Clock } from '../../../ground/clock.ts'
import { finishInTurns, type InTurns } from '../../../ground/in-turns.ts'
import { type JsonSlices, readSlices } from '../../../ground/json-slices.ts'
import type { ReadPolicy } from '../policy.ts'
import { describeSet, type SetText } from '../set-text.ts'
import { type CheckedPolicies, checkPolicies, type PolicyTexts } from './check-policies.ts'
import { createApart, type Patience } from './run-apart.ts'

/** A set that was checked, with its text and the name that it has by that. */
export interface CheckedSet {
  readonly checked: CheckedPolicies
  readonly set: SetText
}

/** Checks policy sets, and lets nobody wait for it who asks for something else. */
export type CheckApart = (texts: PolicyTexts) => Promise<CheckedSet>

/** Checks a set in this thread: one that is small. */
export function checkHere(texts: PolicyTexts): CheckedSet {
  const checked = checkPolicies(texts)
  return { checked, set: describeSet(checked, texts.schema) }
}

const thread = ['check-worker', import.meta.url] as const

/**
 * Makes a checker that gives each set to a thread of its own, one at a time. Errors: `rate_limited` where too many
 * wait, `policies_invalid` for a set that takes too long.
 */
export function createCheckApart(clock: Pick<Clock, 'sleep'>, patience?: Patience): CheckApart {
  const check = createApart<PolicyTexts, ToldSet>(thread, clock, patience)
  return async (texts) => await finishInTurns(readTold(await check(texts)))
}

/** What the thread tells: the policies as texts of JSON, since a large set is read a slice at a time. */
export interface ToldSet extends Omit<CheckedPolicies, 'policies'> {
  readonly slices: JsonSlices
  readonly set: SetText
}

function* readTold({ slices, set, ...checked }: ToldSet): InTurns<CheckedSet> {
  const policies: ReadPolicy[] = []
  for (const policy of readSlices<ReadPolicy>(slices)) {
    policies.push(policy)
    yield
  }
  return { checked: { ...checked, policies }, set }
}
