import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Statement, Value } from '../engine.ts'
import { createPacker, createUnpacker, type Order } from './order.ts'

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.maxSafeInteger(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }),
)
const statement: fc.Arbitrary<Statement> = fc
  .record({
    sql: fc.constantFrom('select ?', 'insert into t values (?, ?)', 'update t set x = ?'),
    values: fc.array(value, { maxLength: 8 }),
    ends: fc.constantFrom(undefined, 0, 1, 7),
  })
  .map(({ ends, ...rest }) => (ends === undefined ? rest : { ...rest, ends }))
const order: fc.Arbitrary<Order> = fc.record({
  begins: fc.boolean(),
  statements: fc.array(statement, { maxLength: 5 }),
  ends: fc.constantFrom('commit', 'rollback', null),
})

/** As they come out: bytes as plain lists, whatever memory they lie in. */
const toPlain = ({ statements, ...rest }: Order) => ({
  ...rest,
  statements: statements.map((each) => ({
    ...each,
    values: each.values.map((item) => (item instanceof Uint8Array ? { bytes: [...item] } : item)),
  })),
})

describe('an order that travels', () => {
  it('says the same at its end, one after the other', () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 4 }), (orders) => {
        const [pack, unpack] = [createPacker(), createUnpacker()]
        const arrived = orders.map((each) => unpack(structuredClone(pack(each))))
        expect(arrived.map(toPlain)).toEqual(orders.map(toPlain))
      }),
      { seed: 7, numRuns: 300 },
    )
  })

  it('carries the text of a statement once, and its place from then on', () => {
    const pack = createPacker()
    const two: Order = { begins: true, statements: [asking('select 1'), asking('select 2')], ends: null }
    expect(pack(two).letter).toContain('select 2')
    expect(JSON.parse(pack(two).letter).statements).toMatchObject([{ sql: 0 }, { sql: 1 }])
  })

  it('has its bytes in memory of its own: handing it over takes nothing from anybody', () => {
    const bytes = Buffer.from('some of a pool that others use too')
    const packed = createPacker()({ begins: true, statements: [{ sql: 'x', values: [bytes] }], ends: null })
    structuredClone(packed, { transfer: [packed.bytes.buffer as ArrayBuffer] })
    expect(packed.bytes).toHaveLength(0)
    expect(bytes.toString()).toBe('some of a pool that others use too')
  })
})

const asking = (sql: string): Statement => ({ sql, values: [] })
