import type { Budget, PartBudget } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Lineage, Link } from '../lineage.ts'

/** What the chain has left of its one purse: no task may spend what one above it has spent. */
export function budgetLeft(lineage: Lineage): Budget {
  const least = (of: (link: Link) => number): number => Math.max(0, Math.min(...lineage.links.map(of)))
  return {
    callsMax: least(({ task, usage }) => task.budget.callsMax - usage.calls),
    writesMax: least(({ task, usage }) => task.budget.writesMax - usage.writes),
    bytesMax: least(({ task, usage }) => task.budget.bytesMax - usage.bytes),
    // what is left of these is known where it is spent; it is counted for every task above too
    spendMax: least(({ task }) => task.budget.spendMax ?? 0),
    currency: lineage.own.task.budget.currency,
    callsPerMinuteMax: leastRate(lineage),
  }
}

function leastRate({ links }: Lineage): number | undefined {
  const rates = links.flatMap(({ task }) => task.budget.callsPerMinuteMax ?? [])
  return rates.length === 0 ? undefined : Math.min(...rates)
}

/**
 * The budget of a part: what was asked for, and of what was left unsaid as much as a task gets by default, at most what is
 * left. What was said is never cut: a law holds it to what is left.
 */
export function budgetOfPart(asked: PartBudget, left: Budget): Budget {
  return {
    ...asked,
    callsMax: asked.callsMax ?? Math.min(LIMITS.callsDefault, left.callsMax),
    writesMax: asked.writesMax ?? Math.min(LIMITS.writesDefault, left.writesMax),
    bytesMax: asked.bytesMax ?? Math.min(LIMITS.bytesDefault, left.bytesMax),
  }
}
