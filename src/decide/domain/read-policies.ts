import {
  type DetailedError,
  type PolicyJson,
  policySetTextToParts,
  policyToJson,
} from '@cedar-policy/cedar-wasm/nodejs'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { findNestingFault } from '../policy/check/nesting.ts'
import type { Policy, PolicyFile } from '../policy/policy.ts'
import { readObligation } from './obligations.ts'

/** A policy of a domain, with its JSON form. */
export interface ReadPolicy extends Policy {
  readonly json: PolicyJson
}

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
  if (parts.type === 'failure') throw refuseDomain(`${locate(file, parts.errors)}: ${describeErrors(parts.errors)}`)
  if (parts.policy_templates.length > 0) throw refuseDomain(`${file.name} holds a template; write out each policy.`)
  return placePolicies(file, parts.policies).map(({ text, from }, at) =>
    readPolicy(file, text, { from, number: at + 1 }),
  )
}

/** Finds where each policy stands: Cedar gives them in an order of its own, and two may have the same text. */
function placePolicies({ text: whole }: PolicyFile, policies: readonly string[]): readonly Placed[] {
  const after = new Map<string, number>()
  const placed = policies.map((text) => {
    const from = whole.indexOf(text, after.get(text))
    after.set(text, from + text.length)
    return { text, from }
  })
  return placed.sort((a, b) => a.from - b.from)
}

interface Placed {
  readonly text: string
  readonly from: number
}

/** Cedar says by place where it stopped reading. */
function locate(file: PolicyFile, errors: readonly DetailedError[]): string {
  const start = errors[0]?.sourceLocations?.[0]?.start
  if (start === undefined) return file.name
  const before = Buffer.from(file.text).subarray(0, start).toString('utf8').split('\n')
  return `${file.name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}

function readPolicy(file: PolicyFile, text: string, { from, number }: { from: number; number: number }): ReadPolicy {
  const at = { file: file.name, line: file.text.slice(0, from).split('\n').length }
  const parsed = policyToJson(text)
  if (parsed.type === 'failure') throw refuseDomain(`${where(at)}: ${describeErrors(parsed.errors)}`)
  const { effect, annotations } = parsed.json
  const id = annotations?.['id'] || `${file.name}#${number}`
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
