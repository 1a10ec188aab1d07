import { type Kept, rowKey, type TableName, type Tables } from '../contract/change.ts'
import { readJson } from '../contract/log/read-json.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { nextTurn } from '../ground/next-turn.ts'
import { unique } from '../ground/unique.ts'
import { isKeepable, isKeepableText } from './change-statement.ts'
import type { Columns, Engine, Value } from './engine.ts'
import { padToPowerOfTwo } from './pad-list.ts'
import type { Resident } from './resident.ts'
import { createQueries, type Shape } from './row-queries.ts'
import { type ColumnOf, METERED } from './schema.ts'

type Sought = string | number

/** Columns and what they must equal, or be one of. */
export type Where<T extends TableName> = Readonly<Partial<Record<ColumnOf<T>, Sought | readonly Sought[]>>>

/** Which part of what is found: keys after `after` in its order, at most `limit` rows, and columns that are at most a value. */
export interface Part<T extends TableName> {
  /** By falling keys: of rows whose keys begin with their time, the newest come first. Not where columns are bounded. */
  readonly newestFirst?: boolean | undefined
  readonly after?: string | undefined
  readonly limit?: number | undefined
  /** What is found comes in the order of these columns first: the least come before, and nothing else is looked through. */
  readonly atMost?: Readonly<Partial<Record<ColumnOf<T>, number>>> | undefined
}

/**
 * Reads rows as they are committed. `getMany` gives each row once; `find` in the order of the keys (by code point).
 * An empty list matches nothing. Without a limit `find` gives every row, and throws `store_failed` beyond `storeRowsMax` rather than
 * leave one out unsaid. A row that cannot be read is `store_damaged`.
 */
export interface Rows {
  get<T extends TableName>(table: T, key: string): Promise<Kept<Tables[T]> | undefined>
  getMany<T extends TableName>(table: T, keys: readonly string[]): Promise<readonly Kept<Tables[T]>[]>
  find<T extends TableName>(table: T, where: Where<T>, part?: Part<T>): Promise<readonly Kept<Tables[T]>[]>
  /** Gives the first row behind a key of each search that finds one: one statement, in which each search goes by its own index. */
  findFirsts<T extends TableName>(
    table: T,
    each: readonly Where<T>[],
    after: string,
  ): Promise<readonly Kept<Tables[T]>[]>
  /** Gives every row, however many there are: beyond `storeRowsMax` a part at a time, which may see several moments. */
  findAll<T extends TableName>(table: T, where: Where<T>): Promise<readonly Kept<Tables[T]>[]>
  /** How many rows `find` would give, counted where they lie. */
  count<T extends TableName>(table: T, where: Where<T>): Promise<number>
}

/** Makes the reader of an organisation's rows; `resident` is null where others write the database too. */
export function createRows(engine: Engine, org: string, resident: Resident | null = null): Rows {
  const rows = createStoredRows(engine, org)
  return resident === null ? rows : rememberRows(rows, resident)
}

/** Asks the store only for what is not known. */
function rememberRows(rows: Rows, resident: Resident): Rows {
  const getMany = async <T extends TableName>(
    table: T,
    keys: readonly string[],
  ): Promise<readonly Kept<Tables[T]>[]> => {
    const found: Kept<Tables[T]>[] = []
    const unknown: string[] = []
    for (const key of unique(keys)) {
      const row = resident.get(table, key)
      if (row === undefined && isKeepableText(key)) unknown.push(key)
      else if (row) found.push(row)
    }
    if (unknown.length === 0) return found
    const ticket = resident.ticket()
    const read = new Map((await rows.getMany(table, unknown)).map((row) => [rowKey(table, row), row]))
    for (const key of unknown) resident.keep(ticket, table, key, read.get(key))
    return [...found, ...read.values()]
  }
  const findWhole = async <T extends TableName>(
    table: T,
    where: Where<T>,
    read: () => Promise<readonly Kept<Tables[T]>[]>,
  ): Promise<readonly Kept<Tables[T]>[]> => {
    const known = resident.list(table, where)
    if (known !== undefined) return known
    const ticket = resident.ticket()
    const found = await read()
    resident.keepList(ticket, table, where, found)
    return found
  }
  return {
    ...rows,
    get: async (table, key) => resident.get(table, key) ?? (await getMany(table, [key]))[0],
    getMany,
    find: (table, where, part) =>
      part === undefined ? findWhole(table, where, () => rows.find(table, where)) : rows.find(table, where, part),
    findAll: (table, where) => findWhole(table, where, () => rows.findAll(table, where)),
  }
}

