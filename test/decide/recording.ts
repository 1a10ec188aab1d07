import type { Recording } from '../../src/flow/decision.ts'
import type { House } from '../../src/flow/house.ts'
import { createLastAccepted } from '../../src/flow/token/last-accepted.ts'
import { createDecisionTimes } from '../../src/flow/upkeep/decision-times.ts'
import { createBesideOf } from '../../src/ground/beside.ts'
import { type Clock, systemClock } from '../../src/ground/clock.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { createMetrics } from '../../src/ground/metrics.ts'
import { createInTurnOf } from '../../src/ground/one-by-one.ts'
import type { Log } from '../../src/record/log.ts'

/** What writes decisions down to a log, where no other policies come into force; without a clock no decision takes long. */
export function recordTo(
  log: Log,
  clock: Clock = { ...systemClock, nowMs: () => 0 },
): Recording & Pick<House, 'batchesBeside'> {
  const desk = { refresh: async () => undefined }
  return {
    log,
    clock,
    racedInTurn: createInTurnOf(),
    batchesBeside: createBesideOf(LIMITS.evaluationsOfOneMax),
    policies: desk,
    domains: desk,
    lastAccepted: createLastAccepted(),
    decisionTimes: createDecisionTimes(createMetrics(), systemClock),
  }
}
