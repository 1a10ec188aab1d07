import type { TableName, Tables } from '../contract/change.ts'
import { readJson } from '../contract/log/read-json.ts'
import type { Columns, Value } from './engine.ts'
import { columnNames, columnValues, METERED } from './schema.ts'

type Metered = keyof typeof METERED

/**
 * Gives a column that does not say what the body of its row says, or null where all agree. Rows are found by their
 * columns, and the digest in the log is of the body: so each is worth as much as the other. Counters go their own way,
 * but none of them falls below what it was made with, and before the first count each is still that.
 */
export function findOddColumn(table: TableName, columns: Columns): string | null {
  const counters: readonly string[] = columns['version'] !== 1 && table in METERED ? METERED[table as Metered] : []
  const said = readColumns(table, String(columns['body']))
  if (said === null) return 'body'
  const odd = columnNames(table).find((name, at) => {
    const [value, kept] = [said[at], columns[name]]
    return counters.includes(name) ? Number(kept) < Number(value) : kept !== value
  })
  return odd ?? null
}

function readColumns(table: TableName, body: string): readonly Value[] | null {
  try {
    return columnValues(table, readJson(body) as Tables[typeof table])
  } catch {
    return null // it was not this program that wrote such a body
  }
}
