import { freezeCanonical } from '../contract/log/canonical-json.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Task } from '../contract/task.ts'
import type { UsedFacts } from './facts/fit-data.ts'
import { labelsOf } from './laws/act.ts'
import { pivotsMaxOf } from './laws/pivot.ts'
import type { Lineage, Link, Memory } from './lineage.ts'

/** What entries say of an identity that a decision is about. */
export const describeIdentity = onceEach(({ id, name, kind, state, tier, owner, reach }: Identity) => {
  return { id, name, kind, state, tier, owner, reach }
})

/** What entries say of a task in which something is decided. */
export const describeTask = onceEach((task: Task) => {
  const { id, rootId, state, purpose, goal, ticket, onBehalfOf, ceiling, endsMs } = task
  return { id, rootId, state, purpose, goal, ticket, onBehalfOf, ceiling, endsMs }
})

/** A row stays as it is for as long as it lives: what is said of it is made, and written, for its first decision alone. */
function onceEach<Row extends object>(describe: (row: Row) => UsedFacts): (row: Row) => UsedFacts {
  const said = new WeakMap<Row, UsedFacts>()
  return (row) => {
    const known = said.get(row)
    if (known !== undefined) return known
    const made = freezeCanonical(describe(row))
    said.set(row, made)
    return made
  }
}

/** What a task has used, calls in flight included, each beside what it may use. */
export function describeBudget(link: Link): UsedFacts {
  const { task, usage } = link
  return {
    calls: [usage.calls, task.budget.callsMax],
    writes: [usage.writes, task.budget.writesMax],
    bytes: [usage.bytes, task.budget.bytesMax],
    pivots: [usage.pivots, pivotsMaxOf(link)],
  }
}

/** The bounds of the tasks above the one that acts: any of them may be why a law said no. */
export function tellAbove({ links }: Lineage): UsedFacts {
  const above = links.slice(0, -1).map((link) => ({
    taskId: link.task.id,
    ceiling: link.task.ceiling,
    budget: describeBudget(link),
  }))
  return above.length === 0 ? {} : { above }
}

/** What may stand in what is written beyond what its task has read itself, and which tasks read it; nothing where that is all. */
export function tellRemembered({ ranks, from }: Memory): UsedFacts {
  return from.length === 0 ? {} : { remembered: { ...labelsOf(ranks), from } }
}
