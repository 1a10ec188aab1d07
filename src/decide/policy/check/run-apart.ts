import { Worker } from 'node:worker_threads'
import type { Clock } from '../../../ground/clock.ts'
import { RemitError } from '../../../ground/errors.ts'
import { LIMITS } from '../../../ground/limits.ts'

/**
 * Makes what gives each piece of work to a thread of its own, one at a time. `thread` is a file beside the caller's. Errors:
 * `rate_limited` where too many wait, `policies_invalid` for what takes too long, and what the thread threw.
 */
export function createApart<Asked, Told>(thread: URL, clock: Pick<Clock, 'sleep'>): (asked: Asked) => Promise<Told> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (asked) => {
    if (waiting >= LIMITS.policyChecksWaitingMax)
      throw new RemitError('rate_limited', { detail: 'Other policies are being checked; try again in a while.' })
    waiting += 1
    const turn = last.then(() => runWorker<Told>(thread, asked, clock))
    last = turn.catch(() => undefined)
    return await turn.finally(() => {
      waiting -= 1
    })
  }
}

async function runWorker<Told>(thread: URL, asked: unknown, clock: Pick<Clock, 'sleep'>): Promise<Told> {
  const worker = new Worker(thread, { workerData: asked, execArgv: [] })
  const done = new AbortController()
  try {
    const tooLong = clock.sleep(LIMITS.policyCheckMsMax, done.signal).then(() => {
      throw new RemitError('policies_invalid', { detail: 'These policies take too long to be checked; publish fewer.' })
    })
    tooLong.catch(() => undefined) // it may end after the answer, when nobody waits for it
    return await Promise.race([hear<Told>(worker), tooLong])
  } finally {
    done.abort()
    await worker.terminate()
  }
}

function hear<Told>(worker: Worker): Promise<Told> {
  return new Promise((resolve, reject) => {
    worker.once('message', (told: Told) => resolve(told))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the checker ended with ${code} and said nothing`)))
  })
}
