import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { type RawAnswer, sendRaw } from './raw.ts'

const plans = { resource: { type: 'resource', id: 'docs:internal/plans.md' } }
const handbook = { resource: { type: 'resource', id: 'docs:public/handbook.md' } }
const salaries = { resource: { type: 'resource', id: 'docs:confidential/salaries.csv' } }

interface Answered {
  readonly evaluations: readonly { readonly decision: boolean; readonly context: Readonly<Record<string, unknown>> }[]
}

describe('several questions at once (AuthZEN 1.0 Access Evaluations)', () => {
  let house: House
  let token: AccessToken

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const actor = makeSummariser(house)
    await register(house, actor)
    token = await actor.agent.exchange(await openTask(house, actor), house.url)
  })
  afterAll(async () => {
    await house.end(40)
  })

  const send = (body: string): Promise<RawAnswer> =>
    sendRaw(house.url, {
      method: 'POST',
      path: '/access/v1/evaluations',
      headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' },
      body,
    })
  const ask = (evaluations: unknown, more: object = {}): Promise<RawAnswer> =>
    send(
      JSON.stringify({
        subject: { type: 'task', id: token.taskId },
        action: { name: 'docs/read_text_file' },
        evaluations,
        ...more,
      }),
    )
  const decisionsOf = ({ json }: RawAnswer): boolean[] =>
    (json as unknown as Answered).evaluations.map((each) => each.decision)
  const semantic = (name: string): object => ({ options: { evaluations_semantic: name, another_option: 'value' } })

  it('are answered in their order, and each is on record', async () => {
    const answer = await ask([plans, salaries, handbook])
    expect([answer.status, decisionsOf(answer), 'decision' in answer.json]).toEqual([200, [true, false, true], false])
    const { evaluations } = answer.json as unknown as Answered
    const entries = await Promise.all(
      evaluations.map(({ context }) => house.people.lin.client.entries.show(Number(context['entry']))),
    )
    expect(entries.map(({ entry }) => entry.kind)).toEqual(['decision.permit', 'decision.denial', 'decision.permit'])
  })

  it.each([
    ['all of them', 'execute_all', [plans, salaries, handbook], [true, false, true]],
    ['up to the first no', 'deny_on_first_deny', [plans, salaries, handbook], [true, false]],
    ['all of them where none is a no', 'deny_on_first_deny', [plans, handbook], [true, true]],
    ['up to the first yes', 'permit_on_first_permit', [salaries, plans, handbook], [false, true]],
    ['up to the first no that is a fault', 'deny_on_first_deny', [plans, {}, handbook], [true, false]],
  ])('are answered as their semantic says: %s', async (_, name, evaluations, decisions) => {
    expect(decisionsOf(await ask(evaluations, semantic(name)))).toEqual(decisions)
  })

  it('take a default as a whole or not at all', async () => {
    const inherited = await ask([{}, salaries], plans)
    expect(decisionsOf(inherited)).toEqual([true, false])
    const half = await ask([{ resource: { type: 'resource' } }, { action: { name: 'x' } }], plans)
    expect(decisionsOf(half)).toEqual([false, false])
  })

  it.each([
    ['lacks its resource', {}],
    ['has a subject that is a text', { ...plans, subject: 'alice' }],
    ['has an action whose name is a number', { ...plans, action: { name: 123 } }],
    ['has a context that is a list', { ...plans, context: [] }],
    ['takes its default away', { ...plans, subject: null }],
  ])('are answered, with a no to the one that %s', async (_, wrong) => {
    const answer = await ask([plans, wrong])
    expect([answer.status, decisionsOf(answer)]).toEqual([200, [true, false]])
    const { context } = (answer.json as unknown as Answered).evaluations[1] ?? { context: { entry: -1 } }
    expect(context).toMatchObject({ code: 'request_invalid', entry: expect.any(Number) })
    const { entry } = await house.people.lin.client.entries.show(Number(context['entry']))
    expect([entry.kind, entry.data['code']]).toEqual(['decision.denial', 'request_invalid'])
  })

  it.each([
    ['none', []],
    ['no list', undefined],
  ])('are one question where there is %s', async (_, evaluations) => {
    const { status, json } = await ask(evaluations, plans)
    expect([status, json['decision'], json['evaluations']]).toEqual([200, true, undefined])
  })

  it.each([
    ['none, and no resource', []],
    ['no list', 'all'],
    ['a list of no objects', [1]],
    ['a list of nothing', [null]],
    ['one more than are taken', Array.from({ length: LIMITS.evaluationsMax + 1 }, () => plans)],
    ['ten thousand', Array.from({ length: 10_000 }, () => ({}))],
  ])('are refused as a whole where they are %s', async (_, evaluations) => {
    const before = (await house.people.lin.client.entries.list({ limit: 1 })).size
    const { status, text } = await ask(evaluations)
    expect([status, typeof JSON.parse(text)]).toEqual([400, 'string'])
    const after = (await house.people.lin.client.entries.list({ limit: 1 })).size
    expect(after - before).toBe(1) // the refusal, and no decision
  })

  it.each([
    ['a default that is half', { resource: { type: 'resource' } }],
    ['a semantic that nobody knows', semantic('execute_some')],
    ['options that are a text', { options: 'all' }],
  ])('are refused as a whole for %s', async (_, more) => {
    expect((await ask([plans], more)).status).toBe(400)
  })

  it('are refused where their body is too large', async () => {
    const large = 'x'.repeat(LIMITS.bodyBytesMax)
    expect((await ask([{ ...plans, context: { large } }])).status).toBe(413)
  })

  it('tell what is too many', async () => {
    const { text } = await ask(Array.from({ length: 10_000 }, () => ({})))
    expect(text).toContain(`${LIMITS.evaluationsMax}`)
  })
})
