import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CliError } from './command.ts'

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
