import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type RaisedCast, raiseCast } from './raise-cast.ts'

let stage: RaisedCast
beforeAll(async () => {
  stage = await raiseCast()
})
afterAll(async () => stage.end())

it('what was cut short is carried on once the store answers again, however often it did not', async () => {
  const { house, carryOn } = stage.raised
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const look = vi.spyOn(house.revoke, 'cutoffs').mockRejectedValue(new Error('the store is away'))
  house.carryOnLater(new Error('it was cut short'))
  for (const times of [1, 2, 3]) {
    await carryOn().catch(() => undefined)
    expect(look).toHaveBeenCalledTimes(times)
  }
  look.mockRestore()
  const again = vi.spyOn(house.revoke, 'cutoffs')
  await carryOn()
  await carryOn()
  expect(again).toHaveBeenCalledTimes(1)
  told.mockRestore()
})
