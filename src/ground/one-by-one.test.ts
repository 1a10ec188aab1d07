import { expect, it } from 'vitest'
import { createInTurnOf, oneByOne } from './one-by-one.ts'

it('begins each call when the one before has ended, also where that failed, and gives each what came of it', async () => {
  const told: string[] = []
  const ends: (() => void)[] = []
  let calls = 0
  const run = oneByOne(async () => {
    const at = calls++
    told.push(`${at} began`)
    await new Promise<void>((resolve) => ends.push(resolve))
    told.push(`${at} ended`)
    if (at === 0) throw new Error('the first one')
    return at
  })
  const [first, second] = [run(), run()]
  await expect.poll(() => told).toEqual(['0 began'])
  ends[0]?.()
  await expect(first).rejects.toThrow('the first one')
  await expect.poll(() => told).toEqual(['0 began', '0 ended', '1 began'])
  ends[1]?.()
  expect(await second).toBe(1)
})

it('lets steps of one name wait for each other, also where one failed, and for none of another', async () => {
  const inTurnOf = createInTurnOf()
  const first = Promise.withResolvers<void>()
  const told: string[] = []
  const step =
    (said: string, until: Promise<void> = Promise.resolve()) =>
    async (): Promise<void> => {
      told.push(said)
      await until
    }
  const failing = inTurnOf('a', step('one', first.promise))
  const next = inTurnOf('a', step('two'))
  await inTurnOf('b', step('other'))
  expect(told).toEqual(['one', 'other'])
  first.reject(new Error('the first one'))
  await expect(failing).rejects.toThrow('the first one')
  await next
  await inTurnOf('a', step('three'))
  expect(told).toEqual(['one', 'other', 'two', 'three'])
})
