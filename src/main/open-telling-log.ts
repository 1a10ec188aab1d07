import type { Config } from '../config.ts'
import { createCallbackSend } from '../enforce/callback-sender.ts'
import { createTeller, type Teller } from '../flow/access/tell-answers.ts'
import { openReadProofs, type ReadProofs } from '../flow/token/read-proofs.ts'
import { type NoticingLog, noticeTrouble } from '../flow/upkeep/notice-trouble.ts'
import type { Clock } from '../ground/clock.ts'
import type { Metrics } from '../ground/metrics.ts'
import { reportUnknown } from '../ground/report.ts'
import type { Log } from '../record/log.ts'
import type { Store } from '../store/store.ts'
import { readCallbacks } from './read-callbacks.ts'

/** What it is made of. */
interface Parts {
  readonly store: Pick<Store, 'register' | 'authenticate' | 'seenReads'>
  readonly log: Log
  readonly publicUrl: string
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * Makes the log remember its refusals, tell those who asked for access what became of it, and know which proofs it has
 * recorded. Errors: `config_invalid`, `store_failed`, `store_damaged`.
 */
export async function openTellingLog(
  config: Config,
  { store, log, publicUrl, metrics, clock }: Parts,
): Promise<NoticingLog & { readonly teller: Teller; readonly readProofs: ReadProofs }> {
  const noticing = noticeTrouble(log, reportUnknown)
  const { register } = store
  const told = { clock, register, publicUrl, metrics, log: noticing.log, report: reportUnknown }
  const teller = createTeller({ ...told, targets: readCallbacks(config), send: createCallbackSend(clock) })
  const { seenReads: shelf, authenticate } = store
  const proofs = await openReadProofs({ log: teller.log, shelf, store: authenticate, clock })
  return { ...noticing, ...proofs, teller }
}
