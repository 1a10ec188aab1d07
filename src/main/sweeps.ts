import { sweepEstates } from '../flow/people/estates.ts'
import { expireTasks } from '../flow/task/expire-tasks.ts'
import { writeCards } from '../flow/upkeep/write-cards.ts'
import { systemClock } from '../ground/clock.ts'
import { everyAlone, type Repeated } from '../ground/every-alone.ts'
import { LIMITS } from '../ground/limits.ts'
import { reportUnknown } from '../ground/report.ts'
import type { Store } from '../store/store.ts'
import type { Built } from './build-house.ts'

const clock = systemClock

/** What happens by time alone. A sweep that fails is reported, and tried again at its next turn. */
export function startSweeps(
  { house, renewKeys, watchIssuers, carryOn, tellAnswers }: Built,
  { record }: Store,
): Repeated {
  const leave = new AbortController()
  const sweeps = [
    everyAlone(clock, LIMITS.sweepEveryMs, () => expireTasks(house), reportUnknown),
    everyAlone(clock, LIMITS.sweepEveryMs, carryOn, reportUnknown),
    everyAlone(clock, LIMITS.sweepEveryMs, () => sweepEstates(house, leave.signal), reportUnknown),
    everyAlone(
      clock,
      LIMITS.judgedAgainEveryMs,
      () => house.streams.judgeAgain(LIMITS.judgedAgainEveryMs, reportUnknown),
      reportUnknown,
    ),
    everyAlone(clock, LIMITS.sweepEveryMs, tellAnswers, reportUnknown),
    everyAlone(clock, LIMITS.sweepEveryMs, () => writeCards(house), reportUnknown),
    everyAlone(clock, LIMITS.witnessEveryMs, () => house.witnesses.cosign(), reportUnknown),
    everyAlone(clock, LIMITS.watchEveryMs, watchIssuers, reportUnknown),
    everyAlone(clock, LIMITS.keyCheckEveryMs, renewKeys, reportUnknown),
    // by the time of the log: a clock that jumped ahead would forget what counts again when it is set right
    everyAlone(
      clock,
      LIMITS.forgetEveryMs,
      () => record.forget(house.log.lastMs(), LIMITS.forgetRowsMax),
      reportUnknown,
    ),
  ]
  return {
    stop: async () => {
      leave.abort() // what takes minutes ends with the part that is under way, and goes on at the next start
      await Promise.all(sweeps.map((sweep) => sweep.stop()))
    },
  }
}
