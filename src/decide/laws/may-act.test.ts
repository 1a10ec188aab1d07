import { describe, expect, it } from 'vitest'
import { delegationRequest, hourMs, reader, startMs, World, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import { holdToMayAct } from './may-act.ts'

const audience = 'https://remit.test/mcp/docs'

async function stage(
  more: Partial<DelegationGrant> = {},
): Promise<{ readonly world: World; readonly agent: AgentCaller; readonly grantId: string }> {
  const world = new World()
  const { id } = world.grant(writer.id, reader.id, more)
  return { world, agent: await world.start(writer.id), grantId: id }
}

describe('a part of a task is handed on', () => {
  it('under the grant that its task names, and as deep as that lets it', async () => {
    const { world, agent, grantId } = await stage({ depthMax: 0 })
    const { grant, entry } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant).toMatchObject({ grantId, delegationDepthLeft: 0, fromCredentialId: agent.credential.id })
    expect(entry.data).toMatchObject({ grantId })
  })

  it('under the grant of several that covers it and lets it go furthest', async () => {
    const { world, agent } = await stage({ depthMax: 0 })
    const further = world.grant(writer.id, reader.id, { id: 'dlg_further', depthMax: 1 })
    world.grant(writer.id, reader.id, { id: 'dlg_narrow', depthMax: 4, scope: [{ action: 'mail/*', resource: '*' }] })
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant).toMatchObject({ grantId: further.id, delegationDepthLeft: 1 })
  })

  it.each<[string, Partial<DelegationGrant>, string, string]>([
    ['waits for a yes', { state: 'waiting' }, 'actor_unauthorized', 'law:may-act'],
    ['has ended', { state: 'ended' }, 'actor_unauthorized', 'law:may-act'],
    ['is past its end', { endsMs: startMs }, 'actor_unauthorized', 'law:may-act'],
    ['has not begun', { startsMs: startMs + 1 }, 'actor_unauthorized', 'law:may-act'],
    ['goes the other way', { from: reader.id, to: writer.id }, 'actor_unauthorized', 'law:may-act'],
    ['was given by who answers no more', { fromOwner: 'psn_sponsor' }, 'actor_unauthorized', 'law:may-act'],
    ['was taken by who answers no more', { toOwner: 'psn_sponsor' }, 'actor_unauthorized', 'law:may-act'],
    ['covers other tools', { scope: [{ action: 'mail/*', resource: '*' }] }, 'scope_exceeded', 'law:granted-scope'],
    ['covers other classes', { classes: ['write'] }, 'scope_exceeded', 'law:granted-scope'],
    ['lies under a lower ceiling', { ceiling: 'public' }, 'ceiling_exceeded', 'law:granted-ceiling'],
    ['ends before the task would', { endsMs: startMs + 599_999 }, 'end_exceeded', 'law:granted-end'],
    ['names other issuers', { issuers: ['https://elsewhere.test'] }, 'request_invalid', 'law:taken-by-someone'],
  ])('under no grant that %s', async (_, more, code, rule) => {
    const { world, agent } = await stage(more)
    const denial = world.refuse(await world.decide.delegation(agent, delegationRequest))
    expect(denial).toMatchObject({ code, reasons: [{ rule }] })
  })

  it('to those alone who are meant by the grant and by who hands it on', async () => {
    const { world, agent } = await stage({ issuers: ['https://issuer.test'], minStrength: 'attested' })
    const takenBy = { issuers: ['https://issuer.test', 'https://elsewhere.test'], minStrength: 'key-bound' } as const
    const { grant } = world.take(await world.decide.delegation(agent, { ...delegationRequest, takenBy }))
    expect(grant.takenBy).toEqual({ bindingKinds: ['oidc'], issuers: ['https://issuer.test'], minStrength: 'attested' })
    const token = await world.decide.token(world.workload(), { taskId: grant.id, audience })
    expect(world.refuse(token)).toMatchObject({ code: 'task_not_active', reasons: [{ rule: 'law:taken-by' }] })
  })
})

describe('what was handed on', () => {
  const falls: [string, (world: World, grantId: string) => void][] = [
    ['its grant has ended', (world, id) => world.change('delegation_grants', id, { state: 'ended' })],
    ['the end of its grant has come', (world, id) => world.change('delegation_grants', id, { endsMs: world.nowMs })],
    ['the helper has another owner', (world) => world.change('identities', reader.id, { owner: 'psn_sponsor' })],
    ['the delegator has another owner', (world) => world.change('identities', writer.id, { owner: 'psn_sponsor' })],
  ]
  it.each(falls)('gets no token, no call and hands nothing on where %s', async (_, fall) => {
    const { world, agent, grantId } = await stage({ endsMs: startMs + 2 * hourMs })
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    const helper = await world.enter(grant, reader.id)
    const late = await world.decide.token(world.workload(), { taskId: grant.id, audience })
    fall(world, grantId)
    expect(() => world.take(late)).toThrow(expect.objectContaining({ code: 'conflict' }))
    for (const decision of [
      await world.decide.token(world.workload(), { taskId: grant.id, audience }),
      await world.decide.call(helper, { server: 'docs', tool: 'read_text_file', arguments: { path: 'handbook/a.md' } }),
    ])
      expect(world.refuse<'token' | 'call'>(decision)).toMatchObject({
        code: 'actor_unauthorized',
        reasons: [{ rule: 'law:may-act-still' }],
      })
  })

  it('is nothing that the last step lets through, whatever was judged before', async () => {
    const { world, agent } = await stage()
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    const members = [reader, writer].map((each) => ({
      identity: { ...each, version: 1, entry: 0 },
      owner: undefined,
      entitlements: [],
    }))
    const grounds = { credentials: [], rights: [], grants: [], logins: [] }
    const standing = { atMs: startMs, members, bindings: [], tasks: [], credential: undefined, behalf: [], cutoffs: [] }
    expect(holdToMayAct({ ...standing, grounds }).grant).toBeUndefined()
    const chain = { ...standing, grounds, tasks: [{ ...grant, version: 1, entry: 0 }] }
    expect(() => holdToMayAct(chain)).toThrow(expect.objectContaining({ code: 'actor_unauthorized' }))
  })
})
