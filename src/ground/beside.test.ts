import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createBesideOf } from './beside.ts'

function rig(weightMax: number) {
  const beside = createBesideOf(weightMax)
  const [began, ends] = [[] as string[], new Map<string, PromiseWithResolvers<void>>()]
  const begin = (name: string, id: string, weight: number): Promise<string> =>
    beside(name, weight, async () => {
      began.push(id)
      const end = Promise.withResolvers<void>()
      ends.set(id, end)
      await end.promise
      return id
    })
  return {
    began,
    begin,
    end: (id: string) => ends.get(id)?.resolve(),
    fail: (id: string) => ends.get(id)?.reject(new Error(id)),
  }
}

it('runs what is called the same up to a weight, in the order in which it came, and others meanwhile', async () => {
  const { began, begin, end } = rig(10)
  const all = [begin('a', 'a6', 6), begin('a', 'a4', 4), begin('a', 'a5', 5), begin('a', 'a1', 1), begin('b', 'b9', 9)]
  await turn()
  expect(began).toEqual(['a6', 'a4', 'b9'])
  end('a4')
  await turn()
  expect(began).toEqual(['a6', 'a4', 'b9']) // a1 would fit, and came behind a5
  end('a6')
  await turn()
  expect(began).toEqual(['a6', 'a4', 'b9', 'a5', 'a1'])
  for (const id of ['a5', 'a1', 'b9']) end(id)
  expect(await Promise.all(all)).toEqual(['a6', 'a4', 'a5', 'a1', 'b9'])
})

it('lets the next one begin whatever becomes of the one before, and what weighs more than all of it', async () => {
  const { began, begin, end, fail } = rig(2)
  const first = begin('a', 'heavy', 5)
  const second = begin('a', 'next', 1)
  await turn()
  expect(began).toEqual(['heavy'])
  fail('heavy')
  await expect(first).rejects.toThrow('heavy')
  await turn()
  expect(began).toEqual(['heavy', 'next'])
  end('next')
  expect(await second).toBe('next')
  const after = begin('a', 'after', 2)
  await turn()
  end('after')
  expect(await after).toBe('after')
})

it('refuses what would wait behind too much of its name, until some of that has begun', async () => {
  const { began, begin, end } = rig(1)
  const ids = Array.from({ length: 65 }, (_, at) => `a${at}`)
  const all = ids.map((id) => begin('a', id, 1))
  await expect(begin('a', 'more', 1)).rejects.toMatchObject({ code: 'rate_limited' })
  all.push(begin('b', 'b0', 1))
  end('a0')
  await turn()
  all.push(begin('a', 'last', 1))
  for (const id of [...ids, 'b0', 'last']) {
    end(id)
    await turn()
  }
  await Promise.all(all)
  expect(began).toEqual(['a0', 'b0', ...ids.slice(1), 'last'])
})
