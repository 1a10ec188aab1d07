import type { Config } from '../config.ts'
import { createCallbackSend } from '../enforce/callback-sender.ts'
import { createTeller, type Teller } from '../flow/access/tell-answers.ts'
import { type NoticingLog, noticeTrouble } from '../flow/upkeep/notice-trouble.ts'
import type { Clock } from '../ground/clock.ts'
import type { Metrics } from '../ground/metrics.ts'
import { reportUnknown } from '../ground/report.ts'
import type { Log } from '../record/log.ts'
import type { Store } from '../store/store.ts'
import { readCallbacks } from './read-callbacks.ts'

/** What it is made of. */
interface Parts {
  readonly store: Pick<Store, 'register'>
  readonly log: Log
  readonly publicUrl: string
  readonly metrics: Metrics
  readonly clock: Clock
}

/** Makes the log remember its refusals, and tell those who asked for access what became of it. Errors: `config_invalid`. */
export function openTellingLog(
  config: Config,
  { store, log, publicUrl, metrics, clock }: Parts,
): NoticingLog & { readonly teller: Teller } {
  const noticing = noticeTrouble(log, reportUnknown)
  const { register } = store
  const told = { clock, register, publicUrl, metrics, log: noticing.log, report: reportUnknown }
  const teller = createTeller({ ...told, targets: readCallbacks(config), send: createCallbackSend(clock) })
  return { ...noticing, log: teller.log, teller }
}
