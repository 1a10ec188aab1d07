import type { Worker } from 'node:worker_threads'
import { formatVkey } from '../../contract/log/note.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { hearThread } from '../../ground/hear-thread.ts'
import { LIMITS } from '../../ground/limits.ts'
import { hearFault, type ToldFault, tellFault } from '../../ground/thread-fault.ts'
import type { AuditReport } from '../finding.ts'
import type { LogHead } from '../store.ts'
import { auditLog } from './audit.ts'
import { isOurs } from './audit-slice.ts'
import type { AuditSource } from './audit-tree.ts'
import type { Auditors } from './running-audit.ts'

/** What a thread is asked that is to audit a log wholly: the head that the log had when it was asked. */
export interface WholeAsked {
  readonly whole: LogHead
}

/** What a thread says of a whole audit: that it goes on, or its report; null where it reads another file than is written. */
export type WholeTold = { readonly goesOn: true } | { readonly report: AuditReport | null } | ToldFault

/** Audits a log wholly, as a thread is asked to, and says meanwhile that it goes on. Errors are said too. */
export async function tellWhole(
  source: AuditSource,
  { whole }: WholeAsked,
  tell: (told: WholeTold) => void,
): Promise<void> {
  let steps = 0
  const noteStep = (): void => {
    if (++steps % LIMITS.auditStepsPerWord === 0) tell({ goesOn: true })
  }
  try {
    const report = (await isOurs(source, whole)) ? await auditLog(source, undefined, noteStep) : null
    tell({ report })
  } catch (error) {
    tell(tellFault(error))
  }
}

/** Audits of all that a log holds, one at a time. */
export interface WholeAudit {
  /** Errors are the store's; `stopping` where it is closed meanwhile. */
  run(): Promise<AuditReport>
  /** Ends the one under way. */
  close(): Promise<void>
}

/**
 * Makes whole audits. Each takes a processor for seconds where the log is long, so that it has a thread of its own, which ends with
 * it. Where there is none, it ends by itself, says nothing for half a minute, or reads another file than ours, the audit is made here,
 * in turns with all else; so it is where the log is short.
 */
export function createWholeAudit(
  source: AuditSource,
  auditors: Auditors | null,
  clock: Pick<Clock, 'after'>,
): WholeAudit {
  const closing = Promise.withResolvers<never>()
  closing.promise.catch(() => undefined) // where none is under way nobody waits for it
  let worker: Worker | undefined
  const run = async (asked: Auditors): Promise<AuditReport> => {
    const whole = await Promise.race([source.store.readHead(), closing.promise])
    if (whole.size <= LIMITS.auditWholeHereMax) return await auditLog(source)
    const made = await runBeside(asked, whole)
    if (typeof made !== 'string') return made
    asked.noteEnded(new Error(`the thread that audits the whole log ${made}`))
    return await auditLog(source)
  }
  const runBeside = async ({ start }: Auditors, whole: LogHead): Promise<AuditReport | string> => {
    try {
      const { org, origin, key } = source
      worker = start({ org, origin, vkey: formatVkey(key) })
    } catch (cause) {
      return `does not start: ${String(cause)}`
    }
    try {
      return await Promise.race([askWhole(worker, { whole }, clock), closing.promise])
    } finally {
      await worker.terminate()
    }
  }
  return {
    run: async () => (auditors === null ? await auditLog(source) : await run(auditors)),
    close: async () => {
      closing.reject(new RemitError('stopping'))
      await worker?.terminate()
    },
  }
}

/** Gives the report of a thread, or in what way it gave none. Throws what auditing threw. */
async function askWhole(worker: Worker, asked: WholeAsked, clock: Pick<Clock, 'after'>): Promise<AuditReport | string> {
  const { promise, resolve, reject } = Promise.withResolvers<AuditReport | string>()
  const { auditorAnswerMs } = LIMITS
  const awaitWord = (): (() => void) =>
    clock.after(auditorAnswerMs, () => resolve(`has not answered for ${auditorAnswerMs} ms`))
  let stopWaiting = awaitWord()
  const hear = (told: WholeTold): void => {
    stopWaiting()
    if ('goesOn' in told) stopWaiting = awaitWord()
    else if ('report' in told) resolve(told.report ?? 'reads another file than is written')
    else reject(hearFault(told))
  }
  hearThread(worker, hear, (how) => resolve(how)).ref()
  worker.postMessage(asked)
  return await promise.finally(() => stopWaiting())
}
