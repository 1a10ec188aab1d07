import { RemitError } from '../ground/errors.ts'
import type { RecordReads, RowPlace, StateRow } from '../record/store.ts'
import type { Columns, Engine } from './engine.ts'
import type { Place } from './hold.ts'
import { findOddColumn } from './odd-column.ts'
import { padToPowerOfTwo } from './pad-list.ts'
import { columnNames, TABLE_NAMES } from './schema.ts'

type Readable = Pick<Engine, 'read'>

/** Reads what the log and its auditor read of the record. */
export function createRecordReads(engine: Readable, { org, log }: Place): RecordReads {
  return {
    readHead: async () => {
      const sql = 'select size, note from heads where org = ? and log = ?'
      const [row] = await engine.read({ sql, values: [org, log] })
      return { size: Number(row?.['size'] ?? 0), note: String(row?.['note'] ?? '') }
    },
    readEntries: async (from, to) => {
      const sql = 'select bytes from entries where org = ? and log = ? and idx >= ? and idx < ? order by idx'
      return (await engine.read({ sql, values: [org, log, from, to] })).map((row) => bytesOf(row, 'bytes'))
    },
    readEntriesAt: async (indexes) => {
      if (indexes.length === 0) return new Map()
      const places = padToPowerOfTwo(indexes)
      const sql = `select idx, bytes from entries where org = ? and log = ? and idx in (${places.map(() => '?').join(', ')})`
      const rows = await engine.read({ sql, values: [org, log, ...places] })
      return new Map(rows.map((row) => [Number(row['idx']), bytesOf(row, 'bytes')]))
    },
    readHashes: async (level, from, to) => {
      const [sql, values] =
        level === 0
          ? ([
              'select leaf as hash from entries where org = ? and log = ? and idx >= ? and idx < ? order by idx',
              [],
            ] as const)
          : ([
              'select hash from tile_roots where org = ? and log = ? and "level" = ? and n >= ? and n < ? order by n',
              [level],
            ] as const)
      return (await engine.read({ sql, values: [org, log, ...values, from, to] })).map((row) => bytesOf(row, 'hash'))
    },
    readRows: (after, rowsMax) => readStateRows(engine, org, after, rowsMax),
  }
}

async function readStateRows(
  engine: Readable,
  org: string,
  after: RowPlace | null,
  rowsMax: number,
): Promise<readonly StateRow[]> {
  const rows: StateRow[] = []
  for (const table of TABLE_NAMES.filter((name) => after === null || name >= after.table)) {
    // a table begins without a bound: no key is so small that it would stand before every other
    const [bound, values] = table === after?.table ? (['and key > ? ', [after.key]] as const) : (['', []] as const)
    const columns = ['body', 'salt', 'version', 'entry', ...columnNames(table)].map((name) => `"${name}"`)
    const sql = `select key, ${columns.join(', ')} from "${table}" where org = ? ${bound}order by key limit ?`
    const found = await engine.read({ sql, values: [org, ...values, rowsMax - rows.length] })
    rows.push(
      ...found.map((row) => ({
        table,
        key: String(row['key']),
        version: Number(row['version']),
        entry: Number(row['entry']),
        body: String(row['body']),
        salt: String(row['salt']),
        oddColumn: findOddColumn(table, row),
      })),
    )
    if (rows.length >= rowsMax) break
  }
  return rows
}

function bytesOf(row: Columns, column: string): Uint8Array {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  throw new RemitError('store_edited', {
    detail: 'The store holds something else than bytes where bytes belong: it was edited.',
  })
}
