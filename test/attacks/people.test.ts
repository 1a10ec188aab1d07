import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../sdk/nouns.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { codeOf, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => void (await house.end(60)))

async function invite(name: string, roles: readonly Role[]): Promise<Somebody> {
  const added = await house.people.ada.client.people.add({ name, email: `${name}@example.org`, roles: [...roles] })
  return house.signIn(added.link)
}

describe('people who go', () => {
  it('two administrators who remove each other at the same time leave one behind', async () => {
    const other = await startHouse()
    const { ada } = other.people
    for (let round = 0; round < 5; round += 1) {
      const added = await ada.client.people.add({
        name: `Two ${round}`,
        email: `t${round}@example.org`,
        roles: ['admin'],
      })
      const two = await other.signIn(added.link)
      const outcomes = await Promise.all([
        codeOf(two.client.people.leave(ada.id)),
        codeOf(ada.client.people.leave(two.id)),
      ])
      expect(outcomes).toContain('answered')
      const { people } = await other.people.lin.client.people.list()
      expect(people.filter((row) => row.state === 'active' && row.roles.includes('admin'))).toHaveLength(1)
      if ((await codeOf(ada.client.sessions.me())) !== 'answered') break // it was she who went
    }
    await other.end()
  })

  it('nothing that they begin is on record after the entry that says so', async () => {
    const leaver = await invite('leaver', ['admin'])
    const wanted = Array.from({ length: 60 }, (_, at) =>
      codeOf(leaver.client.people.add({ name: `x${at}`, email: `x${at}@example.org`, roles: ['approver'] })),
    )
    const [, ...codes] = await Promise.all([house.people.ada.client.people.leave(leaver.id), ...wanted])
    expect(new Set([...codes, 'answered', 'session_invalid'])).toEqual(new Set(['answered', 'session_invalid']))
    const { entries } = await house.people.lin.client.entries.list()
    const left = entries.find(({ entry }) => entry.kind === 'person.left' && entry.subject.id === leaver.id)
    const later = entries.filter(
      ({ index, entry }) => index > (left?.index ?? 0) && entry.actor.id === leaver.id && entry.kind !== 'refusal',
    )
    expect(left).toBeDefined()
    expect(later).toEqual([])
  })

  it('nothing that a session begins is on record after its end', async () => {
    const leaver = await invite('signs-out', ['admin'])
    const wanted = Array.from({ length: 60 }, (_, at) =>
      codeOf(leaver.client.people.add({ name: `y${at}`, email: `y${at}@example.org`, roles: [] })),
    )
    const [{ entry: ended }] = await Promise.all([leaver.client.sessions.end(), ...wanted])
    const { entries } = await house.people.lin.client.entries.list({ from: ended + 1 })
    expect(entries.filter(({ entry }) => entry.actor.id === leaver.id && entry.kind !== 'refusal')).toEqual([])
  })
})

describe('people who change', () => {
  it('do nothing more by a role that was taken from them', async () => {
    const once = await invite('once-admin', ['admin', 'auditor'])
    const wanted = Array.from({ length: 60 }, (_, at) =>
      codeOf(once.client.people.add({ name: `w${at}`, email: `w${at}@example.org`, roles: [] })),
    )
    const changed = await house.people.ada.client.people.setRoles(once.id, ['auditor'])
    expect(new Set([...(await Promise.all(wanted)), 'answered', 'role_missing'])).toEqual(
      new Set(['answered', 'role_missing']),
    )
    const { entries } = await house.people.lin.client.entries.list({ from: changed.entry + 1 })
    const later = entries.filter(({ entry }) => entry.actor.id === once.id && entry.kind !== 'refusal')
    expect(later).toEqual([])
  })
})

describe('somebody without a role', () => {
  it('sees who they are, and nothing else', async () => {
    const nobody = await invite('nobody', [])
    expect((await nobody.client.sessions.me()).person.id).toBe(nobody.id)
    const { client } = nobody
    const asked = [
      client.people.list(),
      client.identities.list(),
      client.approvals.list(),
      client.entries.list(),
      client.log.checkpoint(),
      client.doctor.check(),
    ]
    expect(await Promise.all(asked.map(codeOf))).toEqual(asked.map(() => 'role_missing'))
    expect(await codeOf(client.sessions.end())).toBe('answered')
  })
})

describe('what a token rests on', () => {
  it('a binding that is ended takes its tasks and tokens with it', async () => {
    const actor = makeSummariser(house, 'unbound')
    const id = await register(house, actor)
    const task = await openTask(house, actor)
    const token = await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))
    const { ada, lin, sam } = house.people
    expect((await sam.client.tokens.introspect(token.value)).active).toBe(true)
    const [binding] = (await lin.client.identities.show(id)).bindings
    await ada.client.identities.endBinding(id, binding?.id ?? '', 'Its platform was broken into')
    expect((await sam.client.tokens.introspect(token.value)).active).toBe(false)
    expect((await lin.client.tasks.show(task)).task).toMatchObject({
      state: 'revoked',
      endedBecause: 'its binding ended: Its platform was broken into',
    })
    expect(await codeOf(actor.agent.showTask(task))).not.toBe('answered')
  })

  it('a cutoff of a server ends the tokens for it, and no others', async () => {
    const actor = makeSummariser(house, 'two-servers')
    await register(house, actor)
    const task = await openTask(house, actor)
    const cut = await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))
    const kept = await actor.agent.exchange(task, actor.agent.gatewayUrl('everything'))
    const { sam } = house.people
    await sam.client.cutoffs.make({ target: 'upstream', targetId: 'docs', because: 'It leaks' })
    const active = async (token: string): Promise<unknown> => (await sam.client.tokens.introspect(token)).active
    expect([await active(cut.value), await active(kept.value)]).toEqual([false, true])
    const fresh = await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))
    expect(await active(fresh.value)).toBe(true)
  })
})
