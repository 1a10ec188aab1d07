import { type Kept, rowKey, type TableName, type Tables } from '../contract/change.ts'
import { beginTurn } from '../ground/in-turns.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Page } from '../register/store.ts'

/** Gives every row of a list whose keys are ids; see `goThrough`. */
export function allRows<Row extends { readonly id: string }>(
  read: (page: Page) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  return goThrough(read, ({ id }) => id)
}

/** Gives every row of a list of a table whose keys are no ids; see `goThrough`. */
export function allRowsOf<T extends TableName>(
  table: T,
  read: (page: Page) => Promise<readonly Kept<Tables[T]>[]>,
): AsyncGenerator<Kept<Tables[T]>> {
  return goThrough(read, (row) => rowKey(table, row))
}

/**
 * Gives every row, page by page; rows that come or go meanwhile may be among them or not. A list may be as long as the register,
 * and a store that is read here answers in the same turn of the event loop: others have theirs in between.
 */
async function* goThrough<Row>(
  read: (page: Page) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
): AsyncGenerator<Row> {
  const turn = beginTurn()
  for (let after: string | undefined; ; ) {
    if (turn.isOver()) await turn.next()
    const rows = await read({ limit: LIMITS.pageRowsMax, ...(after === undefined ? {} : { after }) })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < LIMITS.pageRowsMax) return
    after = keyOf(last)
  }
}
