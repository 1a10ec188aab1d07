import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, problemOf, register } from './cast.ts'
import { sayAs } from './say-as.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => {
  await house.end()
})

const terms = {
  scope: [{ action: 'docs/read_text_file', resource: 'docs:public/*' }],
  classes: ['read'],
  ceiling: 'internal',
  depthMax: 0,
  reason: 'r',
  days: 1,
} as const

const statesOf = async (identity: string): Promise<readonly string[]> =>
  (await house.people.ada.client.delegations.list(identity)).grants.map(({ state }) => state)

/** What the newest entry says by which a grant ended: which of the two it was, and why. */
async function whyEnded(): Promise<unknown> {
  const { client } = house.people.lin
  const { size } = await client.entries.list({ limit: 1 })
  const { entries } = await client.entries.list({ from: size - 10, limit: 10 })
  return entries.findLast(({ entry }) => entry.kind === 'delegation.ended')?.entry.data
}

/** Two identities of Ada and a grant between them, to which Grace said yes. */
async function grantBetween(
  name: string,
): Promise<{ readonly from: string; readonly to: string; readonly id: string }> {
  const { ada, grace } = house.people
  const from = await register(house, makeSummariser(house, `${name}-from`))
  const to = await register(house, makeSummariser(house, `${name}-to`))
  const { approval, grant } = await ada.client.delegations.ask(from, { to, ...terms })
  await grace.client.approvals.vote(approval.id, 'approve', 'yes')
  return { from, to, id: grant.id }
}

describe('a grant between two identities ends', () => {
  it('with either of them that is retired', async () => {
    const { ada } = house.people
    const { from, to } = await grantBetween('retired')
    await ada.client.acting.let({ to, ...terms })
    await ada.client.identities.retire(to, 'Over')
    expect(await statesOf(from)).toEqual(['ended'])
    expect((await ada.client.acting.grants()).grants.map(({ state }) => state)).toEqual(['ended'])
    const back = await grantBetween('giver')
    const told = await sayAs(house, ada, ['identity', 'retire', back.from, '--reason', 'Over'], 400)
    expect(told.said).toContain(`that ended: ${back.id}.`)
    expect(await statesOf(back.to)).toEqual(['ended'])
  })

  it('with the word of who answered for one of them, and does not come back with that person', async () => {
    const { ada, grace, lin } = house.people
    const { from, to, id } = await grantBetween('moved')
    const sponsored = { owner: ada.id, sponsor: lin.id, reason: 'Another second' }
    expect((await ada.client.identities.reassign(to, sponsored)).grantsEnded).toBeUndefined()
    expect(await statesOf(from)).toEqual(['granted'])
    const moved = await ada.client.identities.reassign(to, { owner: grace.id, sponsor: lin.id, reason: 'Hers now' })
    expect(moved.grantsEnded).toEqual([id])
    expect(await statesOf(from)).toEqual(['ended'])
    expect(await whyEnded()).toMatchObject({ grantId: id, reason: 'moved-to gets another owner: Hers now' })
    await ada.client.identities.reassign(to, { ...sponsored, reason: 'Hers no more' })
    expect(await statesOf(from)).toEqual(['ended'])
  })

  it('also where it is given in the very moment in which another one comes to answer for it', async () => {
    const { ada, grace, lin } = house.people
    for (let at = 0; at < 12; at += 1) {
      const to = await register(house, makeSummariser(house, `raced-${at}`))
      const lettings = Array.from({ length: 12 }, async (_, after) => {
        await setTimeout(after * 3)
        await ada.client.acting.let({ to, ...terms }).catch(() => null)
      })
      await setTimeout(at)
      await ada.client.identities.reassign(to, { owner: grace.id, sponsor: lin.id, reason: 'Hers now' })
      await Promise.all(lettings)
      const { grants } = await grace.client.delegations.list(to)
      expect(grants.filter(({ state, toOwner }) => state !== 'ended' && toOwner !== grace.id)).toEqual([])
      for (const { id, state } of grants) if (state !== 'ended') await ada.client.delegations.end(to, id, 'Tried')
    }
  })

  it('while people are asked about it, and they are asked no more', async () => {
    const { ada, grace } = house.people
    const [from, to] = [
      await register(house, makeSummariser(house, 'asks')),
      await register(house, makeSummariser(house, 'asked')),
    ]
    const first = await ada.client.delegations.ask(from, { to, ...terms })
    const again = await ada.client.delegations.ask(from, { to, ...terms, reason: 'Once more' })
    expect(first.cautions).toEqual([])
    expect(again.cautions).toEqual([
      `The same is waiting already by ${first.grant.id}: both have to be ended before that is over.`,
    ])
    await ada.client.delegations.end(from, first.grant.id, 'Twice')
    await ada.client.identities.retire(to, 'Over')
    expect(await statesOf(from)).toEqual(['ended', 'ended'])
    for (const { approval } of [first, again])
      expect(await problemOf(grace.client.approvals.vote(approval.id, 'approve', 'yes'))).toMatchObject({
        code: 'approval_closed',
      })
  })

  it('and so do tasks, where the reason is so long that it is cut within a character', async () => {
    const { ada, grace, lin } = house.people
    for (const [name, reason] of [
      ['even', '😀'.repeat(1_000)],
      ['odd', `.${'😀'.repeat(999)}.`],
    ] as const) {
      const { from, to } = await grantBetween(name)
      await ada.client.identities.reassign(to, { owner: grace.id, sponsor: lin.id, reason })
      expect(await statesOf(from)).toEqual(['ended'])
      const retired = await grantBetween(`${name}-retired`)
      await ada.client.identities.retire(retired.to, reason)
      expect(await statesOf(retired.from)).toEqual(['ended'])
      const works = makeSummariser(house, `${name}-works`)
      const working = await register(house, works)
      const task = await openTask(house, works)
      await ada.client.identities.suspend(working, reason)
      expect((await ada.client.tasks.show(task)).task.state).toBe('revoked')
    }
  })
})
