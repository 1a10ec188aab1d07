import { describe, expect, it } from 'vitest'
import { runBounded, tryBounded } from './run-bounded.ts'

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

describe('what is tried for each of many', () => {
  it('is tried for each, whatever comes between with some, and is told of which that was', async () => {
    let most = 0
    let running = 0
    const tried: number[] = []
    const failed = await tryBounded(items, 3, async (item) => {
      most = Math.max(most, ++running)
      await wait()
      running--
      tried.push(item)
      if (item % 5 === 4) throw new Error(`not ${item}`)
    })
    expect([most, tried.toSorted((a, b) => a - b)]).toEqual([3, items])
    expect(failed.map(({ item, fault }) => [item, fault.message])).toEqual(
      [4, 9, 14, 19].map((item) => [item, `not ${item}`]),
    )
  })

  it('is tried no longer where as many as are done at a time have failed before any was done', async () => {
    const tried: number[] = []
    const failed = await tryBounded(items, 3, async (item) => {
      tried.push(item)
      throw new Error('away')
    })
    expect(tried).toEqual([0, 1, 2])
    expect(failed).toHaveLength(3)
  })

  it('of nothing is nothing', async () => {
    expect(await tryBounded([], 3, () => Promise.reject(new Error('never')))).toEqual([])
  })
})
