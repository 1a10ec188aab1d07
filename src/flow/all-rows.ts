import { LIMITS } from '../ground/limits.ts'
import type { Page } from '../register/store.ts'

/** Gives every row of a list, page by page; rows that come or go meanwhile may be among them or not. */
export async function* allRows<Row extends { readonly id: string }>(
  read: (page: Page) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let after: string | undefined
  do {
    const rows = await read({ limit: LIMITS.pageRowsMax, ...(after === undefined ? {} : { after }) })
    yield* rows
    after = rows.length < LIMITS.pageRowsMax ? undefined : rows.at(-1)?.id
  } while (after !== undefined)
}
