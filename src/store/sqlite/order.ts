import type { Outcome, Statement, Value } from '../engine.ts'
import { toDoubt } from '../store-errors.ts'

/**
 * What a connection that writes is told to do at once. `begins`: a transaction begins with it. `ends`: how it
 * ends behind the statements; null leaves it open.
 */
export interface Order {
  readonly begins: boolean
  readonly statements: readonly Statement[]
  readonly ends: 'commit' | 'rollback' | null
}

/** What became of an order that was done. `commitMs`: how long the disk took to keep it, 0 where nothing was committed. */
export interface Done {
  readonly outcomes: readonly Outcome[]
  readonly isCommitted: boolean
  readonly commitMs: number
}

/** What became of an order. A fault has ended the transaction; `isDoubtful` where it was the commit that failed. */
export type Reply = Done | Refused

/** An order that failed. */
export interface Refused {
  readonly fault: Fault
  readonly isDoubtful: boolean
}

/** Gives what was done, or throws what SQLite threw; facts.outcome is `unknown` where the commit may have been kept all the same. */
export function openReply(reply: Reply): Done {
  if (!('fault' in reply)) return reply
  const { message, errcode } = reply.fault
  const error = Object.assign(new Error(message), errcode === null ? {} : { errcode })
  throw reply.isDoubtful ? toDoubt(error) : error
}

/** Told to the thread instead of an order: it folds the write-ahead log, and says when that is done. */
export const FOLD = 'fold'

/** What an error says, so that it comes through a message whole. */
export interface Fault {
  readonly message: string
  /** SQLite's result code; null where it was another error. */
  readonly errcode: number | null
}

/**
 * An order as it travels: a message costs by the value, so all bytes go in one piece, which is handed over, and all
 * else in one text.
 */
export interface PackedOrder {
  /** JSON of a `Letter`. */
  readonly letter: string
  readonly bytes: Uint8Array
}

/** An order without its bytes: where they belong among its values null stands. */
interface Letter extends Omit<Order, 'statements'> {
  readonly statements: readonly {
    /** The text where it is new, else its place among all texts that were sent. */
    readonly sql: string | number
    readonly values: readonly Exclude<Value, Uint8Array>[]
    readonly ends?: number
  }[]
  /** Where bytes belong: number of the statement, of its value, and how many. */
  readonly spans: readonly (readonly [statement: number, value: number, length: number])[]
}

/** Makes what packs the orders for one reader: a statement's text is sent once. */
export function createPacker(): (order: Order) => PackedOrder {
  const placeOf = new Map<string, number>()
  const toText = (sql: string): string | number => {
    const place = placeOf.get(sql)
    if (place === undefined) placeOf.set(sql, placeOf.size)
    return place ?? sql
  }
  return ({ begins, statements, ends }) => {
    const spans: [number, number, number][] = []
    const pieces: Uint8Array[] = []
    const plain = statements.map((statement, at) => ({
      ...statement,
      sql: toText(statement.sql),
      values: statement.values.map((value, place) => {
        if (!(value instanceof Uint8Array)) return value
        spans.push([at, place, value.length])
        pieces.push(value)
        return null
      }),
    }))
    const letter: Letter = { begins, ends, statements: plain, spans }
    return { letter: JSON.stringify(letter), bytes: join(pieces) }
  }
}

/** In memory of its own, which can be handed over whole. */
function join(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** Makes what unpacks the orders of one packer, in their order. */
export function createUnpacker(): (packed: PackedOrder) => Order {
  const known: string[] = []
  const toSql = (text: string | number): string => {
    if (typeof text === 'number') return known[text] ?? ''
    known.push(text)
    return text
  }
  return ({ letter, bytes }) => {
    const { begins, ends, statements, spans } = JSON.parse(letter) as Letter // written by the packer
    const lists: Value[][] = statements.map(({ values }) => [...values])
    let from = 0
    for (const [at, place, length] of spans) {
      const list = lists[at]
      if (list !== undefined) list[place] = bytes.subarray(from, from + length)
      from += length
    }
    const whole = statements.map((each, at) => ({ ...each, sql: toSql(each.sql), values: lists[at] ?? [] }))
    return { begins, statements: whole, ends }
  }
}
