import {
  type Change,
  type Insert,
  type Meter,
  type Require,
  rowKey,
  type TableName,
  type Update,
} from '../contract/change.ts'
import type { SealedChange, SealedRow } from '../record/store.ts'
import type { Outcome, Statement } from './engine.ts'
import { columnNames, columnValues, TABLE_NAMES } from './schema.ts'

/** Finds and changes nothing. */
const NOTHING: Statement = { sql: 'select number from migrations where 1 = 0', values: [] }

/**
 * Gives the statement that makes a change of the entry at `index`. What no engine can keep is nowhere and cannot be put
 * anywhere, so that one such write conflicts and its neighbours land.
 */
export function stateChange(org: string, { change, row }: SealedChange, index: number): Statement {
  const write = WRITERS[change.op] as (...given: readonly unknown[]) => Statement // the row of the table fits its op
  const statement = write(org, change, index, row)
  return isKeepable(statement) && !isNameless(change) ? statement : NOTHING
}

/** True for a row that no table takes: every key says something. */
function isNameless(change: Change): boolean {
  return change.op === 'insert' && rowKey(change.table, change.row as never) === '' // the row is of its table
}

/** What the statement of a change has to give: one changed row, or the version that is required. */
export function requirementOf(change: Change): number {
  return change.op === 'require' ? change.version : 1
}

/** True where the outcome says that the change has been made, or that what it requires holds. */
export function isApplied(change: Change, outcome: Outcome | undefined): boolean {
  if (outcome === undefined || outcome.violated) return false
  if (change.op !== 'require') return outcome.count === 1
  return (outcome.rows[0]?.['version'] ?? 0) === change.version
}

/** True where every engine can hold the values: text without NUL and lone surrogates, whole safe numbers. */
export function isKeepable({ values }: Statement): boolean {
  return values.every((value) => {
    if (typeof value === 'number') return Number.isSafeInteger(value)
    return typeof value !== 'string' || isKeepableText(value)
  })
}

/** True for a text that every engine can hold. */
export function isKeepableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** The texts of the statements about one table, each written once; their values come in the order of `writeTexts`. */
interface Texts {
  readonly insert: string
  readonly update: string
  readonly require: string
}

const TEXTS = Object.fromEntries(TABLE_NAMES.map((table) => [table, writeTexts(table)])) as Readonly<
  Record<TableName, Texts>
>

function writeTexts(table: TableName): Texts {
  const set = ['body', 'salt', ...columnNames(table), 'version', 'entry'].map(quote)
  const put = ['org', 'key'].map(quote).concat(set)
  return {
    insert: `insert into ${quote(table)} (${put.join(', ')}) values (${put.map(() => '?').join(', ')}) on conflict do nothing`,
    update: `update ${quote(table)} set ${set.map((name) => `${name} = ?`).join(', ')} where org = ? and key = ? and version = ?`,
    require: `select version from ${quote(table)} where org = ? and key = ?`,
  }
}

const WRITERS = {
  insert: (org: string, { table, row }: Insert, index: number, { body, salt }: SealedRow) => ({
    sql: TEXTS[table].insert,
    values: [org, rowKey(table, row), body, salt, ...columnValues(table, row), 1, index],
  }),
  update: (org: string, { table, row, ifVersion }: Update, index: number, { body, salt }: SealedRow) => ({
    sql: TEXTS[table].update,
    values: [body, salt, ...columnValues(table, row), ifVersion + 1, index, org, rowKey(table, row), ifVersion],
  }),
  require: (org: string, { table, key }: Require) => ({ sql: TEXTS[table].require, values: [org, key] }),
  meter: (org: string, change: Meter, index: number) => ({
    sql: meterText(change),
    values: [
      ...countedBy(change).flatMap((column) => countValues(change, column)),
      index,
      org,
      change.key,
      ...Object.entries<number>(change.atMost).flatMap(([column, most]) => [...countValues(change, column), most]),
    ],
  }),
} satisfies { [Op in Change['op']]: unknown }

/** The texts of the statements that count, by what they count: each is written once. */
const METER_TEXTS = new Map<string, string>()

function meterText(change: Meter): string {
  const { table, add, raise, atMost } = change
  const shape = `${table} ${Object.keys(add).join()} ${Object.keys(raise).join()} ${Object.keys(atMost).join()}`
  const known = METER_TEXTS.get(shape)
  if (known !== undefined) return known
  const sets = countedBy(change).map((column) => `${quote(column)} = ${countText(change, column)}`)
  const bounds = Object.keys(atMost).map((column) => `${countText(change, column)} <= ?`)
  const text = `update ${quote(table)} set ${[...sets, 'version = version + 1', 'entry = ?'].join(', ')} where ${['org = ?', 'key = ?', ...bounds].join(' and ')}`
  METER_TEXTS.set(shape, text)
  return text
}

/** The counters that a change moves. */
function countedBy({ add, raise }: Meter): readonly string[] {
  return [...Object.keys(add), ...Object.keys(raise).filter((column) => !Object.hasOwn(add, column))]
}

/** What a counter becomes: first added to, then raised. */
function countText({ add, raise }: Meter, column: string): string {
  const added = Object.hasOwn(add, column) ? `${quote(column)} + ?` : quote(column)
  return Object.hasOwn(raise, column) ? `case when ${added} < ? then ? else ${added} end` : added
}

type Counts = Readonly<Record<string, number | undefined>>

/** The values for `countText`, in its order. */
function countValues(
  { add, raise }: { readonly add: Counts; readonly raise: Counts },
  column: string,
): readonly number[] {
  const [by, least] = [add[column], raise[column]]
  const added = by === undefined ? [] : [by]
  return least === undefined ? added : [...added, least, least, ...added]
}

function quote(name: string): string {
  return `"${name}"`
}
