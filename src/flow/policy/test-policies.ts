import type { PolicyNote } from '../../contract/policy.ts'
import type { Policies } from '../../decide/policy/load-policies.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import type { Candidate } from '../../decide/policy/policy-sets.ts'
import type { ReadTrials } from '../../decide/policy/trial/read-cases.ts'
import { noteFailure, runTrials, type TrialResult } from '../../decide/policy/trial/run-trials.ts'
import { readTrials, type TrialCase } from '../../decide/policy/trial/trial-case.ts'
import { RemitError } from '../../ground/errors.ts'
import { beginTurn } from '../../ground/in-turns.ts'
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
  const results = await runInTurns(cases, await candidate.policies())
  return { cases: results, failed: results.filter(({ ok }) => !ok).length }
}

/** Gives a fault for each case that fails, and for each test file that is wrong; of a set that is valid. */
export async function findFailures(candidate: Candidate, files: readonly PolicyFile[]): Promise<readonly PolicyNote[]> {
  const { cases, faults } = readTrials(files)
  if (cases.length === 0) return faults
  const failed = (await runInTurns(cases, await candidate.policies())).filter(({ ok }) => !ok)
  return [...faults, ...failed.map(noteFailure)]
}

/** Asks as many cases in each turn of the event loop as there is time for. */
async function runInTurns(
  cases: ReadTrials<TrialCase>['cases'],
  { engine }: Pick<Policies, 'engine'>,
): Promise<readonly TrialResult[]> {
  const results: TrialResult[] = []
  const turn = beginTurn()
  for (const each of cases) {
    results.push(...runTrials(engine, [each]))
    if (turn.isOver()) await turn.next()
  }
  return results
}
