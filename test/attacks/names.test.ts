import { afterAll, beforeAll, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { codeOf, furnish, makeSummariser, prepare } from '../scenarios/cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => void (await house.end()))

it('nothing and nobody is named as the id of somebody else, and so taken for it', async () => {
  const { ada, grace } = house.people
  const actor = makeSummariser(house)
  const id = await prepare(house, actor)
  const { identities, people } = ada.client
  for (const name of [id, ada.id, 'idn_x', 'psn_x'])
    expect(await codeOf(identities.draft({ ...actor.profile, name, owner: ada.id, sponsor: grace.id }))).toBe(
      'request_invalid',
    )
  for (const name of [grace.id, id, 'Psn_x']) {
    expect(await codeOf(people.add({ name, email: 'other@example.org', roles: [] }))).toBe('request_invalid')
    expect(await codeOf(people.rename(ada.id, { name }))).toBe('request_invalid')
  }
})
