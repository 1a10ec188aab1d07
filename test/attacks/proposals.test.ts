import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { envelopes } from '../../sdk/envelope.ts'
import type { Approval, Envelope } from '../../sdk/nouns.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, enter, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { callTool, type Heard, verdictOn } from './intruder.ts'

let house: House
let actor: Actor

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const plain = makeSummariser(house, 'asks-for-a-few')
  const entitlements = plain.entitlements.map((row) => ({ ...row, approval: 'each-call' as const, approvers: 2 }))
  actor = { ...plain, entitlements }
  await register(house, actor)
})
afterAll(async () => void (await house.end()))

const wish: Envelope = {
  usesMax: 3,
  lifeSeconds: 600,
  terms: [{ name: 'head', atMost: 10 }],
  resources: ['docs:public/*'],
  total: null,
}
const path = 'public/handbook.md'

async function open(): Promise<AccessToken> {
  const { token, gateway } = await enter(actor, await openTask(house, actor))
  await gateway.close()
  return token
}

const send = (token: AccessToken, args: object, meta?: object): Promise<Heard> =>
  callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: args, ...(meta && { _meta: meta }) }))
const idIn = ({ json }: Heard): string => json.result?._meta?.['dev.remit/denial']?.ask?.approvalId ?? ''
const sentenceIn = ({ text }: Heard): string => text
const show = async (id: string): Promise<Approval> => (await house.people.lin.client.approvals.show(id)).approval
const approve = (who: 'lin' | 'grace' | 'ada', id: string, envelope?: Envelope) =>
  house.people[who].client.approvals.vote(id, 'approve', 'A few', envelope)

describe('an agent whose call is held', () => {
  it('is told how to ask for more than one, and does so with the call itself', async () => {
    const token = await open()
    const held = await send(token, { path, head: 3 })
    expect(sentenceIn(held)).toContain('_meta dev.remit/envelope')
    const id = idIn(held)
    expect((await show(id)).proposed).toBeUndefined()
    const again = await send(token, { path, head: 3 }, envelopes.propose(wish, 'I read ten of them'))
    expect([verdictOn(again), idIn(again)]).toEqual(['approval_required', id])
    const row = await show(id)
    expect([row.proposed, row.asked['justification'], row.votes]).toEqual([wish, 'I read ten of them', []])
    const denial = again.json.result?._meta?.['dev.remit/denial'] as { readonly entry?: number } | undefined
    const told = await house.people.lin.client.entries.show(denial?.entry ?? -1)
    expect(told.entry.data).toMatchObject({ approvalId: id, proposed: { usesMax: 3 } })
  })

  it('proposes it with the first call too, and the second yes is to what the first was to', async () => {
    const token = await open()
    const id = idIn(await send(token, { path, head: 3 }, envelopes.propose(wish)))
    const less = { ...wish, usesMax: 2 }
    const first = await approve('lin', id, less)
    expect((await house.people.lin.client.entries.show(first.entry)).entry.data['proposal']).toBe('less than proposed')
    await expect(approve('grace', id, wish)).rejects.toMatchObject({ code: 'conflict' })
    expect(verdictOn(await send(token, { path, head: 9 }))).toBe('approval_required')
    await approve('grace', id, less)
    for (const verdict of ['permitted', 'permitted', 'approval_required'])
      expect(verdictOn(await send(token, { path, head: 9 }))).toBe(verdict)
  })

  it('says nothing else once somebody has answered', async () => {
    const token = await open()
    const id = idIn(await send(token, { path, head: 3 }, envelopes.propose(wish)))
    await approve('lin', id, wish)
    await send(token, { path, head: 3 }, envelopes.propose({ ...wish, usesMax: 900 }, 'More'))
    const row = await show(id)
    expect([row.proposed?.usesMax, row.envelope?.usesMax, row.asked['justification']]).toEqual([3, 3, undefined])
  })

  it('may change its mind before, and thirty that do so at once are one question', async () => {
    const token = await open()
    const id = idIn(await send(token, { path, head: 3 }))
    const heard = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        send(token, { path, head: 3 }, envelopes.propose({ ...wish, usesMax: at + 1 })),
      ),
    )
    expect(new Set(heard.map(idIn))).toEqual(new Set([id]))
    expect((await show(id)).proposed?.usesMax).toBeGreaterThan(0)
  })

  it('cannot have people say yes to more than they were shown: what it proposes anew is no wider', async () => {
    const token = await open()
    const id = idIn(await send(token, { path, head: 3 }, envelopes.propose(wish, 'Three')))
    const shown = await show(id) // a person reads this, and then says yes `--as-proposed`
    const wider: readonly Partial<Envelope>[] = [
      { usesMax: 900 },
      { lifeSeconds: 8 * 3_600 },
      { resources: ['docs:*'] },
      { terms: [{ name: 'head', any: true }] },
    ]
    for (const more of wider) {
      const heard = await send(token, { path, head: 3 }, envelopes.propose({ ...wish, ...more }, 'More'))
      expect([verdictOn(heard), idIn(heard)]).toEqual(['approval_required', id])
      expect(sentenceIn(heard)).toContain('shown less')
      const { proposed, asked } = await show(id)
      expect([proposed, asked]).toEqual([shown.proposed, shown.asked])
    }
    await send(token, { path, head: 3 }, envelopes.propose({ ...wish, usesMax: 2 }))
    expect((await show(id)).proposed?.usesMax).toBe(2)
  })

  it('gets nothing by a proposal: not a call, and not by the chain that asks', async () => {
    const token = await open()
    const id = idIn(await send(token, { path, head: 3 }, envelopes.propose({ ...wish, usesMax: 1_000 })))
    expect(verdictOn(await send(token, { path, head: 3 }))).toBe('approval_required')
    await expect(approve('ada', id)).rejects.toMatchObject({ code: 'self_approval' }) // she wrote what it may do
  })
})