function createStoredRows(engine: Engine, org: string): Rows {
  const queries = createQueries(engine.compiler)
  const read = async <T extends TableName>(
    table: T,
    sql: string,
    values: readonly Value[],
    isPart = false,
  ): Promise<readonly Kept<Tables[T]>[]> =>
    isKeepable({ sql, values })
      ? (await engine.read({ sql, values, isPart })).map((columns) => toRow(table, columns))
      : []
  const getMany = async <T extends TableName>(
    table: T,
    keys: readonly string[],
  ): Promise<readonly Kept<Tables[T]>[]> => {
    const found: Kept<Tables[T]>[] = []
    const once = unique(keys).filter(isKeepableText) // what no engine can hold hides none of the others
    for (let at = 0; at < once.length; at += LIMITS.storeKeysMax) {
      const some = padToPowerOfTwo(once.slice(at, at + LIMITS.storeKeysMax))
      found.push(...(await read(table, queries.byKeys(table, some.length), [org, ...some])))
    }
    return found
  }
  const search = async <T extends TableName>(
    table: T,
    where: Where<T>,
    part: Part<T>,
  ): Promise<readonly Kept<Tables[T]>[]> => {
    if (matchesNothing(where)) return []
    const { shape, values } = toSearch(org, where, part)
    return read(table, queries.byColumns(table, shape), values, shape.isPart)
  }
  return {
    get: async (table, key) => (await read(table, queries.byKey(table), [org, key]))[0],
    getMany,
    find: async (table, where, part = {}) => {
      const rows = await search(table, where, part)
      if (rows.length > LIMITS.storeRowsMax)
        throw new RemitError('store_failed', { detail: `More than ${LIMITS.storeRowsMax} rows of ${table} match.` })
      return rows
    },
    findFirsts: async (table, each, after) => {
      const { shapes, values } = toFirsts(org, each, after)
      return shapes.length === 0 ? [] : read(table, queries.unionOf(table, shapes), values, true)
    },
    findAll: async (table, where) => {
      const first = await search(table, where, {})
      if (first.length <= LIMITS.storeRowsMax) return first
      const found = [...first]
      for (;;) {
        await nextTurn()
        const after = found.at(-1)
        const page = { limit: LIMITS.storeRowsMax, after: after === undefined ? undefined : rowKey(table, after) }
        const part = await search(table, where, page)
        found.push(...part)
        if (part.length < LIMITS.storeRowsMax) return found
      }
    },
    count: async (table, where) => {
      if (matchesNothing(where)) return 0
      const { shape, values } = toEqual(where)
      const sql = queries.countByColumns(table, shape)
      const [row] = isKeepable({ sql, values }) ? await engine.read({ sql, values: [org, ...values] }) : []
      return Number(row?.['count'] ?? 0)
    },
  }
}

function matchesNothing(where: object): boolean {
  return Object.values(where).some((value) => Array.isArray(value) && value.length === 0)
}

function toEqual(where: object): { readonly shape: Shape['equal']; readonly values: readonly Value[] } {
  const equal = (Object.entries(where) as [string, Sought | readonly Sought[]][]).map(
    ([column, value]) => [column, typeof value === 'object' ? padToPowerOfTwo(value) : value] as const,
  )
  return {
    shape: equal.map(([column, value]) => [column, typeof value === 'object' ? value.length : undefined]),
    values: equal.flatMap(([, value]) => value),
  }
}

function toSearch(
  org: string,
  where: object,
  { after, limit, newestFirst = false, atMost = {} }: Part<TableName>,
): { shape: Shape; values: readonly Value[] } {
  const equal = toEqual(where)
  const bounds = Object.entries<number>(atMost)
  return {
    shape: {
      equal: equal.shape,
      atMost: bounds.map(([column]) => column),
      isAfter: after !== undefined,
      isDescending: newestFirst,
      isPart: limit !== undefined,
    },
    values: [
      org,
      ...equal.values,
      ...bounds.map(([, most]) => most),
      ...(after === undefined ? [] : [after]),
      ...(limit === undefined ? [] : [limit]),
    ],
  }
}

function toFirsts(
  org: string,
  each: readonly object[],
  after: string,
): { readonly shapes: readonly Shape[]; readonly values: readonly Value[] } {
  const searches = each.filter((where) => !matchesNothing(where))
  const firsts = searches.map((where) => toSearch(org, where, { after, limit: 1 }))
  return { shapes: firsts.map(({ shape }) => shape), values: firsts.flatMap(({ values }) => values) }
}

/** The body says the row, but for counters: those are columns. */
function toRow<T extends TableName>(table: T, columns: Columns): Kept<Tables[T]> {
  const row = parseBody(table, columns['body'])
  const counters: readonly string[] = table in METERED ? METERED[table as keyof typeof METERED] : []
  for (const counter of counters) row[counter] = columns[counter]
  row['version'] = columns['version']
  row['entry'] = columns['entry']
  return row as unknown as Kept<Tables[T]> // written by the change of the same table
}

function parseBody(table: TableName, body: Value | undefined): Record<string, unknown> {
  try {
    const row = readJson(String(body))
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new TypeError('it is no object')
    return row as Record<string, unknown>
  } catch (cause) {
    throw new RemitError('store_damaged', { detail: `A row of ${table} in the store cannot be read.`, cause })
  }
}
