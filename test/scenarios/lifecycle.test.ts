import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  approveIdentity,
  codeOf,
  connect,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  prepare,
  register,
  reviewLongTool,
  startLongCall,
} from './cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  await reviewLongTool(house)
})
afterAll(async () => {
  await house.end(100)
})

/** What the gateway says to a token: `open`, or the code of the refusal. */
async function knock(token: AccessToken): Promise<string> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const answer = await createTokenFetch({ token: async () => token })(token.resource, { method: 'POST', headers, body })
  const text = await answer.text()
  return answer.ok ? 'open' : (JSON.parse(text) as { code: string }).code
}

const stateOf = async (id: string): Promise<string> =>
  (await house.people.lin.client.identities.show(id)).identity.state

describe('an active identity', () => {
  it('that is suspended stops at once, and its task does not come back with it', async () => {
    const { ada } = house.people
    const actor = makeSummariser(house, 'comes-and-goes')
    const id = await register(house, actor)
    const task = await openTask(house, actor)
    const token = await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))
    expect(await knock(token)).toBe('open')
    await house.people.sam.client.identities.suspend(id, 'It reads at night')
    expect(await knock(token)).not.toBe('open')
    expect(await codeOf(actor.agent.openTask(actor.task))).toBe('identity_inactive')
    const wider = { ...actor.entitlements[0], scope: [{ action: 'docs/read_text_file', resource: 'docs:public/*' }] }
    await ada.client.identities.entitle(id, wider as never)
    await approveIdentity(house, id)
    expect(await stateOf(id)).toBe('active')
    expect(await knock(token)).not.toBe('open')
    expect(await codeOf(actor.agent.exchange(task, house.url))).toBe('task_not_active')
    expect((await house.people.lin.client.tasks.show(task)).task.state).toBe('revoked')
    expect(await openTask(house, actor)).toMatch(/^tsk_/)
  })

  it('that is suspended while it streams has its stream ended', async () => {
    const actor = await makeReleaser(house)
    const id = await register(house, actor)
    const task = await openTask(house, actor)
    const gateway = await connect(actor, await actor.agent.exchange(task, actor.agent.gatewayUrl('everything')))
    const { end: streamed } = await startLongCall(gateway)
    await house.people.ada.client.identities.suspend(id, 'Enough')
    expect(await streamed).toBe('cut')
    await gateway.close().catch(() => undefined)
  })

  it('that is retired never comes back', async () => {
    const { ada } = house.people
    const actor = makeSummariser(house, 'retires')
    const id = await register(house, actor)
    const token = await actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('docs'))
    await ada.client.identities.retire(id, 'Its work is done')
    expect(await stateOf(id)).toBe('retired')
    expect(await knock(token)).not.toBe('open')
    for (const attempt of [
      ada.client.identities.submit(id),
      ada.client.identities.suspend(id, 'x'),
      ada.client.identities.retire(id, 'x'),
      ada.client.identities.bind(id, { ...actor.binding, subject: 'workload:new' }),
    ])
      expect(await codeOf(attempt)).toBe('transition_invalid')
    expect(await codeOf(actor.agent.openTask(actor.task))).toBe('identity_inactive')
  })

  it('loses what rests on a binding or an entitlement that is ended', async () => {
    const { ada, lin } = house.people
    const actor = makeSummariser(house, 'loses-parts')
    const id = await register(house, actor)
    const { bindings, entitlements } = await lin.client.identities.show(id)
    await ada.client.identities.endEntitlement(id, entitlements[0]?.id ?? '', 'No longer')
    expect(await codeOf(actor.agent.openTask(actor.task))).toBe('scope_exceeded')
    await ada.client.identities.endBinding(id, bindings[0]?.id ?? '', 'Moved house')
    expect(await codeOf(actor.agent.openTask(actor.task))).toBe('identity_unknown')
    expect(await codeOf(ada.client.identities.endBinding(id, bindings[0]?.id ?? '', 'Again'))).toBe('not_found')
  })
})

