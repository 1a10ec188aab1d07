import {
  type DetailedError,
  type SchemaJson,
  schemaToJsonWithResolvedTypes,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyNote } from '../../../contract/policy.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { PolicyFile, ReadPolicy } from '../policy.ts'
import { findWordsRead, type WordsRead } from '../words-read.ts'
import { boundNotes, noteOfSet } from './bound-notes.ts'
import { withHint } from './find-hint.ts'
import { bodyOf, findOddities } from './find-oddities.ts'
import { kindOfWarning, noteOf } from './locate.ts'
import { readPolicies } from './read-policies.ts'

/** The texts of a policy set: the schema, the policies that come with Remit, and those of the organisation. */
export interface PolicyTexts {
  readonly schema: string
  readonly shipped: readonly PolicyFile[]
  readonly own: readonly PolicyFile[]
}

/** A set as it was read, with all that is wrong or odd in it. Only a set without a fault may decide. */
export interface CheckedPolicies {
  readonly policies: readonly ReadPolicy[]
  readonly faults: readonly PolicyNote[]
  readonly warnings: readonly PolicyNote[]
  /** The schema in Cedar's JSON form; null where it does not parse, which is a fault. */
  readonly schema: SchemaJson<string> | null
  /** What of a request's own words these policies can look at. */
  readonly words: WordsRead
}

/**
 * Reads and validates a policy set strictly. Never throws for what is wrong in it: every fault is in the list, up to a
 * bound. Pure, and slow: about 4 ms a kilobyte, so that a large set is checked apart from the event loop.
 */
export function checkPolicies({ schema, shipped, own }: PolicyTexts): CheckedPolicies {
  const bytes = [...shipped, ...own].reduce((sum, file) => sum + Buffer.byteLength(file.text), 0)
  if (bytes > LIMITS.policyBytesMax)
    return refused(noteOfSet(`the policies have ${bytes} bytes, and ${LIMITS.policyBytesMax} are the most`))
  const read = [
    ...shipped.map((file) => readPolicies(file, 'shipped')),
    ...own.map((file) => readPolicies(file, 'organisation')),
  ]
  const { policies, faults: doubles } = takeOnce(
    read.flatMap((file) => file.policies.map((policy) => ({ ...policy, body: bodyOf(policy.json) }))),
  )
  const faults = [...read.flatMap((file) => file.faults), ...doubles]
  if (policies.length === 0 && faults.length === 0) return refused(noteOfSet('there is no policy at all'))
  const parsed = schemaToJsonWithResolvedTypes(schema)
  if (parsed.type === 'failure') return refused(...parsed.errors.map((each) => schemaFault(each, schema)))
  const found = validatePolicies(schema, policies)
  return {
    policies,
    faults: boundNotes([...faults, ...found.faults]),
    warnings: boundNotes(sayOnce([...found.warnings, ...findOddities(policies)])),
    schema: parsed.json,
    words: findWordsRead(policies.map(({ json }) => json)),
  }
}

/** That a policy never matches the validator of Cedar may have said already. */
function sayOnce(notes: readonly PolicyNote[]): readonly PolicyNote[] {
  const dead = new Set<string | null>()
  return notes.filter(({ kind, id }) => kind !== 'never-matches' || (!dead.has(id) && dead.add(id)))
}

function refused(...faults: readonly PolicyNote[]): CheckedPolicies {
  return { policies: [], faults: boundNotes(faults), warnings: [], schema: null, words: findWordsRead([]) }
}

function schemaFault(error: DetailedError, schema: string): PolicyNote {
  return noteOf(error, 'syntax', { file: 'the schema', line: 1, column: 1 }, schema, null)
}

function takeOnce(all: readonly ReadPolicy[]) {
  const byId = new Map<string, ReadPolicy>()
  const faults: PolicyNote[] = []
  for (const policy of all) {
    const { id, file, line, column } = policy
    const other = byId.get(id)
    if (other === undefined) byId.set(id, policy)
    else
      faults.push({
        file,
        line,
        column,
        id,
        kind: 'form',
        sentence: `${other.file}:${other.line} has the id ${id} already`,
        hint: null,
      })
  }
  return { policies: [...byId.values()], faults }
}

/** Cedar says of each action anew what is wrong with a word that all of them know: that is told once. */
function foundOnce(notes: readonly PolicyNote[]): PolicyNote[] {
  const said = ({ id, line, column, sentence }: PolicyNote): string =>
    JSON.stringify([id, line, column, sentence.replace(/ for Remit::Action::"[^"]*"$/, '')])
  return [...new Map([...notes].reverse().map((note) => [said(note), note])).values()].reverse()
}

function validatePolicies(schema: string, policies: readonly ReadPolicy[]) {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const answer = validate({ schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } })
  if (answer.type === 'failure')
    return {
      faults: answer.errors.map(({ message }) => noteOfSet(`the policies do not validate: ${message}`)),
      warnings: [],
    }
  const place = (kind: string, policyId: string, error: DetailedError): PolicyNote => {
    const policy = byId.get(policyId)
    const start = { file: policy?.file ?? '', line: policy?.line ?? 0, column: policy?.column ?? 0 }
    return noteOf(error, kind, start, policy?.text ?? '', policyId)
  }
  const faults = foundOnce(
    answer.validationErrors.map(({ policyId, error }) => withHint(place('validation', policyId, error))),
  )
  const broken = new Set(faults.map(({ id }) => id))
  const odd = new Map<string, PolicyNote>()
  for (const { policyId, error } of answer.validationWarnings) {
    const kind = kindOfWarning(error)
    // of a policy that is wrong anyway it says nothing new, and of one that is dead it says so twice
    if (!broken.has(policyId) && !odd.has(`${policyId} ${kind}`))
      odd.set(`${policyId} ${kind}`, place(kind, policyId, error))
  }
  return { faults, warnings: [...odd.values()] }
}
