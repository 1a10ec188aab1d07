import { constants } from 'node:os'
import { strikeAll } from './rig.ts'

/** What the words of a command line come to, or the sentences that say what they may be. */
export type Read<Wishes> = { readonly wishes: Wishes } | { readonly usage: readonly string[] }

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a bench as the program that it is, and ends the process: with 0 once it has measured, 1 where it could not, 2 where its
 * words are not understood, and 128 with the number of a signal that ended it. Whatever it had set up is taken down first.
 */
export async function runBench<Wishes>(
  name: string,
  read: (words: readonly string[]) => Read<Wishes>,
  measure: (wishes: Wishes) => Promise<void>,
): Promise<never> {
  const wishes = readWords(name, read)
  const stopped = new Promise<number>((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve(128 + constants.signals[signal]))
  })
  const say = (error: unknown): number => {
    process.stderr.write(`remit ${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
  setInterval(() => undefined, 60_000) // holds the process until all is taken down, whatever has let go of it
  const measured = measure(wishes).then(() => 0)
  const code = await Promise.race([measured, stopped]).catch(say)
  process.exit(await strikeAll().then(() => code, say))
}

/** Gives what the words of the command line come to; where that is nothing, says what they may be and ends with 2. */
export function readWords<Wishes>(name: string, read: (words: readonly string[]) => Read<Wishes>): Wishes {
  const found = read(process.argv.slice(2))
  if ('wishes' in found) return found.wishes
  const head = `remit ${name}: `
  process.stderr.write(`${head}${found.usage.join(`\n${' '.repeat(head.length)}`)}\n`)
  process.exit(2)
}

/** Takes one number of seconds above 0, at most 60; without it 5. */
export function readSeconds(words: readonly string[]): Read<number> {
  const [word = '5', ...more] = words
  const seconds = Number(word)
  if (seconds > 0 && seconds <= 60 && more.length === 0) return { wishes: seconds }
  return { usage: ['It takes a number of seconds above 0, at most 60, for each measurement.'] }
}

/** Takes no words. */
export function readNothing(words: readonly string[]): Read<null> {
  return words.length === 0 ? { wishes: null } : { usage: ['It takes no words.'] }
}