describe('an identity that waits for approval', () => {
  it('is sent back where it changed after it was submitted, and what was approved is not carried out', async () => {
    const { ada, grace, lin } = house.people
    const actor = makeSummariser(house, 'changes-late')
    const id = await prepare(house, actor)
    const { approval } = await ada.client.identities.submit(id)
    const { bindings } = await lin.client.identities.show(id)
    await ada.client.identities.endBinding(id, bindings[0]?.id ?? '', 'Wrong one')
    const voted = await grace.client.approvals.vote(approval.id, 'approve', 'As I saw it')
    expect(voted.effect).toBe('identity returned')
    expect(await stateOf(id)).toBe('draft')
    expect((await lin.client.approvals.show(approval.id)).approval.state).toBe('expired')
  })

  it('is sent back where a person says no, and may be submitted again', async () => {
    const { ada, grace } = house.people
    const id = await prepare(house, makeSummariser(house, 'second-try'))
    const first = await ada.client.identities.submit(id)
    expect((await grace.client.approvals.vote(first.approval.id, 'deny', 'Too much')).effect).toBe('identity returned')
    expect(await stateOf(id)).toBe('draft')
    await approveIdentity(house, id)
    expect(await stateOf(id)).toBe('active')
  })

  it('is not sent back by the old no when the house starts again', async () => {
    const { ada, grace } = house.people
    const id = await prepare(house, makeSummariser(house, 'third-try'))
    const first = await ada.client.identities.submit(id)
    await grace.client.approvals.vote(first.approval.id, 'deny', 'Too much')
    const second = await ada.client.identities.submit(id)
    await house.stop()
    await house.start()
    expect(await stateOf(id)).toBe('pending')
    expect((await grace.client.approvals.vote(second.approval.id, 'approve', 'Better')).effect).toBe(
      'identity activated',
    )
  })

  it('is not activated by an answer to an earlier submission', async () => {
    const { ada, grace, sam } = house.people
    const id = await prepare(house, makeSummariser(house, 'fourth-try'))
    const first = await ada.client.identities.submit(id)
    await sam.client.identities.suspend(id, 'Wait')
    expect(await codeOf(grace.client.approvals.vote(first.approval.id, 'approve', 'Late'))).toBe('approval_closed')
    await ada.client.identities.submit(id)
    await house.stop()
    await house.start()
    expect(await stateOf(id)).toBe('pending')
  })

  it('is activated by the rehearsal where only that was missing', async () => {
    const { ada, grace } = house.people
    const actor = makeSummariser(house, 'rehearses-late')
    const { identities } = ada.client
    const { id } = (await identities.draft({ ...actor.profile, owner: ada.id, sponsor: grace.id })).identity
    await identities.bind(id, actor.binding)
    for (const entitlement of actor.entitlements) await identities.entitle(id, entitlement)
    const { approval } = await identities.submit(id)
    expect((await grace.client.approvals.vote(approval.id, 'approve', 'Good')).effect).toBe('none')
    expect(await stateOf(id)).toBe('pending')
    await identities.rehearse(id)
    expect(await stateOf(id)).toBe('active')
  })
})

