import type { Obligation } from '../../../contract/decision.ts'
import { isMembers, parseJson } from '../../../contract/read-entry.ts'

/** What each type that is known must say, as a text (AuthZEN Obligations Profile, draft of July 2026). */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  'step-up': ['acr_value'],
  notification: ['to', 'body'],
  session_termination: ['subject'],
  custom: [],
}

/** The types of obligations that a domain can lay on an enforcement point. */
export const OBLIGATION_TYPES: readonly string[] = Object.keys(TYPES)

/**
 * Reads what `@obligation` says: JSON `{"type": …, "properties": {…}}`, or else a sentence, which becomes the `instruction`
 * of a custom one. `more` are types beside those that are known, of which nothing is asked. Gives what is wrong with it as a text.
 */
export function readObligation(id: string, annotation: string, more: readonly string[] = []): Obligation | string {
  if (annotation.trim() === '') return 'an @obligation must say something'
  if (!annotation.trimStart().startsWith('{')) return { id, type: 'custom', properties: { instruction: annotation } }
  const json = parseJson(annotation)
  const { type, properties } = isMembers(json) ? json : {}
  const needs = typeof type === 'string' ? needsOf(type, more) : undefined
  if (typeof type !== 'string' || needs === undefined || !isMembers(properties))
    return `an @obligation has a type (${[...OBLIGATION_TYPES, ...more].join(', ')}) and properties`
  const missing = needs.find((name) => typeof properties[name] !== 'string')
  return missing === undefined ? { id, type, properties } : `an @obligation of the type ${type} must say ${missing}`
}

function needsOf(type: string, more: readonly string[]): readonly string[] | undefined {
  if (more.includes(type)) return []
  return Object.hasOwn(TYPES, type) ? TYPES[type] : undefined
}

/**
 * Gives the type that an enforcement point has not said it can carry out; undefined where it can do all, or has said
 * nothing of what it can.
 */
export function findUnsupported(obligations: readonly Obligation[], supported: unknown): string | undefined {
  if (!Array.isArray(supported)) return undefined
  return obligations.find(({ type }) => !supported.includes(type))?.type
}

/** Gives which of the `known` types whoever asks can carry out; null where it has said nothing of that. */
export function listSupported(supported: unknown, known: readonly string[]): readonly string[] | null {
  return Array.isArray(supported) ? known.filter((type) => supported.includes(type)) : null
}

/** Gives those that whoever asks has said it can carry out; where a permit with them is refused, they are asked for all the same. */
export function findSupported(
  obligations: readonly Obligation[],
  supported: readonly string[] | null,
): readonly Obligation[] {
  return supported === null ? [] : obligations.filter(({ type }) => supported.includes(type))
}
