import type { PolicyNote } from '../../../contract/policy.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { byPlace } from './locate.ts'

/** Puts notes in the order of their places; of more than anybody reads, the first. */
export function boundNotes(notes: readonly PolicyNote[]): readonly PolicyNote[] {
  const sorted = notes.toSorted((a, b) => compareTexts(a.file, b.file) || byPlace(a, b))
  return sorted.length <= LIMITS.policyNotesMax
    ? sorted
    : [...sorted.slice(0, LIMITS.policyNotesMax), noteOfSet('and more')]
}

/** A fault of the set as a whole, which has no place in a file. */
export function noteOfSet(sentence: string): PolicyNote {
  return { file: '', line: 0, column: 0, id: null, kind: 'form', sentence, hint: null }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
