import { beginTurn } from '../ground/in-turns.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Page } from '../register/store.ts'

/**
 * Gives every row of a list, page by page; rows that come or go meanwhile may be among them or not. A list may be as long as the
 * register, and a store that is read here answers in the same turn of the event loop: others have theirs in between.
 */
export async function* allRows<Row extends { readonly id: string }>(
  read: (page: Page) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  const turn = beginTurn()
  let after: string | undefined
  do {
    if (turn.isOver()) await turn.next()
    const rows = await read({ limit: LIMITS.pageRowsMax, ...(after === undefined ? {} : { after }) })
    yield* rows
    after = rows.length < LIMITS.pageRowsMax ? undefined : rows.at(-1)?.id
  } while (after !== undefined)
}
