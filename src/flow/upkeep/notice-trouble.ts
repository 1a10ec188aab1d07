import { isError } from '../../ground/errors.ts'
import { toError } from '../../ground/to-error.ts'
import type { Log } from '../../record/log.ts'
import { createLeftOver, type LeftOver } from './left-over.ts'

/** A log that remembers that something could not be written. */
export interface NoticingLog {
  readonly log: Log
  /** Reports that something else cut a flow short, and remembers it. */
  readonly noteTrouble: (fault: Error) => void
  /** Whether a flow may have stopped half way, and what came between when it was carried on last. */
  readonly trouble: LeftOver
}

/** Makes a log remember its refusals, so that what they cut short is carried on once it takes entries again. */
export function noticeTrouble(log: Log, report: (fault: Error) => void): NoticingLog {
  const trouble = createLeftOver()
  return {
    log: {
      ...log,
      record: async (fact) => {
        try {
          return await log.record(fact)
        } catch (error) {
          // it may be one of the tries to carry on, or any of very many requests
          if (isError(error, 'log_unavailable') || isError(error, 'clock_behind')) trouble.noteInTime()
          throw error
        }
      },
    },
    noteTrouble: (fault) => {
      trouble.note()
      report(fault)
    },
    trouble,
  }
}

/**
 * Carries on what was cut short, if anything was. What cuts that short too is tried again ever more seldom, once a minute in
 * the end: a store that was away answers again some time. It is thrown where it is not what came between before.
 */
export async function carryOnNoted(
  { log, trouble }: Pick<NoticingLog, 'log' | 'trouble'>,
  resume: () => Promise<void>,
): Promise<void> {
  if (!['open', 'failing'].includes(log.condition().state) || !trouble.take()) return
  const fault = await resume().then(() => null, toError)
  if (fault === null) return trouble.done()
  if (trouble.fail(fault)) throw fault
}
