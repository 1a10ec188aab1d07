import { describe, expect, it } from 'vitest'
import { type Asking, ask, asking, evaluate, stage, wantedBy } from '../../../test/decide/access.ts'
import { personOf, read, reader, startMs } from '../../../test/decide/world.ts'
import type { Envelope } from '../../contract/approval/envelope.ts'
import type { Decision } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { EvaluationRequest } from '../requests.ts'
import { bindQuestion } from './evaluated.ts'

describe('a question to people about an evaluation', () => {
  it('shows them all of it, with who asks and why, and bars those who ask', async () => {
    const held = await stage()
    const approval = await ask(
      held,
      {},
      { justification: 'The audit needs it', keyDigest: 'key', by: { kind: 'person', id: 'psn_sponsor' } },
    )
    expect(approval).toMatchObject({
      subject: 'call',
      subjectId: held.agent.task.id,
      state: 'pending',
      seats: ['security'],
      usesMax: 1,
      requestedBy: [reader.id, 'psn_asker', 'psn_sponsor'],
      request: {
        by: { kind: 'person', id: 'psn_sponsor' },
        keyDigest: 'key',
        binding: bindQuestion(asking(held)).binding,
        evaluation: 7,
      },
      asked: {
        action: 'docs/read_text_file',
        arguments: {
          amount: 5,
          '@subject': { department: 'sales' },
          '@resource': { owner: 'x' },
          '@context': { place: 'here' },
        },
        justification: 'The audit needs it',
        goal: held.agent.task.goal,
      },
    })
    expect(approval).not.toHaveProperty('proposed')
  })

  it('is put to them no more once one of them has said no, and the denial says so', async () => {
    const held = await stage()
    const { id } = await ask(held)
    held.world.change('approvals', id, { state: 'denied' })
    const denial = held.world.refuse(await evaluate(held))
    expect(denial.ask?.sentence).toContain(`A person has said no to exactly this (${id})`)
    await expect(ask(held)).rejects.toMatchObject({ code: 'not_requestable', detail: denial.ask?.sentence })
  })

  it('shows nothing of what was not said, and cuts what is said at length', async () => {
    const held = await stage()
    const bare = { subject: { properties: {} }, resource: { properties: {} }, action: { properties: {} } }
    const request = { ...asking(held, bare), context: {} }
    const denial = held.world.refuse(await held.world.decide.access(request, held.agent, wantedBy(held, request)))
    const plain = held.world.rows.get('approvals', denial.ask?.approvalId ?? '')
    expect(plain?.asked['arguments']).toEqual({})
    expect(plain?.asked).not.toHaveProperty('justification')
    const long = await ask(held, { context: { place: 'b' } }, { justification: 'x'.repeat(LIMITS.textCharsMax + 1) })
    expect(long.asked).toMatchObject({ justification: expect.stringMatching(/^x+… \(2001 characters\)$/) })
  })

  it('shows them what is wished for beyond it, and beside what else it was asked', async () => {
    const held = await stage()
    const wish = { untilMs: startMs + 60_000, isEmergency: true }
    const bundle = { id: 'apr_first', at: 1 }
    const approval = await ask(held, {}, { wish, bundle, together: 3, id: 'apr_named' })
    expect(approval).toMatchObject({
      id: 'apr_named',
      request: { bundle },
      asked: { requestedUntilMs: startMs + 60_000, emergency: true, askedTogether: '2 of 3' },
    })
    expect((await ask(held, { context: { place: 'c' } }, { bundle })).asked).not.toHaveProperty('askedTogether')
    const plain = await ask(held, { context: { place: 'b' } }, { wish: { isEmergency: false }, together: 3 })
    for (const name of ['requestedUntilMs', 'emergency', 'askedTogether']) expect(plain.asked).not.toHaveProperty(name)
    expect(plain.request).not.toHaveProperty('bundle')
  })

  it('is told in the entry, with the evaluation that it is about', async () => {
    const held = await stage()
    const request = asking(held)
    const wanted = wantedBy(held, request, { justification: 'why' })
    const denial = held.world.refuse(await held.world.decide.access(request, held.agent, wanted))
    const { approvalId } = denial.ask ?? {}
    expect(denial).toMatchObject({ code: 'approval_required', reasons: [{ rule: 'law:each-call' }] })
    expect(denial.ask?.sentence).toContain('People have been asked')
    expect(denial.entry.data).toMatchObject({
      identityId: reader.id,
      approvalId,
      evaluation: 7,
      justification: 'why',
    })
  })

  it('can propose an envelope, but none that cannot be given', async () => {
    const held = await stage()
    const proposed = (terms: Envelope['terms']): Envelope => ({
      usesMax: 3,
      lifeSeconds: 60,
      terms,
      resources: [],
      total: null,
    })
    const approval = await ask(held, {}, { wish: { envelope: proposed([{ name: 'amount', atMost: 10 }]) } })
    expect(approval.proposed).toEqual(proposed([{ name: 'amount', atMost: 10 }]))
    const beyond = ask(
      held,
      { context: { place: 'b' } },
      { wish: { envelope: proposed([{ name: 'amount', atMost: 1 }]) } },
    )
    await expect(beyond).rejects.toMatchObject({ code: 'request_invalid', detail: expect.stringContaining('amount') })
  })

  it('is not put where nobody has to approve: then that is answered', async () => {
    const held = await stage()
    held.world.change('entitlements', 'ent_reader', { approval: 'none' })
    const request = asking(held)
    const decide = (more: EvaluationRequest): Promise<Decision> =>
      held.world.decide.access(more, held.agent, wantedBy(held, more))
    expect(await decide(request)).toMatchObject({ outcome: 'permit' })
    expect(await decide(asking(held, { resource: { id: '/board/a' } }))).toMatchObject({ code: 'scope_exceeded' })
  })

  it('is put once at a time, and again once it is late', async () => {
    const held = await stage()
    const { id } = await ask(held)
    await expect(ask(held)).rejects.toMatchObject({
      code: 'duplicate_request',
      detail: 'This is being asked already.',
      facts: { task: id },
    })
    held.world.change('approvals', id, { expiresMs: held.world.nowMs })
    expect((await ask(held)).id).not.toBe(id)
  })

  it('is put again once somebody who said yes is gone, so that no other yes to it counts', async () => {
    const held = await stage()
    const { id } = await ask(held)
    const votes = [{ personId: 'psn_voter', seat: 'security', verdict: 'approve', reason: 'fine', atMs: 1 }] as const
    held.world.change('approvals', id, { votes })
    await expect(ask(held)).rejects.toMatchObject({ code: 'duplicate_request' })
    held.world.change('persons', 'psn_voter', { state: 'left' })
    expect((await ask(held)).id).not.toBe(id)
    expect(held.world.rows.get('approvals', id)).toMatchObject({ state: 'pending' })
  })

  it('takes a key for one request, of the one who sent it', async () => {
    const held = await stage()
    const { id } = await ask(held, {}, { keyDigest: 'key' })
    const other: Asking = { context: { place: 'there' } }
    await expect(ask(held, other, { keyDigest: 'key' })).rejects.toMatchObject({
      code: 'duplicate_request',
      detail: 'This Idempotency-Key came with another request.',
      facts: { task: id },
    })
    const somebody = { kind: 'person', id: 'psn_sponsor' } as const
    expect((await ask(held, other, { keyDigest: 'key', by: somebody })).id).not.toBe(id)
    expect((await ask(held, { context: { place: 'b' } }, { keyDigest: 'another' })).id).not.toBe(id)
  })

  it('that comes again with its key is being asked already', async () => {
    const held = await stage()
    await ask(held, {}, { keyDigest: 'key' })
    await expect(ask(held, {}, { keyDigest: 'key' })).rejects.toMatchObject({ detail: 'This is being asked already.' })
  })

  it('with a key is put beside a question about a call, which has none', async () => {
    const held = await stage()
    held.world.refuse(await held.world.decide.call(held.agent, read()))
    expect((await ask(held, {}, { keyDigest: 'key' })).state).toBe('pending')
  })

  it('without a key is no repetition of another without one', async () => {
    const held = await stage()
    const { id } = await ask(held)
    expect((await ask(held, { context: { place: 'there' } })).id).not.toBe(id)
  })

  it('waits where a task has as many open as people oversee, of which late ones are none', async () => {
    const held = await stage()
    const ids: string[] = []
    for (let at = 0; at < LIMITS.pendingCallApprovalsMax; at++) ids.push((await ask(held, { context: { at } })).id)
    await expect(ask(held, { context: { at: -1 } })).rejects.toMatchObject({
      code: 'rate_limited',
      detail: expect.stringContaining('Too many questions'),
    })
    held.world.change('approvals', ids[0] ?? '', { expiresMs: held.world.nowMs })
    expect(ids).not.toContain((await ask(held, { context: { at: -1 } })).id)
  })

  it('waits where so much of the identity is open in other tasks, and is put no more after so many times no', async () => {
    const { world } = await stage()
    let agent = await world.start()
    for (let at = 0; at < LIMITS.pendingPerAskerMax; at++) {
      if (at % LIMITS.pendingCallApprovalsMax === 0) agent = await world.start()
      await ask({ world, agent }, { context: { at } })
    }
    const held = { world, agent: await world.start() }
    await expect(ask(held)).rejects.toMatchObject({
      code: 'rate_limited',
      detail: '100 questions that were put for this identity are open in its tasks; wait until they are answered.',
      facts: { retryAfterSeconds: LIMITS.askAgainSeconds },
    })
    for (const { id } of world.rows.all('approvals')) world.change('approvals', id, { state: 'denied' })
    await expect(ask(held)).rejects.toMatchObject({
      code: 'not_requestable',
      detail: expect.stringContaining('whatever the task.'),
    })
  })

  it('of whoever asks for an agent is not silenced by what people said no to of that agent, nor the other way', async () => {
    const { world, agent } = await stage()
    const { id: taskId } = agent.task
    const person = personOf(world)
    for (let at = 0; at < LIMITS.deniedCallsMax; at++)
      world.change('approvals', (await ask({ world, agent }, { context: { at } })).id, { state: 'denied' })
    await expect(ask({ world, agent })).rejects.toMatchObject({ code: 'not_requestable' })
    const request = asking({ world, agent })
    const by = { kind: 'person', id: person.person.id } as const
    const decision = await world.decide.access(request, person, wantedBy({ world, agent }, request, { by }))
    const approval = world.rows.get('approvals', world.refuse(decision).ask?.approvalId ?? '')
    expect(approval).toMatchObject({ subjectId: taskId, asker: `${reader.id} ${by.id}` })
  })

  const names = (count: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, 1]))
  const most = LIMITS.shownArgumentsMax - 3
  const unaskable: [string, Asking, string][] = [
    [
      'a property of the action that could be taken for a part of it',
      { action: { properties: { '@context': 1 } } },
      'begins with @',
    ],
    ['more properties than a person oversees', { action: { properties: names(most) } }, 'more properties'],
    ['a longer name than a person oversees', { context: { ['n'.repeat(LIMITS.nameCharsMax + 1)]: 1 } }, 'longer names'],
  ]
  it.each(unaskable)('is never put with %s', async (_, more, says) => {
    const held = await stage()
    const denial = held.world.refuse(await evaluate(held, more))
    expect(denial).toMatchObject({ code: 'approval_required', ask: { sentence: expect.stringContaining(says) } })
    await expect(ask(held, more)).rejects.toMatchObject({
      code: 'not_requestable',
      detail: expect.stringContaining(says),
    })
  })

  it('is put with as many properties and as long names as a person oversees', async () => {
    const held = await stage()
    const properties = { ...names(most - 2), ['n'.repeat(LIMITS.nameCharsMax)]: 1 }
    expect((await ask(held, { action: { properties } })).state).toBe('pending')
    expect((await ask(held, { action: { properties: { 'a@': 1 } } })).state).toBe('pending')
  })
})
