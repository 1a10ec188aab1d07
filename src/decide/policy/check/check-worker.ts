import { parentPort, workerData } from 'node:worker_threads'
import { writeSlices } from '../../../ground/json-slices.ts'
import { describeSet } from '../set-text.ts'
import type { ToldSet } from './check-apart.ts'
import { checkPolicies, type PolicyTexts } from './check-policies.ts'

// What `check-apart.ts` starts: it checks the one set that it was given, tells, and ends.
const texts = workerData as PolicyTexts
const { policies, ...checked } = checkPolicies(texts)
const told: ToldSet = { ...checked, slices: writeSlices(policies), set: describeSet({ policies }, texts.schema) }
parentPort?.postMessage(told)
