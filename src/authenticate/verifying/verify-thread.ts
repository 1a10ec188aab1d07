import { parentPort } from 'node:worker_threads'
import { doJob, type Job } from './work.ts'

// What `verify-beside.ts` starts: it does the work of one message after the other, for as long as the process lives, and tells
// of a few pieces at a time: whoever came first does not wait for all.
const toldAtOnce = 8
parentPort?.on('message', (jobs: readonly Job[]) => {
  for (let at = 0; at < jobs.length; at += toldAtOnce)
    parentPort?.postMessage(jobs.slice(at, at + toldAtOnce).map(doJob))
})
