import type { Clock } from '../../ground/clock.ts'
import { digestOf } from '../../ground/digest.ts'
import { finishAtOnce, finishInTurns, type InTurns } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CheckApart, checkHere, createCheckApart } from './check/check-apart.ts'
import type { CheckedPolicies } from './check/check-policies.ts'
import { assembleInTurns, type Policies, type ReportMismatch, type ShippedTexts } from './load-policies.ts'
import type { PolicyFile } from './policy.ts'
import type { SetText } from './set-text.ts'

/** A set that could decide: the organisation's files beside what comes with Remit. */
export interface Candidate extends SetText {
  readonly checked: CheckedPolicies
  /** What would decide, made once. Errors: `config_invalid` naming every fault where there is one. */
  policies(): Promise<Policies>
}

/** Makes policy sets out of the files of an organisation, each once as long as it is remembered. */
export interface PolicySets {
  /** What is wrong with a set stands in it, and is no error. Errors: `rate_limited`, `policies_invalid`. */
  read(files: readonly PolicyFile[]): Promise<Candidate>
  /** As `read`, all of it at once and in this thread: for a start, when nobody waits. */
  readAtStart(files: readonly PolicyFile[]): Promise<Candidate>
}

/** What sets are made of. */
export interface PolicySetsParts {
  readonly texts: ShippedTexts
  readonly report: ReportMismatch
  readonly clock: Pick<Clock, 'sleep'>
}

/** Makes the sets of one domain. */
export function createPolicySets(parts: PolicySetsParts): PolicySets {
  const known = new Map<string, Promise<Candidate>>()
  const check = createCheckApart(parts.clock)
  const remember = async (files: readonly PolicyFile[], how: HowToMake): Promise<Candidate> => {
    const own = files.filter(({ name }) => name.endsWith('.cedar'))
    const key = digestOf(own)
    const found = known.get(key) ?? readCandidate(parts, how, own)
    known.delete(key)
    known.set(key, found)
    const [oldest] = known.keys()
    if (known.size > LIMITS.policySetsRemembered && oldest !== undefined) known.delete(oldest)
    found.catch(() => known.delete(key)) // an answer of today's hurry is not tomorrow's
    return await found
  }
  const apart: HowToMake = { check, finish: (work) => finishInTurns(work) }
  const here: HowToMake = {
    check: (texts) => Promise.resolve(checkHere(texts)),
    finish: (work) => Promise.resolve().then(() => finishAtOnce(work)),
  }
  return { read: (files) => remember(files, apart), readAtStart: (files) => remember(files, here) }
}

interface HowToMake {
  readonly check: CheckApart
  readonly finish: (work: InTurns<Policies>) => Promise<Policies>
}

async function readCandidate(
  { texts, report }: PolicySetsParts,
  how: HowToMake,
  own: readonly PolicyFile[],
): Promise<Candidate> {
  const { checked, set } = await how.check({ ...texts, own })
  let made: Promise<Policies> | undefined
  return {
    ...set,
    checked,
    policies: () => {
      made ??= how.finish(assembleInTurns(checked, { schema: texts.schema, report, set }))
      return made
    },
  }
}
