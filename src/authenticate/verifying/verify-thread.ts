import { parentPort } from 'node:worker_threads'
import { LIMITS } from '../../ground/limits.ts'
import { type Answers, doJob, type Jobs } from './work.ts'

// What `verify-beside.ts` starts: it does the work of one message after the other, for as long as the process lives, and tells
// of a few pieces at a time, so that whoever came first does not wait for all. It ends over a message that it cannot read.
const most = LIMITS.verifiedTogetherMax
parentPort?.on('message', ({ first, jobs }: Jobs) => {
  for (let at = 0; at < jobs.length; at += most) {
    const answers: Answers = { first: first + at, told: jobs.slice(at, at + most).map(doJob) }
    parentPort?.postMessage(answers)
  }
})
parentPort?.on('messageerror', (error) => {
  throw error
})
