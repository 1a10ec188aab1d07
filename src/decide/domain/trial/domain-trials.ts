import { isMembers } from '../../../contract/read-entry.ts'
import type { Place } from '../../policy/check/locate.ts'
import type { PolicyFile } from '../../policy/policy.ts'
import { type Expected, type ReadTrials, readCases } from '../../policy/trial/read-cases.ts'
import { judgeTrial, type TrialResult } from '../../policy/trial/run-trials.ts'
import type { EvaluationRequest } from '../../requests.ts'
import { askDomain } from '../ask-domain.ts'
import type { Domain } from '../domain.ts'

/** One case of a test file of a domain: an AuthZEN question, and what the domain should say. */
export interface DomainCase extends Expected {
  readonly request: EvaluationRequest
}

const KNOWN: readonly string[] = ['name', 'subject', 'action', 'resource', 'context', 'expect', 'by']

/** Reads the test files (`*.test.json`: `{"cases": […]}`) of a domain. What is wrong stands in the faults. */
export function readDomainTrials(files: readonly PolicyFile[]): ReadTrials<DomainCase> {
  return readCases(files, KNOWN, (said) => {
    const { subject, action, resource, context = {} } = said
    const rows: readonly (readonly [boolean, string])[] = [
      [!isNoun(subject, ['type', 'id']), 'needs a subject with type and id'],
      [!isNoun(action, ['name']), 'needs an action with a name'],
      [!isNoun(resource, ['type', 'id']), 'needs a resource with type and id'],
      [!isMembers(context), 'says its context in an object'],
    ]
    const [, wrong] = rows.find(([isWrong]) => isWrong) ?? []
    if (wrong !== undefined) return wrong
    const request = { subject: whole(subject), action: whole(action), resource: whole(resource), context }
    return { request: request as unknown as EvaluationRequest } // the rows above have looked at each member
  })
}

/** Asks a domain every case; nothing is recorded, and nobody needs leave. */
export function runDomainTrials(domain: Domain, cases: readonly (DomainCase & Place)[]): readonly TrialResult[] {
  return cases.map((trial) => {
    const asked = askDomain(domain, trial.request)
    if ('rule' in asked) return judgeTrial(trial, { allowed: false, determining: [asked.rule], errors: [] })
    return judgeTrial(trial, domain.engine.decide(asked.request))
  })
}

function isNoun(value: unknown, names: readonly string[]): boolean {
  return (
    isMembers(value) &&
    names.every((name) => typeof value[name] === 'string' && value[name] !== '') &&
    isMembers(value['properties'] ?? {})
  )
}

function whole(noun: unknown): object {
  return { properties: {}, ...(noun as object) } // `isNoun` has seen that it is one
}
