import { parentPort, workerData } from 'node:worker_threads'
import type { DomainAsked } from './check-domain-apart.ts'
import { workOnDomain } from './work-on-domain.ts'

// What `check-domain-apart.ts` starts: it does the one thing that it was asked, tells, and ends.
parentPort?.postMessage(workOnDomain(workerData as DomainAsked))
