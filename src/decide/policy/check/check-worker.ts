import { parentPort, workerData } from 'node:worker_threads'
import { checkPolicies, type PolicyTexts } from './check-policies.ts'

// What `check-apart.ts` starts: it checks the one set that it was given, tells, and ends.
parentPort?.postMessage(checkPolicies(workerData as PolicyTexts))
