import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Recent } from './recent.ts'

describe('what was put or asked for lately', () => {
  it('is given back: of at most max names, the last half at least', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('get', 'set', 'delete'), fc.integer({ min: 0, max: 20 })))
    const property = fc.property(steps, fc.integer({ min: 1, max: 5 }), (all, half) => {
      const recent = new Recent<number>(half * 2)
      let order: string[] = [] // the newest first
      const values = new Map<string, number>()
      for (const [at, [step, number]] of all.entries()) {
        const name = `n${number}`
        const isFresh = order.indexOf(name) >= 0 && order.indexOf(name) < half
        if (step === 'set') recent.set(name, at)
        if (step === 'delete') recent.delete(name)
        const found = recent.get(name)
        if (step === 'get' && isFresh) expect(found).toBe(values.get(name))
        if (found !== undefined) expect(found).toBe(step === 'set' ? at : values.get(name))
        order = order.filter((each) => each !== name)
        if (step === 'set') values.set(name, at)
        if (step === 'delete') values.delete(name)
        if (found !== undefined) order.unshift(name)
      }
    })
    fc.assert(property, { numRuns: 2_000 })
  })

  it('is never more than max', () => {
    const recent = new Recent<number>(10)
    const names = Array.from({ length: 1_000 }, (_, at) => `n${at}`)
    for (const [at, name] of names.entries()) recent.set(name, at)
    expect(names.filter((name) => recent.get(name) !== undefined).length).toBeLessThanOrEqual(10)
  })

  it('is forgotten when it is cleared', () => {
    const recent = new Recent<string>(2)
    recent.set('a', 'one')
    recent.set('b', 'two')
    recent.clear()
    expect(['a', 'b'].map((name) => recent.get(name))).toEqual([undefined, undefined])
  })
})
