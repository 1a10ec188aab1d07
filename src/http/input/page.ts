import { type Kept, rowKey, type TableName, type Tables } from '../../contract/change.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Page } from '../../register/store.ts'

type Query = Readonly<Record<string, string>>

/** Reads `limit`, which was checked; `LIMITS.pageRowsMax` where it is left out. */
export function readLimit(query: Query): number {
  return Number(query['limit'] ?? LIMITS.pageRowsMax)
}

/** Reads the page of a list that `after` and `limit` ask for, and the `after` of the next one: null at the end. */
export async function readPage<T extends TableName>(
  table: T,
  query: Query,
  read: (page: Page) => Promise<readonly Kept<Tables[T]>[]>,
): Promise<{ readonly rows: readonly Kept<Tables[T]>[]; readonly next: string | null }> {
  const limit = readLimit(query)
  const after = query['after']
  // one more than is asked for tells whether there is a next page
  const found = await read({ limit: limit + 1, ...(after === undefined ? {} : { after }) })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: last === undefined || found.length <= limit ? null : rowKey(table, last) }
}
