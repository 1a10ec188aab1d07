import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import type { House, Somebody } from '../house.ts'

/** What a command came to, and all that it said. */
export interface Said {
  readonly code: number
  readonly said: string
}

/** Says a command to a house in the session of somebody, at a terminal that is so wide. */
export async function sayAs(
  house: Pick<House, 'url'>,
  who: Pick<Somebody, 'session'>,
  words: readonly string[],
  columns = 100,
): Promise<Said> {
  const said: string[] = []
  const print = (text: string): void => void said.push(text)
  const terminal = { print, warn: print, paint: (_: string, text: string) => text, columns }
  const environment = readEnvironment({ REMIT_URL: house.url, REMIT_SESSION: who.session })
  return { code: await runCommandLine(words, environment, terminal), said: said.join('\n') }
}
