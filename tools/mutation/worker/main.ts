// A process in which tests are run with one change after another switched on. It does what it is asked by its parent
// (`Asked`), one thing at a time; who hangs is ended by the parent.
import { on } from 'node:events'
import { readFileSync } from 'node:fs'
import { isCedarSound } from './cedar-sound.ts'
import { createStage, type Outcome, type Surveyed, type Trial } from './stage.ts'

/** What the first argument names: a file with this in JSON. */
export interface Job {
  readonly texts: Readonly<Record<string, string>>
  readonly runs: number
}

export type Asked = { readonly survey: readonly string[] } | { readonly trial: Trial }

export type Answer =
  | { readonly surveyed: readonly Surveyed[]; readonly loaded: readonly string[] }
  // spent is a process that should make room for a new one: it is large, or a change has spoilt what it keeps
  | { readonly outcome: Outcome; readonly isSpent: boolean }
  | { readonly fault: string }

const bytesMax = 1_500_000_000

const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Job // as try-suite.ts wrote it
const stage = createStage(job.texts, job.runs)

// Code that was changed may fail where nobody waits for it. That alone is not noticed: a test has to fail.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})
for await (const [asked] of on(process, 'message', { close: ['disconnect'] }))
  process.send?.(await answer(asked).catch((error: unknown): Answer => ({ fault: describeFault(error) })))
await stage.close()
process.exit()

async function answer(asked: Asked): Promise<Answer> {
  if ('trial' in asked) {
    const outcome = await stage.try(asked.trial)
    return { outcome, isSpent: process.memoryUsage().rss > bytesMax || !isCedarSound() }
  }
  const surveyed: Surveyed[] = []
  for (const file of asked.survey) surveyed.push(await stage.survey(file))
  return { surveyed, loaded: stage.loaded() }
}

function describeFault(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
