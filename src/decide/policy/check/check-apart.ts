import { Worker } from 'node:worker_threads'
import type { Clock } from '../../../ground/clock.ts'
import { RemitError } from '../../../ground/errors.ts'
import { finishInTurns, type InTurns } from '../../../ground/in-turns.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { ReadPolicy } from '../policy.ts'
import { describeSet, type SetText } from '../set-text.ts'
import { type CheckedPolicies, checkPolicies, type PolicyTexts } from './check-policies.ts'

/** A set that was checked, with its text and the name that it has by that. */
export interface CheckedSet {
  readonly checked: CheckedPolicies
  readonly set: SetText
}

/** Checks policy sets, and lets nobody wait for it who asks for something else. */
export type CheckApart = (texts: PolicyTexts) => Promise<CheckedSet>

/** Checks a set in this thread: at a start, when nobody waits. */
export function checkHere(texts: PolicyTexts): CheckedSet {
  const checked = checkPolicies(texts)
  return { checked, set: describeSet(checked, texts.schema) }
}

/**
 * Makes a checker that gives each set to a thread of its own, one at a time. Errors: `rate_limited` where too many
 * wait, `policies_invalid` for a set that takes too long.
 */
export function createCheckApart(clock: Pick<Clock, 'sleep'>): CheckApart {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (texts) => {
    if (waiting >= LIMITS.policyChecksWaitingMax)
      throw new RemitError('rate_limited', { detail: 'Other policies are being checked; try again in a while.' })
    waiting += 1
    const turn = last.then(() => runWorker(texts, clock))
    last = turn.catch(() => undefined)
    const told = await turn.finally(() => {
      waiting -= 1
    })
    return await finishInTurns(readTold(told))
  }
}

/** What the thread tells: the policies as texts of JSON, a few each, since a large set is read a slice at a time. */
export interface ToldSet extends Omit<CheckedPolicies, 'policies'> {
  readonly slices: readonly string[]
  readonly set: SetText
}

function* readTold({ slices, set, ...checked }: ToldSet): InTurns<CheckedSet> {
  const policies: ReadPolicy[] = []
  for (const slice of slices) {
    policies.push(...(JSON.parse(slice) as readonly ReadPolicy[])) // as `check-worker.ts` wrote them
    yield
  }
  return { checked: { ...checked, policies }, set }
}

/** Beside this file, under the ending that this one has: of the sources or of what is shipped. */
const workerUrl = new URL(`check-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

async function runWorker(texts: PolicyTexts, clock: Pick<Clock, 'sleep'>): Promise<ToldSet> {
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

function hear(worker: Worker): Promise<ToldSet> {
  return new Promise((resolve, reject) => {
    worker.once('message', (told: ToldSet) => resolve(told))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the checker ended with ${code} and said nothing`)))
  })
}
