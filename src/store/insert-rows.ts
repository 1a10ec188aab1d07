import type { Statement, Value } from './engine.ts'

/** Most rows in one statement: 512 times a handful of columns stays far below every engine's bound on values. */
const ROWS_MAX = 512

/**
 * Puts many rows with few statements. Their numbers of rows are powers of two, so that a thousand different batches
 * need ten prepared statements. Once `conflicting` rows are there already, the statement is a violation.
 */
export function insertRows(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
): readonly Statement[] {
  const statements: Statement[] = []
  for (let done = 0; done < rows.length; ) {
    const count = Math.min(ROWS_MAX, 2 ** Math.floor(Math.log2(rows.length - done)))
    statements.push({ sql: insertText(table, columns, count), values: rows.slice(done, done + count).flat() })
    done += count
  }
  return statements
}

function insertText(table: string, columns: readonly string[], count: number): string {
  const places = `(${columns.map(() => '?').join(', ')})`
  const names = columns.map((column) => `"${column}"`).join(', ')
  return `insert into "${table}" (${names}) values ${Array.from({ length: count }, () => places).join(', ')}`
}
