import { afterAll, beforeAll, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, prepare } from './cast.ts'
import { sayAs } from './say-as.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => {
  await house.end()
})

it('an identity whose sponsor left is not made active, and whoever tries is told to name another one', async () => {
  const { ada, grace, lin } = house.people
  const { identities, people } = ada.client
  const early = await prepare(house, makeSummariser(house, 'put-up-early'))
  const late = await prepare(house, makeSummariser(house, 'put-up-late'))
  const { approval } = await identities.submit(early)
  await people.setRoles(lin.id, ['approver', 'admin'])
  await people.leave(grace.id)
  const voted = await sayAs(house, lin, ['approve', approval.id, '--reason', 'It is known'], 400)
  expect(voted.said).toContain('remit identity reassign')
  expect((await identities.show(early)).identity.state).toBe('pending')
  const refused = await identities.submit(late).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'transition_needs', facts: { missing: ['sponsor'] } })
  expect(String((refused as Error).message)).toContain('another sponsor, as the present one has left')
  for (const id of [early, late])
    await identities.reassign(id, { owner: ada.id, sponsor: lin.id, reason: 'Grace left' })
  expect((await identities.show(early)).identity.state).toBe('suspended')
})
