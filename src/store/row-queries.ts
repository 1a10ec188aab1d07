import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  type QueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  sql,
} from 'kysely'
import type { TableName } from '../contract/change.ts'
import { LIMITS } from '../ground/limits.ts'

/** The columns that every state table has; those of one table are named dynamically. */
interface StateTable {
  readonly org: string
  readonly key: string
  readonly body: string
  readonly version: number
  readonly entry: number
}
type Schema = Record<TableName, StateTable>

/**
 * The form of a search: its columns (with the number of values, where it is a list), bounds, whether it goes on after a key, and its order.
 */
export interface Shape {
  readonly equal: readonly (readonly [column: string, values: number | undefined])[]
  readonly atMost: readonly string[]
  readonly isAfter: boolean
  readonly isDescending: boolean
  /** False where every row that matches is wanted: one more than there may be are asked for. */
  readonly isPart: boolean
}

/** Gives the text of each query; its values follow in the order `org`, columns, bounds, `after`, `limit`, which a part alone has. */
export interface RowQueries {
  byKey(table: TableName): string
  byKeys(table: TableName, count: number): string
  byColumns(table: TableName, shape: Shape): string
  /** Gives what any of these searches gives; their values follow one another. At least one. */
  unionOf(table: TableName, shapes: readonly Shape[]): string
  /** Gives one row, whose column `count` says how many there are; its values are `org` and the columns. */
  countByColumns(table: TableName, equal: Shape['equal']): string
}

/** Builds each query once in the words of the engine and keeps its text. */
export function createQueries(compiler: QueryCompiler): RowQueries {
  const database = createBuilder(compiler)
  const texts = new Map<string, string>()
  const once = (name: string, build: () => CompiledQuery): string => {
    const known = texts.get(name)
    if (known !== undefined) return known
    const text = build().sql.replaceAll(/\$\d+/g, '?')
    texts.set(name, text)
    return text
  }
  const ref = (column: string) => database.dynamic.ref(column)
  const from = (table: TableName) => database.selectFrom(table).where('org', '=', '')
  const where = (table: TableName, equal: Shape['equal']) => {
    let query = from(table)
    for (const [column, count] of equal)
      query = count === undefined ? query.where(ref(column), '=', '') : query.where(ref(column), 'in', blanks(count))
    return query
  }
  const search = (table: TableName, shape: Shape) => {
    let query = where(table, shape.equal)
    for (const column of shape.atMost) query = query.where(ref(column), '<=', 0)
    if (shape.isAfter) query = query.where('key', shape.isDescending ? '<' : '>', '')
    for (const column of shape.atMost) query = query.orderBy(ref(column))
    return query
      .selectAll()
      .orderBy('key', shape.isDescending ? 'desc' : 'asc')
      .limit(shape.isPart ? 1 : sql.lit(LIMITS.storeRowsMax + 1))
  }
  return {
    byKey: (table) => once(`${table} by key`, () => from(table).selectAll().where('key', '=', '').compile()),
    byKeys: (table, count) =>
      once(`${table} by ${count} keys`, () =>
        from(table).selectAll().where('key', 'in', blanks(count)).orderBy('key').compile(),
      ),
    byColumns: (table, shape) => once(`${table} by ${JSON.stringify(shape)}`, () => search(table, shape).compile()),
    unionOf: (table, shapes) =>
      once(`${table} by each of ${JSON.stringify(shapes)}`, () =>
        shapes
          .map((shape) => database.selectFrom(search(table, shape).as('found')).selectAll()) // a bound of its own is no part of a union
          .reduce((all, each) => all.unionAll(each))
          .compile(),
      ),
    countByColumns: (table, equal) =>
      once(`${table} counted by ${JSON.stringify(equal)}`, () =>
        where(table, equal)
          .select(({ fn }) => fn.countAll().as('count'))
          .compile(),
      ),
  }
}

function blanks(count: number): string[] {
  return Array.from({ length: count }, () => '')
}

/** A builder that only writes SQL: the engine runs it. */
function createBuilder(compiler: QueryCompiler): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (database) => new SqliteIntrospector(database),
      createQueryCompiler: () => compiler,
    },
  })
}
