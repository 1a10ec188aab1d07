import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestText } from '../../ground/digest.ts'
import type { ReadPolicy } from './policy.ts'

/** What a policy set says, and the name that it has by that. */
export interface SetText {
  /** Lower-case hex SHA-256 of `text`. */
  readonly version: string
  /**
   * What the version is the digest of: canonical JSON of the schema, of `texts`, each policy text under its id, and of
   * `places`, under each id the `file:line` where it stood.
   */
  readonly text: string
}

/** Gives the text and the version of a set. */
export function describeSet({ policies }: { readonly policies: readonly ReadPolicy[] }, schema: string): SetText {
  const places = Object.fromEntries(policies.map(({ id, file, line }) => [id, `${file}:${line}`]))
  const text = canonicalJson({ schema, texts: textsOf(policies), places })
  return { version: digestText(text), text }
}

/** Gives the texts of policies by their ids. */
export function textsOf(policies: readonly ReadPolicy[]): Readonly<Record<string, string>> {
  return Object.fromEntries(policies.map(({ id, text }) => [id, text]))
}
