import type { Meter } from '../contract/change.ts'

/** A row with its counters, by their names. */
interface Metered {
  readonly version: number
  readonly entry: number
}

/**
 * Counts in a row what the statement of the same change (`stateChange`) has counted in the database: first added, then raised.
 * Gives it frozen; undefined where a counter is not there, or becomes a number that memory and database may hold differently.
 */
export function meterRow<Row extends Metered>(row: Row, { add, raise }: Meter, entry: number): Row | undefined {
  const next = { ...row } as Record<string, unknown> // of whatever table
  const set = (counter: string, value: (before: number) => number): void => {
    const before = next[counter]
    next[counter] = typeof before === 'number' ? value(before) : undefined
  }
  for (const [counter, by] of Object.entries<number>(add)) set(counter, (before) => before + by)
  for (const [counter, least] of Object.entries<number>(raise)) set(counter, (before) => Math.max(before, least))
  for (const counter of [...Object.keys(add), ...Object.keys(raise)])
    if (!Number.isSafeInteger(next[counter])) return undefined
  return Object.freeze({ ...next, version: row.version + 1, entry } as unknown as Row) // the members of the row, and no others
}
