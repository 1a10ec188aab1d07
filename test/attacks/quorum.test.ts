import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Actor, codeOf, enter, furnish, makeSummariser, openTask, problemOf, register } from '../scenarios/cast.ts'
import { callTool, verdictOn } from './intruder.ts'

let house: House
let actor: Actor
let third: Somebody

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const plain = makeSummariser(house, 'asks-two')
  actor = { ...plain, entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call', approvers: 2 })) }
  await register(house, actor)
  third = await invite('tess')
})

afterAll(async () => void (await house.end()))

const invite = async (name: string): Promise<Somebody> =>
  house.signIn(
    (await house.people.ada.client.people.add({ name, email: `${name}@example.org`, roles: ['approver'] })).link,
  )

const args = JSON.stringify({ name: 'read_text_file', arguments: { path: 'public/handbook.md' } })
const call = async (token: AccessToken): Promise<string> => verdictOn(await callTool(house, token, args))

async function hold(): Promise<{ readonly token: AccessToken; readonly id: string }> {
  const { token, gateway } = await enter(actor, await openTask(house, actor))
  await gateway.close()
  const held = await callTool(house, token, args)
  return { token, id: held.json.result?._meta?.['dev.remit/denial']?.ask?.approvalId ?? '' }
}

const say = (who: Somebody, id: string, verdict: 'approve' | 'deny' = 'approve'): Promise<string> =>
  codeOf(who.client.approvals.vote(id, verdict, 'Seen'))
const stateOf = async (id: string): Promise<string> => (await third.client.approvals.show(id)).approval.state

describe('a call that two have to approve', () => {
  it('waits for two different people, neither of whom owns it', async () => {
    const { ada, lin } = house.people
    await ada.client.people.setRoles(ada.id, ['admin', 'owner', 'approver'])
    const { token, id } = await hold()
    expect(await say(ada, id)).toBe('self_approval')
    expect(await say(lin, id)).toBe('answered')
    expect([await say(lin, id), await call(token)]).toEqual(['seat_missing', 'approval_required'])
    expect(await say(third, id)).toBe('answered')
    expect([await stateOf(id), await call(token), await call(token)]).toEqual([
      'approved',
      'permitted',
      'approval_required',
    ])
  })

  it('hears two who say yes at the same moment', async () => {
    for (let at = 0; at < 5; at++) {
      const { token, id } = await hold()
      expect(await Promise.all([say(house.people.lin, id), say(third, id)])).toEqual(['answered', 'answered'])
      expect([await stateOf(id), await call(token)]).toEqual(['approved', 'permitted'])
    }
  })

  it('takes one of five votes that one person casts at the same moment', async () => {
    const { id } = await hold()
    const codes = await Promise.all(Array.from({ length: 5 }, () => say(third, id)))
    expect(codes.toSorted()).toEqual(['answered', ...Array<string>(4).fill('seat_missing')])
    expect((await third.client.approvals.show(id)).approval.votes).toHaveLength(1)
  })

  it('is denied by one no, whichever comes first, and no yes comes after it', async () => {
    for (let at = 0; at < 5; at++) {
      const { token, id } = await hold()
      expect(await say(house.people.lin, id)).toBe('answered')
      const fourth = await invite(`no-${at}`)
      const [yes, no] = await Promise.all([say(third, id), say(fourth, id, 'deny')])
      expect([yes, no].toSorted()).toEqual(['answered', 'approval_closed'].toSorted())
      expect(await stateOf(id)).toBe(no === 'answered' ? 'denied' : 'approved')
      expect(await call(token)).toBe(no === 'answered' ? 'approval_required' : 'permitted')
    }
  })

  it('counts nowhere once one of the two has left before it is used', async () => {
    const { token, id } = await hold()
    const leaver = await invite('leaver')
    expect(await Promise.all([say(leaver, id), say(third, id)])).toEqual(['answered', 'answered'])
    await house.people.ada.client.people.leave(leaver.id)
    expect(await call(token)).toBe('approval_required')
  })

  it('is asked about anew as soon as it is sent again, once one of those who said yes is gone', async () => {
    const { ada, lin } = house.people
    for (const leave of ['left', 'demoted'] as const) {
      const { token, id } = await hold()
      const leaver = await invite(`early-${leave}`)
      expect(await say(leaver, id)).toBe('answered')
      await (leave === 'left' ? ada.client.people.leave(leaver.id) : ada.client.people.setRoles(leaver.id, ['auditor']))
      const { code, detail } = (await problemOf(lin.client.approvals.vote(id, 'approve', 'Seen'))) ?? {}
      expect([code, detail]).toEqual([
        'approval_closed',
        expect.stringContaining('Leave it: whoever sends the same again has people asked anew.'),
      ])
      const heard = await callTool(house, token, args)
      const anew = heard.json.result?._meta?.['dev.remit/denial']?.ask?.approvalId ?? ''
      expect(anew).not.toBe(id)
      expect((await callTool(house, token, args)).text).toContain(anew) // once, however often it is sent
      for (const who of [lin, third]) expect(await say(who, anew)).toBe('answered')
      expect(await call(token)).toBe('permitted')
    }
  })

  it('is not asked for where no call is approved at all', async () => {
    const plain = makeSummariser(house, 'asks-nobody')
    const entitlements = plain.entitlements.map((row) => ({ ...row, approvers: 2 }))
    expect(await codeOf(register(house, { ...plain, entitlements }))).toBe('request_invalid')
  })
})
