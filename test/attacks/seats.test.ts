import { afterAll, beforeAll, expect, it } from 'vitest'
import { publishDomain } from '../authzen/certification.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { codeOf, furnish } from '../scenarios/cast.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})

afterAll(() => house.end())

const wide = '@id("acme:wide") @sentence("All is permitted.") permit (principal, action, resource);'

/** An administrator who says yes first, and is gone or is none any more when the other yes comes. */
const partings: [string, (who: Somebody) => Promise<unknown>][] = [
  ['left', ({ id }) => house.people.ada.client.people.leave(id)],
  ['is an administrator no more', ({ id }) => house.people.ada.client.people.setRoles(id, ['responder'])],
]

it.each(partings)('policies do not come into force by the yes of somebody who %s', async (how, part) => {
  const { ada, lin, grace } = house.people
  const email = `${how.replaceAll(' ', '-')}@example.org`
  const { link } = await ada.client.people.add({ name: how, email, roles: ['admin'] })
  const other = await house.signIn(link)
  const before = (await ada.client.policies.inForce()).version.number
  const { approval } = await lin.client.policies.publish([{ name: 'a.cedar', text: wide }], { reason: 'x' })
  await other.client.approvals.vote(approval?.id ?? '', 'approve', 'yes')
  await part(other)
  expect(await codeOf(grace.client.approvals.vote(approval?.id ?? '', 'approve', 'yes'))).toBe('approval_closed')
  expect(await grace.client.approvals.vote(approval?.id ?? '', 'deny', 'no')).toMatchObject({
    effect: 'policies refused',
  })
  expect((await ada.client.policies.inForce()).version.number).toBe(before)
})

it('a domain does not come into force so either, and does by those who are here', async () => {
  const { ada, lin, grace } = house.people
  const { link } = await ada.client.people.add({ name: 'Domain', email: 'd@example.org', roles: ['admin'] })
  const other = await house.signIn(link)
  const files = [{ name: 'a.cedar', text: wide }]
  const { approval } = await lin.client.domains.publish('crm', files, { reason: 'x' })
  await other.client.approvals.vote(approval?.id ?? '', 'approve', 'yes')
  await ada.client.people.leave(other.id)
  expect(await codeOf(grace.client.approvals.vote(approval?.id ?? '', 'approve', 'yes'))).toBe('approval_closed')
  expect(await grace.client.approvals.vote(approval?.id ?? '', 'deny', 'no')).toMatchObject({
    effect: 'policies refused',
  })
  await publishDomain(house, 'crm', { files, schema: null, entities: null })
  expect((await ada.client.domains.list()).domains.map(({ name }) => name)).toContain('crm')
})
