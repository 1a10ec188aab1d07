import { availableParallelism } from 'node:os'
import { groupByTests, type Suite } from './suites.ts'

/** What a run is asked for; or the sentences that say what it does not understand, and what it takes. */
export type Wishes =
  | { readonly workers: number; readonly isAll: boolean; readonly suites: readonly Suite[] }
  | { readonly usage: readonly string[] }

const WORKERS = /^--workers=([1-9]\d?)$/
const USAGE = 'It takes files and folders below src/contract and src/decide (none: all of them), and --workers=1 to 99.'

/**
 * Reads the words of the command line. `--workers=N` says how many processes work at once: as many as there are cores, where
 * it is not said; all else names a file or a folder of `all`. One that names nothing is told, as a run takes long.
 */
export function readWords(words: readonly string[], all: readonly string[]): Wishes {
  const asked = words.filter((word) => !WORKERS.test(word))
  const flag = asked.find((word) => word.startsWith('-'))
  if (flag === '--help' || flag === '-h') return { usage: [USAGE] }
  if (flag !== undefined) return { usage: [`${flag} is not understood.`, USAGE] }
  const idle = asked.filter((word) => groupByTests(all, [word]).length === 0)
  if (idle.length > 0) return { usage: [`There is nothing to change in ${idle.join(', ')}.`, USAGE] }
  const said = words.map((word) => WORKERS.exec(word)?.[1]).find((count) => count !== undefined)
  const workers = Number(said ?? availableParallelism())
  return { workers, isAll: asked.length === 0, suites: groupByTests(all, asked) }
}
