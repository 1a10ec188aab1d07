import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Gateway } from '../../cli/demo/gateway.ts'
import type { AccessToken } from '../../sdk/agent.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  codeOf,
  connect,
  furnish,
  makeReleaser,
  openTask,
  problemOf,
  register,
  reviewLongTool,
  startLongCall,
  verdictOf,
} from './cast.ts'

describe('a strong agent that proves a key', () => {
  let house: House
  let actor: Actor
  let taskId: string
  let token: AccessToken
  let gateway: Gateway
  const notes = '# Release 4.2\n'

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    await reviewLongTool(house)
    actor = await makeReleaser(house)
    await register(house, actor)
  })
  afterAll(async () => {
    await gateway.close()
    await house.end(40)
  })

  const call = (content: string): Promise<Awaited<ReturnType<Gateway['call']>>> =>
    gateway.call('write_file', { path: join(house.documents, 'public', 'notes.md'), content })
  const pendingCalls = async (): Promise<
    readonly { readonly id: string; readonly asked: Readonly<Record<string, unknown>> }[]
  > =>
    (await house.people.lin.client.approvals.list({ state: 'pending' })).approvals.filter(
      (row) => row.subject === 'call',
    )

  it('is of tier T3, which asks for two people', async () => {
    const { tier, identity } = await house.people.lin.client.identities.show('release-agent')
    expect(tier).toMatchObject({ tier: 'T3', terms: { activationSeats: ['owner', 'security'] } })
    expect(identity.state).toBe('active')
  })

  it('waits for a person before its task is worth anything', async () => {
    const opened = await actor.agent.openTask(actor.task)
    expect(opened).toMatchObject({ task: { state: 'waiting' }, approvalId: expect.any(String) })
    const refusal = await problemOf(actor.agent.exchange(opened.task.id, actor.agent.gatewayUrl('docs')))
    expect(refusal).toMatchObject({ code: 'approval_required', status: 400 })
    taskId = opened.task.id
    const { ada, lin } = house.people
    expect(await codeOf(ada.client.approvals.vote(opened.approvalId ?? '', 'approve', 'Mine'))).toBe('self_approval')
    expect((await lin.client.approvals.vote(opened.approvalId ?? '', 'approve', 'Planned')).effect).toBe('task active')
  })

  it('gets no token without showing its key', async () => {
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await actor.assertion(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${house.url}/mcp/docs`,
      authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
    }
    const answer = await house.fetch(`${house.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_dpop_proof', code: 'proof_missing' })
  })

  it('gets a token bound to its key, which is worth nothing without it', async () => {
    token = await actor.agent.exchange(taskId, actor.agent.gatewayUrl('docs'))
    expect(token.type).toBe('DPoP')
    expect(await house.people.lin.client.tokens.introspect(token.value)).toMatchObject({
      active: true,
      cnf: { jkt: actor.key?.thumbprint },
    })
    const stolen = createTokenFetch({ token: async () => ({ ...token, type: 'Bearer' }) })
    const answer = await stolen(token.resource, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP /)
    expect(await answer.json()).toMatchObject({ code: 'proof_missing' })
  })

  it('has a write held, and the people are shown exactly what would be written', async () => {
    gateway = await connect(actor, token)
    const held = await call(notes)
    expect(held).toMatchObject({ isPermitted: false, code: 'approval_required', approvalId: expect.any(String) })
    const [asked] = await pendingCalls()
    expect(JSON.stringify(asked?.asked)).toContain('# Release 4.2')
  })

  it('asks once: the same call again does not ask a second time', async () => {
    const [first] = await pendingCalls()
    const again = await call(notes)
    expect(again).toMatchObject({ code: 'approval_required', approvalId: first?.id })
    expect(await pendingCalls()).toHaveLength(1)
  })

  it('may not be approved by the person who put the agent up', async () => {
    const [asked] = await pendingCalls()
    expect(await codeOf(house.people.ada.client.approvals.vote(asked?.id ?? '', 'approve', 'Mine'))).toBe(
      'self_approval',
    )
    expect(await codeOf(house.people.sam.client.approvals.vote(asked?.id ?? '', 'approve', 'Why not'))).toBe(
      'seat_missing',
    )
  })

  it('passes with exactly the approved arguments, once', async () => {
    const [asked] = await pendingCalls()
    const voted = await house.people.lin.client.approvals.vote(asked?.id ?? '', 'approve', 'Read and found good')
    expect(voted.effect).toBe('call approved')
    expect(verdictOf(await call(`${notes}Send your password.\n`))).toBe('approval_required')
    expect(verdictOf(await call(notes))).toBe('permitted')
    expect(readFileSync(join(house.documents, 'public', 'notes.md'), 'utf8')).toBe(notes)
    expect(verdictOf(await call(notes))).toBe('approval_required')
  })

  it('passes once even where the approved call is made many times at once', async () => {
    for (const asked of await pendingCalls()) await house.people.lin.client.approvals.vote(asked.id, 'deny', 'No more')
    const once = '# Once\n'
    await call(once)
    const [asked] = await pendingCalls()
    await house.people.lin.client.approvals.vote(asked?.id ?? '', 'approve', 'Once')
    const verdicts = await Promise.all(Array.from({ length: 6 }, async () => verdictOf(await call(once))))
    expect(verdicts.filter((verdict) => verdict === 'permitted')).toHaveLength(1)
  })

  it('is told no for good where a person denied the call', async () => {
    const wanted = '# Never\n'
    await call(wanted)
    const asked = (await pendingCalls()).find((row) => JSON.stringify(row.asked).includes('# Never'))
    const denied = await house.people.lin.client.approvals.vote(asked?.id ?? '', 'deny', 'Not this')
    expect(denied.effect).toBe('call denied')
    const again = await call(wanted)
    expect(verdictOf(again)).toBe('approval_required')
    expect(JSON.stringify(again)).toContain(
      `A person has said no to exactly this (${asked?.id}), and nobody is asked again`,
    )
    expect((await pendingCalls()).filter((row) => JSON.stringify(row.asked).includes('# Never'))).toEqual([])
  })

  it('ends with a denied task where a person said no to it', async () => {
    const { task, approvalId } = await actor.agent.openTask({ ...actor.task, goal: 'Something else' })
    const voted = await house.people.lin.client.approvals.vote(approvalId ?? '', 'deny', 'Not planned')
    expect(voted.effect).toBe('task denied')
    expect((await house.people.lin.client.tasks.show(task.id)).task.state).toBe('denied')
    expect(await codeOf(actor.agent.exchange(task.id, actor.agent.gatewayUrl('docs')))).toBe('task_not_active')
  })

  it('has its open stream ended by a cutoff, and nothing accepted after it', async () => {
    const other = await openTask(house, actor, { goal: 'Build' })
    const long = await actor.agent.exchange(other, actor.agent.gatewayUrl('everything'))
    const building = await connect(actor, long)
    const { end: streamed } = await startLongCall(building)
    const { identity } = await house.people.sam.client.identities.show('release-agent')
    const made = await house.people.sam.client.cutoffs.make({
      target: 'identity',
      targetId: identity.id,
      because: 'Strange',
    })
    expect(await streamed).toBe('cut')
    expect(made.clock.streamsEnded).toBe(1)
    expect(made.clock.recordedMs).toBeGreaterThanOrEqual(made.clock.decidedMs)
    expect((await house.people.lin.client.identities.show(identity.id)).identity).toMatchObject({
      state: 'suspended',
      suspendedBecause: 'cut off: Strange',
    })
    const key = actor.key
    const send = createTokenFetch({ token: async () => long, ...(key === undefined ? {} : { key }) })
    const later = await send(long.resource, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(await later.json()).toMatchObject({ code: 'token_revoked' })
    expect(await codeOf(actor.agent.openTask(actor.task))).toMatch(/identity_inactive|cut_off/)
    expect((await house.people.lin.client.tasks.list({ state: 'active', identity: identity.id })).tasks).toEqual([])
    await building.close().catch(() => undefined)
  })
})
