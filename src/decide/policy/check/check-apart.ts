import { Worker } from 'node:worker_threads'
import type { Clock } from '../../../ground/clock.ts'
import { RemitError } from '../../../ground/errors.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { type CheckedPolicies, checkPolicies, type PolicyTexts } from './check-policies.ts'

/** Checks policy sets, and lets nobody wait for it who asks for something else. */
export type CheckApart = (texts: PolicyTexts) => Promise<CheckedPolicies>

/**
 * Makes a checker that gives a large set to a thread of its own, one at a time. Errors: `rate_limited` where too many
 * wait, `policies_invalid` for a set that takes too long.
 */
export function createCheckApart(clock: Pick<Clock, 'sleep'>): CheckApart {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (texts) => {
    if (bytesOf(texts) <= LIMITS.policyInlineBytesMax) return checkPolicies(texts)
    if (waiting >= LIMITS.policyChecksWaitingMax)
      throw new RemitError('rate_limited', { detail: 'Other policies are being checked; try again in a while.' })
    waiting += 1
    const turn = last.then(() => runWorker(texts, clock))
    last = turn.catch(() => undefined)
    return await turn.finally(() => {
      waiting -= 1
    })
  }
}

function bytesOf({ shipped, own }: PolicyTexts): number {
  return [...shipped, ...own].reduce((sum, { text }) => sum + text.length, 0)
}

/** Beside this file, under the ending that this one has: of the sources or of what is shipped. */
const workerUrl = new URL(`check-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

async function runWorker(texts: PolicyTexts, clock: Pick<Clock, 'sleep'>): Promise<CheckedPolicies> {
  const worker = new Worker(workerUrl, { workerData: texts, execArgv: [] })
  const done = new AbortController()
  try {
    const tooLong = clock.sleep(LIMITS.policyCheckMsMax, done.signal).then(() => {
      throw new RemitError('policies_invalid', { detail: 'These policies take too long to be checked; publish fewer.' })
    })
    tooLong.catch(() => undefined) // it may end after the answer, when nobody waits for it
    return await Promise.race([hear(worker), tooLong])
  } finally {
    done.abort()
    await worker.terminate()
  }
}

function hear(worker: Worker): Promise<CheckedPolicies> {
  return new Promise((resolve, reject) => {
    worker.once('message', (checked: CheckedPolicies) => resolve(checked))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the checker ended with ${code} and said nothing`)))
  })
}
