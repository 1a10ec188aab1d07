import { type DetailedError, policySetTextToParts, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyNote } from '../../../contract/policy.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { liftLongLiterals } from '../../cedar/long-literals.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { readOwnObligation } from '../obligation/own.ts'
import type { PolicyFile, PolicyOrigin, ReadPolicy } from '../policy.ts'
import { byPlace, noteOf, type Place } from './locate.ts'
import { findNestingFault } from './nesting.ts'
import { placePolicies, splitPolicies } from './place-policies.ts'

/** What a file holds, and what is wrong with it. */
export interface ReadFile {
  readonly policies: readonly ReadPolicy[]
  readonly faults: PolicyNote[]
}

/** Reads every policy of a file, with everything that is wrong with its form. */
export function readPolicies(file: PolicyFile, origin: PolicyOrigin): ReadFile {
  const start: Place = { file: file.name, line: 1, column: 1 }
  const nesting = findNestingFault(file.text, 'policies')
  if (nesting !== null) return { policies: [], faults: [formFault(start, null, nesting)] }
  const parts = policySetTextToParts(file.text)
  if (parts.type === 'failure') return { policies: [], faults: findSyntaxFaults(file, parts.errors) }
  const places = placePolicies(file)
  const placeOf = (text: string): Place => places.get(text)?.shift() ?? start
  const policies: ReadPolicy[] = []
  const faults = parts.policy_templates.map((text) =>
    formFault(placeOf(text), null, 'this is a template; write out each policy'),
  )
  for (const text of parts.policies) {
    const read = readPolicy(text, placeOf(text), origin)
    if ('json' in read) policies.push(read)
    else faults.push(read)
  }
  return { policies: policies.sort(byPlace), faults: faults.sort(byPlace) }
}

/** The form of an id: a layer, a colon, a name. `law:` and `error:` are Remit's own. */
const ID = /^(?!law:|error:)[a-z][a-z0-9-]{0,31}:[a-z0-9][a-z0-9-]{0,95}$/

function readPolicy(text: string, place: Place, origin: PolicyOrigin): ReadPolicy | PolicyNote {
  const lifted = lift(text)
  if (lifted === null) return formFault(place, null, 'it holds a name that is kept for Remit')
  const parsed = policyToJson(lifted)
  if (parsed.type === 'failure') {
    const [error] = parsed.errors
    return error === undefined
      ? formFault(place, null, 'it cannot be read')
      : noteOf(error, 'syntax', place, text, null)
  }
  const { annotations, effect } = parsed.json
  const id = annotations?.['id'] ?? ''
  const sentence = annotations?.['sentence'] ?? ''
  if (!ID.test(id)) return formFault(place, null, `a policy needs an @id such as "acme:no-deletes", not "${id}"`)
  if (sentence === '' || sentence.length > LIMITS.textCharsMax)
    return formFault(place, id, 'a policy needs a @sentence that a person can act on')
  const approvers = annotations?.['approvers'] ?? '1'
  if (!/^[1-9]$/.test(approvers) || Number(approvers) > LIMITS.approversMax)
    return formFault(place, id, `@approvers is a number from 1 to ${LIMITS.approversMax}, not "${approvers}"`)
  const said = annotations?.['obligation']
  const obligation = typeof said === 'string' ? readOwnObligation(id, said, parsed.json) : undefined
  if (typeof obligation === 'string') return formFault(place, id, obligation)
  const more = {
    ...(approvers === '1' ? {} : { approvers: Number(approvers) }),
    ...(obligation === undefined ? {} : { obligation }),
  }
  return { id, sentence, ...more, effect, text, ...place, origin, json: parsed.json }
}

function lift(text: string): string | null {
  try {
    return liftLongLiterals(text)
  } catch (error) {
    if (error instanceof EvaluationFault) return null
    throw error
  }
}

function formFault(place: Place, id: string | null, sentence: string): PolicyNote {
  return { ...place, id, kind: 'form', sentence, hint: null }
}

/** Cedar stops at the first error of a text, which are `errors`; each policy by itself shows them all. */
export function findSyntaxFaults(file: PolicyFile, errors: readonly DetailedError[]): PolicyNote[] {
  const faults: PolicyNote[] = []
  for (const { text, place } of splitPolicies(file)) {
    const parts = policySetTextToParts(text)
    if (parts.type === 'failure') faults.push(...parts.errors.map((each) => noteOf(each, 'syntax', place, text, null)))
    if (faults.length > LIMITS.policyNotesMax) break
  }
  const start: Place = { file: file.name, line: 1, column: 1 }
  return faults.length > 0 ? faults : errors.map((each) => noteOf(each, 'syntax', start, file.text, null))
}
