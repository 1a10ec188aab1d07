import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../cli/environment.ts'
import type { Loaded, LoadJob } from './load-job.ts'

const PROGRAM = fileURLToPath(new URL('load.ts', import.meta.url))

/** Applies a load from a process of its own. Throws where an answer was not as expected: its figure would mean nothing. */
export async function applyLoad(job: LoadJob): Promise<Loaded> {
  const loaded = await tryLoad(job)
  if (loaded.requests === 0) throw new Error(`Nothing came back from ${job.url}.`)
  return loaded
}

/** Does the same, and takes it that nothing came back after the warm-up: the load may have ended before. */
export async function tryLoad(job: LoadJob): Promise<Loaded> {
  const loaded = await runLoad(job)
  if (loaded.failures === 0) return loaded
  throw new Error(
    `${loaded.failures} of ${loaded.requests} answers of ${job.url} were not as expected: ${loaded.failure}`,
  )
}

function runLoad(job: LoadJob): Promise<Loaded> {
  const child = fork(PROGRAM, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    env: cleanEnvironment(),
  })
  return new Promise((resolve, reject) => {
    child.once('message', (loaded) => resolve(loaded as Loaded)) // load.ts sends nothing else
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The load ended by itself, with ${code}.`)))
    child.send(job)
  })
}
