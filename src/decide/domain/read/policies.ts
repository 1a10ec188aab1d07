import { type DetailedError, policySetTextToParts, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { RemitError } from '../../../ground/errors.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { byPlace, locateByte, type Place } from '../../policy/check/locate.ts'
import { findNestingFault } from '../../policy/check/nesting.ts'
import { placePolicies } from '../../policy/check/place-policies.ts'
import { readObligation } from '../../policy/obligation/known.ts'
import type { PolicyFile, ReadPolicy } from '../../policy/policy.ts'

/** Reasons of the house begin so: no policy of a domain may sound like one. */
const OWN_LAYERS = /^(?:law|error|policy|domain):/

/** Visible ASCII: ids stand in entries, answers and lists. */
const ID = /^[\x21-\x7e]{1,128}$/

/**
 * Reads the policies of a domain's files. A policy without an `@id` is named by its file and its place in it; one without
 * a `@sentence` is told by its id. Errors: `policies_invalid` naming file and line.
 */
export function readDomainPolicies(files: readonly PolicyFile[]): readonly ReadPolicy[] {
  const byId = new Map<string, ReadPolicy>()
  for (const policy of files.flatMap(readFile)) {
    const other = byId.get(policy.id)
    if (other !== undefined) throw refuseDomain(`${where(policy)}: ${where(other)} has the id ${policy.id} already.`)
    byId.set(policy.id, policy)
  }
  if (byId.size === 0) throw refuseDomain('There is no policy at all, so that nothing would ever be permitted.')
  return [...byId.values()]
}

/** Gives the error of a domain that cannot be used. */
export function refuseDomain(detail: string): RemitError {
  return new RemitError('policies_invalid', { detail: detail.slice(0, LIMITS.textCharsMax).toWellFormed() })
}

/** Gives what Cedar says of what is wrong. */
export function describeErrors(errors: readonly DetailedError[]): string {
  return errors
    .slice(0, 5)
    .map((error) => (error.help === null ? error.message : `${error.message} (${error.help})`))
    .join('; ')
}

/** Names where a policy stands. */
export function where(at: { readonly file: string; readonly line: number }): string {
  return `${at.file}:${at.line}`
}

function readFile(file: PolicyFile): readonly ReadPolicy[] {
  const nesting = findNestingFault(file.text, 'policies')
  if (nesting !== null) throw refuseDomain(`${file.name} is not read: ${nesting}.`)
  const parts = policySetTextToParts(file.text)
  if (parts.type === 'failure') throw refuseDomain(describeSyntax(file, parts.errors))
  if (parts.policy_templates.length > 0) throw refuseDomain(`${file.name} holds a template; write out each policy.`)
  const places = placePolicies(file)
  const start: Place = { file: file.name, line: 1, column: 1 }
  return parts.policies
    .map((text) => ({ text, place: places.get(text)?.shift() ?? start }))
    .sort((a, b) => byPlace(a.place, b.place))
    .map(({ text, place }, at) => readPolicy(text, place, at + 1))
}

/** Cedar says by place where it stopped reading. */
function describeSyntax({ name, text }: PolicyFile, errors: readonly DetailedError[]): string {
  const from = errors[0]?.sourceLocations?.[0]?.start
  const { line, column } = locateByte({ file: name, line: 1, column: 1 }, text, from ?? 0)
  return `${from === undefined ? name : `${name}:${line}:${column}`}: ${describeErrors(errors)}`
}

function readPolicy(text: string, at: Place, number: number): ReadPolicy {
  const parsed = policyToJson(text)
  if (parsed.type === 'failure') throw refuseDomain(`${where(at)}: ${describeErrors(parsed.errors)}`)
  const { effect, annotations } = parsed.json
  const id = annotations?.['id'] || `${at.file}#${number}`
  if (!ID.test(id) || OWN_LAYERS.test(id))
    throw refuseDomain(`${where(at)}: ${JSON.stringify(id)} cannot be the id of a policy.`)
  const sentence = annotations?.['sentence'] || `The policy ${id} ${effect === 'permit' ? 'permits' : 'forbids'} it.`
  if (sentence.length > LIMITS.textCharsMax) throw refuseDomain(`${where(at)}: its @sentence is too long.`)
  const more = readMore(id, effect, annotations?.['obligation'])
  if (typeof more === 'string') throw refuseDomain(`${where(at)}: ${more}.`)
  return { id, sentence, effect, text, origin: 'organisation', ...more, json: parsed.json, ...at }
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
