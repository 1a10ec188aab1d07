import type { Recording } from '../../src/flow/decision.ts'
import { createLastAccepted } from '../../src/flow/token/last-accepted.ts'
import { createDecisionTimes } from '../../src/flow/upkeep/decision-times.ts'
import { type Clock, systemClock } from '../../src/ground/clock.ts'
import { createMetrics } from '../../src/ground/metrics.ts'
import { createInTurnOf } from '../../src/ground/one-by-one.ts'
import type { Log } from '../../src/record/log.ts'

/** What writes decisions down to a log, where no other policies come into force; without a clock no decision takes long. */
export function recordTo(log: Log, clock: Clock = { ...systemClock, nowMs: () => 0 }): Recording {
  const desk = { refresh: async () => undefined }
  return {
    log,
    clock,
    racedInTurn: createInTurnOf(),
    policies: desk,
    domains: desk,
    lastAccepted: createLastAccepted(),
    decisionTimes: createDecisionTimes(createMetrics(), systemClock),
  }
}
