import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fifo } from './fifo.ts'

describe('a queue', () => {
  it('gives what waits in the order in which it came, whatever leaves between', () => {
    const steps = fc.array(fc.record({ pushes: fc.nat(900), drops: fc.nat(900) }), { maxLength: 12 })
    const property = fc.property(steps, (all) => {
      const queue = new Fifo<number>()
      let [next, gone] = [0, 0]
      for (const { pushes, drops } of all) {
        for (const end = next + pushes; next < end; next += 1) queue.push(next)
        for (let left = drops; left > 0; left -= 1) {
          expect(queue.first()).toBe(gone < next ? gone : undefined)
          queue.drop()
          gone = Math.min(gone + 1, next)
        }
      }
      expect(queue.first()).toBe(gone < next ? gone : undefined)
    })
    fc.assert(property, { numRuns: 300 })
  })
})
