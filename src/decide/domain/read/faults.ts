import { describeNote, type PolicyNote } from '../../../contract/policy.ts'
import { RemitError } from '../../../ground/errors.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { boundNotes } from '../../policy/check/bound-notes.ts'
import type { Place } from '../../policy/check/locate.ts'

/** The files of a domain that are no policies. */
export const SCHEMA_FILE = 'schema.cedarschema'
export const ENTITIES_FILE = 'entities.json'

/** Where something stands: in a file, perhaps at a line, or in the domain as a whole. */
export type About = Place | { readonly file: string } | null

/** Makes a note of what is wrong. */
export function faultAt(about: About, sentence: string, id: string | null = null, kind = 'form'): PolicyNote {
  return { file: '', line: 0, column: 0, ...about, id, kind, sentence, hint: null }
}

/** Gives the error of a domain that cannot be used: all that is wrong with it, up to a bound. */
export function refuseDomain(domain: string, faults: readonly PolicyNote[]): RemitError {
  const told = boundNotes(faults)
  const detail = told.map(describeNote).join('; ')
  return new RemitError('policies_invalid', {
    detail: detail.slice(0, LIMITS.textCharsMax).toWellFormed(),
    facts: { domain, faults: told },
  })
}
