import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { faultOf, parseMessage, RPC } from './message.ts'

const wrap = (params: unknown): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x', params })

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

const isClear = (value: unknown): boolean => !JSON.stringify(value).includes('"__proto__":')

describe('reading a message', () => {
  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseMessage(text)).toBeTypeOf('object')
      }),
      { numRuns: 10_000 },
    )
  })

  it.each([
    ['{"a":1,"a":2}', RPC.parseError],
    ['{"__proto__":{}}', RPC.parseError],
    ['{"a":"\\ud800"}', RPC.invalidParams],
  ])('takes no params that readers may understand differently: %s', (given, code) => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${given}}`
    expect(parseMessage(body)).toMatchObject({ status: 400, fault: { code } })
  })

  it('takes at most 20,000 values, counted before they are parsed, in whatever they stand', () => {
    const row = (count: number): number[] => Array.from({ length: count }, () => 0)
    const members = (count: number): object => Object.fromEntries(row(count).map((_, at) => [`,${at}`, '[,]']))
    const around = 7 // the message, its params, and what stands beside `many`
    for (const make of [row, members]) {
      expect(parseMessage(wrap({ many: make(LIMITS.mcpValuesMax - around) }))).not.toHaveProperty('fault')
      const refused = parseMessage(wrap({ many: make(LIMITS.mcpValuesMax + 1) }))
      expect(refused).toMatchObject({ status: 400, fault: { message: expect.stringContaining('20000 values') } })
    }
  })

  it('takes what is nested at most 32 levels, whatever stands in its texts, and nothing deeper', () => {
    const levels = fc.integer({ min: 25, max: 35 })
    const text = fc.string({ unit: fc.constantFrom('{', '[', '}', ']', '"', '\\', 'x') })
    fc.assert(
      fc.property(levels, text, fc.jsonValue().filter(isClear), (depth, key, leaf) => {
        const params = Array.from({ length: depth }).reduce<unknown>((inner) => ({ [key]: inner, other: key }), leaf)
        const isTaken = !('fault' in parseMessage(wrap(params)))
        expect(isTaken).toBe(1 + depthOf(params) <= LIMITS.jsonDepthMax)
      }),
      { numRuns: 10_000 },
    )
  })

  it('gives what it says', () => {
    expect(parseMessage(wrap({ a: 1 }))).toEqual({ id: 1, method: 'x', params: { a: 1 } })
    expect(parseMessage('{"jsonrpc":"2.0","method":"x"}')).toEqual({ id: undefined, method: 'x', params: {} })
  })
})

describe('the JSON-RPC error of a failure', () => {
  it('has the status as code, and the code and facts of the table', () => {
    expect(faultOf(new RemitError('cut_off', { facts: { entry: 7 } }))).toEqual({
      code: 403,
      message: 'This has been cut off.',
      data: { code: 'cut_off', entry: 7 },
    })
  })

  it('says nothing of a cause', () => {
    const error = new RemitError('upstream_unavailable', { cause: new Error('password=hunter2') })
    expect(JSON.stringify([faultOf(error), faultOf(new Error('password=hunter2'))])).not.toContain('hunter2')
  })
})
