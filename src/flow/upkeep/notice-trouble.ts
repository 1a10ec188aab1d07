import { isError } from '../../ground/errors.ts'
import { toError } from '../../ground/to-error.ts'
import type { Log } from '../../record/log.ts'

/** A log that remembers that something could not be written. */
export interface NoticingLog {
  readonly log: Log
  /** Reports that something else cut a flow short, and remembers it. */
  readonly noteTrouble: (fault: Error) => void
  /** True where something was refused or noted since this was last asked: a flow may have stopped half way. */
  readonly takeTrouble: () => boolean
}

/** Makes a log remember its refusals, so that what they cut short is carried on once it takes entries again. */
export function noticeTrouble(log: Log, report: (fault: Error) => void): NoticingLog {
  let hadTrouble = false
  return {
    log: {
      ...log,
      record: async (fact) => {
        try {
          return await log.record(fact)
        } catch (error) {
          if (isError(error, 'log_unavailable') || isError(error, 'clock_behind')) hadTrouble = true
          throw error
        }
      },
    },
    noteTrouble: (fault) => {
      hadTrouble = true
      report(fault)
    },
    takeTrouble: () => {
      const had = hadTrouble
      hadTrouble = false
      return had
    },
  }
}

/** Carries on what was cut short, if anything was. What cuts that short too is noted: a store that was away answers again some time. */
export async function carryOnNoted(
  { log, takeTrouble, noteTrouble }: NoticingLog,
  resume: () => Promise<void>,
): Promise<void> {
  if (!['open', 'failing'].includes(log.condition().state) || !takeTrouble()) return
  await resume().catch((error: unknown) => noteTrouble(toError(error)))
}
