import { policySetTextToParts, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyNote } from '../../../contract/policy.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { liftLongLiterals } from '../../cedar/long-literals.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { byPlace, type Place } from '../../policy/check/locate.ts'
import { findNestingFault } from '../../policy/check/nesting.ts'
import { placePolicies } from '../../policy/check/place-policies.ts'
import { findSyntaxFaults, type ReadFile } from '../../policy/check/read-policies.ts'
import { readObligation } from '../../policy/obligation/known.ts'
import type { PolicyFile, ReadPolicy } from '../../policy/policy.ts'
import { describeErrors } from './describe-errors.ts'
import { faultAt } from './faults.ts'

/** Reasons of the house begin so: no policy of a domain may sound like one. */
const OWN_LAYERS = /^(?:law|error|policy|domain):/

/** Visible ASCII: ids stand in entries, answers and lists. */
const ID = /^[\x21-\x7e]{1,128}$/

/**
 * Reads the policies of a domain's files, with all that is wrong with their form. A policy without an `@id` is named by its
 * file and its place in it; one without a `@sentence` is told by its id.
 */
export function readDomainPolicies(files: readonly PolicyFile[]): ReadFile {
  const read = files.map(readFile)
  const faults = read.flatMap((file) => file.faults)
  const byId = new Map<string, ReadPolicy>()
  for (const policy of read.flatMap((file) => file.policies)) {
    const other = byId.get(policy.id)
    if (other === undefined) byId.set(policy.id, policy)
    else faults.push(faultAt(placeOf(policy), `${where(other)} has the id ${policy.id} already`, policy.id))
  }
  if (byId.size === 0 && faults.length === 0)
    faults.push(faultAt(null, 'There is no policy at all, so that nothing would ever be permitted.'))
  return { policies: [...byId.values()], faults }
}

/** Names where a policy stands. */
export function where(at: { readonly file: string; readonly line: number }): string {
  return `${at.file}:${at.line}`
}

/** Gives the place of a policy alone. */
export function placeOf({ file, line, column }: Place): Place {
  return { file, line, column }
}

function readFile(file: PolicyFile): ReadFile {
  const start: Place = { file: file.name, line: 1, column: 1 }
  const nesting = findNestingFault(file.text, 'policies')
  if (nesting !== null) return { policies: [], faults: [faultAt({ file: file.name }, `it is not read: ${nesting}`)] }
  const parts = policySetTextToParts(file.text)
  if (parts.type === 'failure') return { policies: [], faults: findSyntaxFaults(file, parts.errors) }
  const places = placePolicies(file)
  const find = (text: string): Place => places.get(text)?.shift() ?? start
  const faults = parts.policy_templates.map((text) => faultAt(find(text), 'it is a template; write out each policy'))
  const policies: ReadPolicy[] = []
  const placed = parts.policies.map((text) => ({ text, place: find(text) })).sort((a, b) => byPlace(a.place, b.place))
  for (const [at, { text, place }] of placed.entries()) {
    const read = readPolicy(text, place, at + 1)
    if ('json' in read) policies.push(read)
    else faults.push(read)
  }
  return { policies, faults }
}

function readPolicy(text: string, at: Place, number: number): ReadPolicy | PolicyNote {
  const lifted = lift(text)
  if (typeof lifted !== 'string') return faultAt(at, lifted.message)
  const parsed = policyToJson(lifted)
  if (parsed.type === 'failure') return faultAt(at, describeErrors(parsed.errors), null, 'syntax')
  const { effect, annotations } = parsed.json
  const id = annotations?.['id'] || `${at.file}#${number}`
  if (!ID.test(id) || OWN_LAYERS.test(id)) return faultAt(at, `${JSON.stringify(id)} cannot be the id of a policy`)
  const sentence = annotations?.['sentence'] || `The policy ${id} ${effect === 'permit' ? 'permits' : 'forbids'} it.`
  if (sentence.length > LIMITS.textCharsMax) return faultAt(at, 'its @sentence is too long', id)
  const more = readMore(id, effect, annotations?.['obligation'])
  if (typeof more === 'string') return faultAt(at, more, id)
  return { id, sentence, effect, text, origin: 'organisation', ...more, json: parsed.json, ...at }
}

function lift(text: string): string | EvaluationFault {
  try {
    return liftLongLiterals(text)
  } catch (error) {
    if (error instanceof EvaluationFault) return error
    throw error
  }
}

/** A denial asks nothing of anybody: an obligation stands on a permit. */
function readMore(
  id: string,
  effect: ReadPolicy['effect'],
  annotation: string | null | undefined,
): Pick<ReadPolicy, 'obligation'> | string {
  if (typeof annotation !== 'string') return {}
  if (effect === 'forbid') return 'an @obligation stands on a permit, and this forbids'
  const obligation = readObligation(id, annotation)
  return typeof obligation === 'string' ? obligation : { obligation }
}
