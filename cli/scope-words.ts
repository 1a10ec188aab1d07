import type { Grant, Scope } from '../sdk/nouns.ts'
import { usageError } from './command.ts'

/** Reads a grant from the command line: `docs/read_text_file@docs:public/*`. */
export function readGrant(text: string): Grant {
  const cut = text.indexOf('@')
  const [action, resource] = [text.slice(0, cut), text.slice(cut + 1)]
  if (cut < 1 || resource === '') {
    throw usageError(`'${text}' is not a grant.`, "Write action@resource, such as 'docs/read_text_file@docs:public/*'.")
  }
  return { action, resource }
}

/** Writes a scope as the command line takes it, a grant a line. */
export function writeScope(scope: Scope): string[] {
  return scope.map(({ action, resource }) => `${action}@${resource}`)
}

/** Reads pairs such as `repository=acme/docs`. */
export function readPairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const cut = text.indexOf('=')
      if (cut < 1) throw usageError(`'${text}' is not a pair.`, 'Write name=value.')
      return [text.slice(0, cut), text.slice(cut + 1)]
    }),
  )
}