describe('an owner who leaves', () => {
  it('leaves nothing behind that acts: their identities are suspended, their sessions end', async () => {
    const { ada, grace } = house.people
    const added = await ada.client.people.add({ name: 'Otto', email: 'otto@example.org', roles: ['owner'] })
    const otto = await house.signIn(added.link)
    const actor: Actor = makeSummariser(house, 'orphan')
    const { id } = (await otto.client.identities.draft({ ...actor.profile, owner: otto.id, sponsor: grace.id }))
      .identity
    await otto.client.identities.bind(id, actor.binding)
    for (const entitlement of actor.entitlements) await otto.client.identities.entitle(id, entitlement)
    await otto.client.identities.rehearse(id)
    const { approval } = await otto.client.identities.submit(id)
    await grace.client.approvals.vote(approval.id, 'approve', 'I sponsor it')
    const token = await actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('docs'))
    expect(await knock(token)).toBe('open')
    const pending = await ada.client.people.link(otto.id)
    expect((await ada.client.people.leave(otto.id)).suspended).toEqual([id])
    expect(await knock(token)).not.toBe('open')
    expect(await stateOf(id)).toBe('suspended')
    expect(await codeOf(otto.client.sessions.me())).toBe('session_invalid')
    expect(await codeOf(house.signIn(pending.link))).toBe('login_link_invalid')
    const { entry } = (await ada.client.people.show(otto.id)).person
    expect(await ada.client.people.leave(otto.id)).toEqual({ suspended: [], following: 0, settled: true, entry })
    expect((await ada.client.people.show(otto.id)).estate).toEqual({ identities: 1, living: 0, sponsored: 0 })
    expect(await codeOf(ada.client.identities.submit(id))).toBe('transition_needs')
  })

  it('is followed by another one whom an administrator names, and whose yes the identity needs', async () => {
    const { ada, grace, lin } = house.people
    const added = await ada.client.people.add({ name: 'Ute', email: 'ute@example.org', roles: ['owner'] })
    const actor = makeSummariser(house, 'handed-over')
    const id = await prepare(house, actor)
    await ada.client.identities.reassign(id, { owner: added.person.id, reason: 'It is hers' })
    const first = await ada.client.identities.submit(id)
    const ute = await house.signIn(added.link)
    await ute.client.approvals.vote(first.approval.id, 'approve', 'Mine')
    await openTask(house, actor)
    await ada.client.people.leave(added.person.id)
    const denied = await actor.agent.openTask(actor.task).catch((error: unknown) => error)
    expect(denied).toMatchObject({ facts: { ask: { sentence: expect.stringContaining('identity reassign') } } })
    const { identities } = ada.client
    expect(await codeOf(grace.client.identities.reassign(id, { owner: grace.id, reason: 'Mine' }))).toBe('role_missing')
    expect(await codeOf(identities.reassign(id, { owner: added.person.id, reason: 'Back' }))).toBe('request_invalid')
    expect(await codeOf(identities.reassign(id, { owner: grace.id, reason: 'Both' }))).toBe('request_invalid')
    const { entry, identity } = await identities.reassign(id, { owner: lin.id, reason: 'Ute left' })
    expect(identity).toMatchObject({ owner: lin.id, sponsor: grace.id, state: 'suspended' })
    expect((await lin.client.entries.show(entry)).entry).toMatchObject({
      kind: 'identity.reassigned',
      actor: { id: ada.id },
      data: { owner: lin.id, before: { owner: added.person.id, sponsor: grace.id }, reason: 'Ute left' },
    })
    const { approval } = await grace.client.identities.submit(id)
    expect(approval.requestedBy).toEqual(expect.arrayContaining([ada.id, grace.id]))
    expect((await lin.client.approvals.vote(approval.id, 'approve', 'I answer for it')).effect).toBe(
      'identity activated',
    )
    expect(await openTask(house, actor)).toMatch(/^tsk_/)
  })
})

describe('an identity that is reassigned', () => {
  it('while it is active stops at once, and comes back only by the yes of somebody who did not reassign it', async () => {
    const { ada, grace, lin, sam } = house.people
    await ada.client.people.setRoles(sam.id, ['admin', 'responder'])
    const actor = makeSummariser(house, 'taken-over')
    const id = await register(house, actor)
    const token = await actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('docs'))
    const { identity } = await sam.client.identities.reassign(id, { owner: sam.id, reason: 'I take it over' })
    expect(identity).toMatchObject({ owner: sam.id, sponsor: grace.id, state: 'suspended' })
    expect(await knock(token)).not.toBe('open')
    const { approval } = await ada.client.identities.submit(id)
    expect(await codeOf(sam.client.approvals.vote(approval.id, 'approve', 'Mine'))).toBe('self_approval')
    expect((await grace.client.approvals.vote(approval.id, 'approve', 'Known to me')).effect).toBe('identity activated')
    const { identities } = sam.client
    expect(await codeOf(identities.reassign(id, { owner: sam.id, reason: 'Again' }))).toBe('request_invalid')
    expect(await codeOf(identities.reassign('nobody-knows', { owner: lin.id, reason: 'x' }))).toBe('not_found')
    const again = await identities.reassign(id, { owner: sam.id, sponsor: lin.id, reason: 'Two of us' })
    expect(JSON.stringify(again.identity)).toContain('it gets another sponsor: Two of us')
    await ada.client.people.setRoles(sam.id, ['responder'])
  })

  it('once it is retired is refused', async () => {
    const { ada, lin } = house.people
    const id = await prepare(house, makeSummariser(house, 'long-gone'))
    await ada.client.identities.retire(id, 'Over')
    expect(await codeOf(ada.client.identities.reassign(id, { owner: lin.id, reason: 'x' }))).toBe('transition_invalid')
  })
})
