import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { codeOf } from './cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => {
  await house.end()
})

describe("a person's roles", () => {
  it('are what an administrator says, from the next request on, and the log says what they were', async () => {
    const { ada, sam } = house.people
    expect(await codeOf(sam.client.people.setRoles(sam.id, ['admin']))).toBe('role_missing')
    const { entry, person } = await ada.client.people.setRoles(sam.id, ['auditor', 'responder'])
    expect(person.roles).toEqual(['auditor', 'responder'])
    expect((await ada.client.entries.show(entry)).entry).toMatchObject({
      kind: 'person.roles-set',
      actor: { id: ada.id },
      data: { personId: sam.id, roles: ['auditor', 'responder'], before: ['responder'] },
    })
    expect((await sam.client.sessions.me()).person.roles).toEqual(['auditor', 'responder'])
  })

  it('never leave the house without an administrator', async () => {
    const { ada, lin } = house.people
    expect(await codeOf(ada.client.people.setRoles(ada.id, ['owner']))).toBe('transition_needs')
    expect(await codeOf(ada.client.people.leave(ada.id))).toBe('transition_needs')
    await ada.client.people.setRoles(lin.id, ['admin', 'approver', 'auditor'])
    const both = await Promise.allSettled([
      ada.client.people.setRoles(lin.id, ['approver', 'auditor']),
      lin.client.people.setRoles(ada.id, ['owner']),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    const { people } = await lin.client.people.list()
    expect(people.filter(({ roles }) => roles.includes('admin')).length).toBe(1)
  })

  it('of nobody who left can be set', async () => {
    const { people } = await house.people.lin.client.people.list()
    const admin = people.find(({ roles }) => roles.includes('admin'))
    const { client } = admin?.id === house.people.ada.id ? house.people.ada : house.people.lin
    const { person } = await client.people.add({ name: 'Uwe', email: 'uwe@example.org', roles: [] })
    await client.people.leave(person.id)
    expect(await codeOf(client.people.setRoles(person.id, ['admin']))).toBe('not_found')
  })
})

describe('a person who is renamed', () => {
  it('keeps id and roles, and their name is in no entry', async () => {
    const { ada, grace } = house.people
    const admin = (await ada.client.sessions.me()).person.roles.includes('admin') ? ada : house.people.lin
    const renamed = await admin.client.people.rename(grace.id, { name: 'Grace Hopper', email: 'GH@example.org' })
    expect(renamed.person).toMatchObject({ id: grace.id, name: 'Grace Hopper', email: 'gh@example.org' })
    const shown = await admin.client.entries.show(renamed.entry)
    expect(shown.entry).toMatchObject({
      kind: 'person.renamed',
      data: { personId: grace.id, changed: ['name', 'email'] },
    })
    expect(shown.raw).not.toMatch(/hopper|example\.org/i)
    expect(await codeOf(admin.client.people.rename(grace.id, { email: 'sam@example.org' }))).toBe('already_exists')
    expect(await codeOf(grace.client.people.rename(grace.id, { name: 'Boss' }))).toBe('role_missing')
    expect(await codeOf(admin.client.people.rename(grace.id, {}))).toBe('request_invalid')
  })
})
