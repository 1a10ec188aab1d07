import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../../ground/clock.ts'
import { RemitError } from '../../../ground/errors.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { startThread } from '../../../ground/start-thread.ts'

/** How many pieces of work may wait, and how long one may take. */
export interface Patience {
  readonly waitingMax: number
  readonly msMax: number
}

/** What has been in force is made again however long that takes, within reason. */
export const LOADING: Patience = { waitingMax: LIMITS.policyLoadsWaitingMax, msMax: LIMITS.policyLoadMsMax }

const WITH_PEOPLE: Patience = { waitingMax: LIMITS.policyChecksWaitingMax, msMax: LIMITS.policyCheckMsMax }

/** The file of a thread, and the one beside which it lies. */
type ThreadName = readonly [name: string, beside: string]

/**
 * Makes what gives each piece of work to a thread of its own, one at a time. Errors: `rate_limited` where too many wait,
 * `policies_invalid` for what takes too long, and what the thread threw.
 */
export function createApart<Asked, Told>(
  thread: ThreadName,
  clock: Pick<Clock, 'sleep'>,
  { waitingMax, msMax } = WITH_PEOPLE,
): (asked: Asked) => Promise<Told> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (asked) => {
    if (waiting >= waitingMax)
      throw new RemitError('rate_limited', { detail: 'Other policies are being checked; try again in a while.' })
    waiting += 1
    const turn = last.then(() => runWorker<Told>(thread, asked, (done) => clock.sleep(msMax, done)))
    last = turn.catch(() => undefined)
    return await turn.finally(() => {
      waiting -= 1
    })
  }
}

async function runWorker<Told>(
  [name, beside]: ThreadName,
  asked: unknown,
  untilTooLong: (done: AbortSignal) => Promise<void>,
): Promise<Told> {
  const worker = startThread(name, beside, asked)
  const done = new AbortController()
  try {
    const tooLong = untilTooLong(done.signal).then(() => {
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
