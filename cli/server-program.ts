import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CliError } from './command.ts'

/**
 * How Node.js is started here. A server that writes before it answers holds what many requests are made of for as long
 * as a commit takes: with more room for what is young (megabytes), less of it is moved about meanwhile.
 */
export const NODE_FLAGS: readonly string[] = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=64']

/** Finds the server's program: the source in a clone, what was built in a package. */
export function findServerProgram(): string {
  return findProgram(['../src/main.ts', '../src/main.js'])
}

/** Finds the first of these files, relative to the command line's own folder. */
export function findProgram(places: readonly string[]): string {
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new CliError(
    'refused',
    'not_shipped',
    'This copy of Remit does not hold that part.',
    'Run it from a clone of the repository.',
  )
}
