import type { PolicyNote } from '../../contract/policy.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import type { Candidate } from '../../decide/policy/policy-sets.ts'
import { describeFailure, runTrials, type TrialResult } from '../../decide/policy/trial/run-trials.ts'
import { readTrials } from '../../decide/policy/trial/trial-case.ts'
import { RemitError } from '../../ground/errors.ts'
import { sliceList } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { House } from '../house.ts'
import { refuseFaults } from './refuse-faults.ts'

/** How the cases of a folder went. */
export interface Tested {
  readonly cases: readonly TrialResult[]
  readonly failed: number
}

/**
 * Asks the policies of a folder what its test files expect of them; changes nothing. Errors: `policies_invalid` for
 * policies or test files that are wrong, `request_invalid` where there is no test file.
 */
export async function testPolicies(house: House, files: readonly PolicyFile[]): Promise<Tested> {
  const candidate = await house.policies.sets.read(files)
  const { cases, faults } = readTrials(files)
  refuseFaults([...candidate.checked.faults, ...faults])
  if (cases.length === 0)
    throw new RemitError('request_invalid', {
      detail: 'There is no case to test: name a folder with *.test.json files.',
    })
  const results = await runInTurns(house, cases, await trialsOf(candidate))
  return { cases: results, failed: results.filter(({ ok }) => !ok).length }
}

/** Gives a fault for each case that fails, and for each test file that is wrong; of a set that is valid. */
export async function findFailures(
  house: Pick<House, 'clock'>,
  candidate: Candidate,
  files: readonly PolicyFile[],
): Promise<readonly PolicyNote[]> {
  const { cases, faults } = readTrials(files)
  if (cases.length === 0) return faults
  const failed = (await runInTurns(house, cases, await trialsOf(candidate))).filter(({ ok }) => !ok)
  return [...faults, ...failed.map(noteFailure)]
}

async function trialsOf(candidate: Candidate) {
  const { engine } = await candidate.policies()
  return (cases: Parameters<typeof runTrials>[1]) => runTrials(engine, cases)
}

/** Asks a few cases in each turn of the event loop: others have theirs in between. */
export async function runInTurns<Case>(
  { clock }: Pick<House, 'clock'>,
  cases: readonly Case[],
  run: (cases: readonly Case[]) => readonly TrialResult[],
): Promise<readonly TrialResult[]> {
  const results: TrialResult[] = []
  for (const slice of sliceList(cases, LIMITS.policySlice)) {
    results.push(...run(slice))
    await clock.sleep(0)
  }
  return results
}

function noteFailure(result: TrialResult): PolicyNote {
  const { file } = result
  return { file, line: 1, column: 1, id: null, kind: 'test', sentence: describeFailure(result), hint: null }
}
