import type { Recording } from '../../src/flow/decision.ts'
import { createLastAccepted } from '../../src/flow/token/last-accepted.ts'
import { createDecisionTimes } from '../../src/flow/upkeep/decision-times.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { createMetrics } from '../../src/ground/metrics.ts'
import { createInTurnOf } from '../../src/ground/one-by-one.ts'
import type { Log } from '../../src/record/log.ts'

/** What writes decisions down to a log, where no other policies come into force. */
export function recordTo(log: Log): Recording {
  const desk = { refresh: async () => undefined }
  return {
    log,
    racedInTurn: createInTurnOf(),
    policies: desk,
    domains: desk,
    lastAccepted: createLastAccepted(),
    decisionTimes: createDecisionTimes(createMetrics(), systemClock),
  }
}