describe('a proposal that is none', () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['no object', 7],
    ['a misspelt bound', { ...wish, usesMost: 3 }],
    ['no end', { usesMax: 3 }],
    ['a use too many', { ...wish, usesMax: 1_001 }],
    ['an end too far', { ...wish, lifeSeconds: 8 * 3_600 + 1 }],
    ['no use', { ...wish, usesMax: 0 }],
    ['an odd term', { ...wish, terms: [{ name: 'head', atLeast: 3 }] }],
    ['more terms than fit', { ...wish, terms: Array.from({ length: 21 }, (_, at) => ({ name: `a${at}`, any: true })) }],
    ['a wild pattern', { ...wish, resources: ['docs:*/a'] }],
    ['more bytes than fit', { ...wish, terms: [{ name: 'head', oneOf: ['x'.repeat(2_000), 'y'.repeat(2_000), 'z'] }] }],
  ]
  it.each(rows)('is refused before anything is decided: %s', async (_, envelope) => {
    const token = await open()
    expect(verdictOn(await send(token, { path, head: 3 }, { 'dev.remit/envelope': envelope }))).toBe('request_invalid')
  })

  it('is refused where its reason is no text, or too long', async () => {
    const token = await open()
    for (const words of [7, 'x'.repeat(2_001)])
      expect(verdictOn(await send(token, { path, head: 3 }, { 'dev.remit/justification': words }))).toBe(
        'request_invalid',
      )
  })

  const misfits: readonly (readonly [string, Partial<Envelope>, string])[] = [
    ['an argument that is not there', { terms: [{ name: 'tail', any: true }] }, 'has no argument'],
    ['what names the resources', { terms: [{ name: 'path', any: true }] }, 'say the resources instead'],
    ['less than the call itself', { terms: [{ name: 'head', atMost: 2 }] }, 'was 3 when it was asked'],
    ['other resources', { resources: ['docs:internal/*'] }, 'is not among the resources'],
  ]
  it.each(misfits)('asks nobody where it names %s', async (_, more, sentence) => {
    const token = await open()
    const heard = await send(token, { path, head: 3 }, envelopes.propose({ ...wish, ...more }))
    expect([verdictOn(heard), idIn(heard)]).toEqual(['approval_required', ''])
    expect(sentenceIn(heard)).toContain(sentence)
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
    expect(approvals.filter((row) => row.subjectId === token.taskId)).toEqual([])
  })

  it('changes nothing of a question that is open', async () => {
    const token = await open()
    const id = idIn(await send(token, { path, head: 3 }, envelopes.propose(wish)))
    const heard = await send(
      token,
      { path, head: 3 },
      envelopes.propose({ ...wish, terms: [{ name: 'x', any: true }] }),
    )
    expect(idIn(heard)).toBe('')
    expect((await show(id)).proposed).toEqual(wish)
  })

  it('goes nowhere near the server behind the gateway', async () => {
    const plain = makeSummariser(house, `plain-${Date.now()}`)
    await register(house, plain)
    const { token, gateway } = await enter(plain, await openTask(house, plain))
    await gateway.close()
    expect(verdictOn(await send(token, { path, head: 3 }, envelopes.propose(wish)))).toBe('permitted')
  })
})
