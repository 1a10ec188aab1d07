import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { leaveBy } from '../../src/flow/people/leave.ts'
import { examineHouse } from '../../src/flow/upkeep/examine-house.ts'
import { noted, person } from './flow-cast.ts'
import { type RaisedCast, raiseCast } from './raise-cast.ts'

let stage: RaisedCast
beforeAll(async () => {
  stage = await raiseCast()
})
afterAll(async () => stage.end())

/** What the doctor says of what was cut short. */
async function sayCutShort(): Promise<readonly [boolean | undefined, string | undefined]> {
  const { house } = stage.raised
  const checks = await examineHouse(house, await person(house, stage.cast, 'ada'))
  const found = checks.find(({ name }) => name === 'cut-short')
  return [found?.ok, found?.sentence]
}

it('what was cut short is carried on once the store answers again, and is tried ever more seldom meanwhile', async () => {
  const { house, carryOn } = stage.raised
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const look = vi.spyOn(house.revoke, 'cutoffs').mockRejectedValue(new Error('the store is away'))
  expect(await sayCutShort()).toEqual([true, 'Nothing came between as what was cut short was carried on last.'])
  house.carryOnLater(new Error('it was cut short'))
  for (const times of [1, 2, 2, 3, 3, 3, 3]) {
    await carryOn().catch(() => undefined)
    expect(look).toHaveBeenCalledTimes(times)
  }
  expect(await sayCutShort()).toEqual([
    false,
    'What was cut short is not carried on yet. Something came between in the last try: standard error says by what. It is tried again ever more seldom, once a minute in the end.',
  ])
  look.mockRestore()
  const again = vi.spyOn(house.revoke, 'cutoffs')
  for (let turn = 0; turn < 3; turn += 1) await carryOn()
  expect(again).toHaveBeenCalledTimes(1)
  expect((await sayCutShort())[0]).toBe(true)
  told.mockRestore()
})

it('a leaving is answered while calls that are open are still judged', async () => {
  const { house } = stage.raised
  const judged = Promise.withResolvers<null>()
  const facts = { credentialId: 'crd_1', taskIds: [], identityIds: [], chain: 'tsk_1', bindingIds: [], owners: [] }
  const close = house.streams.register(
    { ...facts, upstream: 'docs', vendors: [] },
    () => undefined,
    () => judged.promise,
  )
  const ada = await person(house, stage.cast, 'ada')
  expect(await leaveBy(house, ada, noted(stage.cast, 'grace'))).toMatchObject({ settled: true })
  judged.resolve(null)
  close()
})
