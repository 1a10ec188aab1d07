import { type Change, meter } from '../../contract/change.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import type { TaskId } from '../../contract/task.ts'
import type { Lineage, Link } from '../lineage.ts'

/** The laws whose breach is a pivot: the task turns to what it was not opened for. */
const PIVOTS: readonly string[] = ['law:scope', 'law:purpose', 'law:pivot']

/** True for a law whose breach is a pivot. */
export function isPivot({ rule }: { readonly rule: string }): boolean {
  return PIVOTS.includes(rule)
}

/** A pivot as it is counted: for the task, and for every task above it, which answers for its helpers. */
export interface PivotCount {
  readonly changes: readonly Change[]
  /** The tasks that have made as many as they may: they are to be ended. */
  readonly spent: readonly TaskId[]
}

/** Counts one more pivot. */
export function countPivot({ links }: Lineage): PivotCount {
  return {
    changes: links.map((link) => meter('task_usage', link.task.id, { add: { pivots: 1 }, raise: {}, atMost: {} })),
    spent: links.filter((link) => link.usage.pivots + 1 >= pivotsMaxOf(link)).map((link) => link.task.id),
  }
}

/** Gives the tasks of a chain that have made as many pivots as they may. */
export function findSpent({ links }: Lineage): readonly TaskId[] {
  return links.filter((link) => link.usage.pivots >= pivotsMaxOf(link)).map((link) => link.task.id)
}

/** Says which pivot of the task this is, and when it ends for them; nothing of a question, which counts as none. */
export function sayPivot({ own }: Lineage, isAsked: boolean): string {
  if (isAsked) return ''
  return `: that is a pivot, number ${own.usage.pivots + 1} of the task, which ends with number ${pivotsMaxOf(own)}`
}

/** The bound that holds a permit while pivots are counted at the same moment. */
export function pivotsBefore(link: Link): { readonly pivots: number } {
  return { pivots: pivotsMaxOf(link) - 1 }
}

/** Gives with how many pivots the task of a hop ends. */
export function pivotsMaxOf({ identity }: Link): number {
  return TIER_TERMS[identity.tier].pivotsMax
}
