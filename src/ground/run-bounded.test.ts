import { describe, expect, it } from 'vitest'
import { runBounded } from './run-bounded.ts'

const items = Array.from({ length: 20 }, (_, at) => at)
const wait = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('what is done for each of many', () => {
  it('is done once for each, never more at a time than is allowed', async () => {
    const [done, running]: [number[], { now: number; most: number }] = [[], { now: 0, most: 0 }]
    await runBounded(items, 3, async (item) => {
      running.most = Math.max(running.most, ++running.now)
      await wait()
      running.now--
      done.push(item)
    })
    expect([running.most, done.toSorted((a, b) => a - b)]).toEqual([3, items])
  })

  it('is not begun after a failure, which is thrown once all that had begun is over', async () => {
    const [begun, ended]: [number[], number[]] = [[], []]
    const run = runBounded(items, 3, async (item) => {
      begun.push(item)
      if (item === 1) throw new Error('one')
      await wait()
      ended.push(item)
    })
    await expect(run).rejects.toThrow('one')
    expect([begun, ended]).toEqual([
      [0, 1, 2],
      [0, 2],
    ])
  })

  it('of nothing is nothing', async () => {
    await expect(runBounded([], 3, () => Promise.reject(new Error('never')))).resolves.toBeUndefined()
  })
})
