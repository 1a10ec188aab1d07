import type { Clock } from '../../ground/clock.ts'
import { digestOf } from '../../ground/digest.ts'
import { finishInTurns } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CheckApart, checkHere, createCheckApart } from './check/check-apart.ts'
import type { CheckedPolicies } from './check/check-policies.ts'
import { LOADING } from './check/run-apart.ts'
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
  /** As `read`, of what has to decide from a start on: however long it takes, and behind nobody's check. */
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
  const load = createCheckApart(parts.clock, LOADING)
  const remember = async (files: readonly PolicyFile[], check: CheckApart): Promise<Candidate> => {
    const own = files.filter(({ name }) => name.endsWith('.cedar'))
    const key = digestOf(own)
    const found = known.get(key) ?? readCandidate(parts, check, own)
    known.delete(key)
    known.set(key, found)
    const [oldest] = known.keys()
    if (known.size > LIMITS.policySetsRemembered && oldest !== undefined) known.delete(oldest)
    found.catch(() => known.delete(key)) // an answer of today's hurry is not tomorrow's
    return await found
  }
  return {
    read: (files) => remember(files, check),
    readAtStart: (files) => remember(files, isSmall(files) ? async (texts) => checkHere(texts) : load),
  }
}

/** A thread takes longer to begin than to read what is small, beside what comes with Remit. */
function isSmall(files: readonly PolicyFile[]): boolean {
  return files.reduce((sum, { text }) => sum + text.length, 0) <= LIMITS.checkedHereCharsMax
}

async function readCandidate(
  { texts, report }: PolicySetsParts,
  check: CheckApart,
  own: readonly PolicyFile[],
): Promise<Candidate> {
  const { checked, set } = await check({ ...texts, own })
  let made: Promise<Policies> | undefined
  return {
    ...set,
    checked,
    policies: () => {
      made ??= finishInTurns(assembleInTurns(checked, { schema: texts.schema, report, set }))
      return made
    },
  }
}
