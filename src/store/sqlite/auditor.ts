import type { Worker } from 'node:worker_threads'
import { startThread } from '../../ground/start-thread.ts'
import type { AuditedLog } from '../../record/auditing/running-audit.ts'
import type { Place } from '../hold.ts'
import type { FileId } from './file-id.ts'

/** All that a thread that audits is given: where the log lies, and what it should be. */
export interface Audited extends AuditedLog {
  readonly path: string
  /** The file that is written, which lay at the path when it was opened. */
  readonly file: FileId
  readonly place: Place
}

/** Starts a thread that audits a log in a file that others write, in slices or wholly, for as long as it is asked. */
export function startAuditThread(audited: Audited): Worker {
  return startThread('audit-thread', import.meta.url, audited)
}
