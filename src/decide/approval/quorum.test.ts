import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { delegationRequest, read, reader, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Approval, Vote } from '../../contract/approval/approval.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'

async function hold(more: Partial<Entitlement> = {}, world = new World()) {
  world.change('entitlements', 'ent_writer', { approval: 'each-call', approvers: 2, ...more })
  const agent = await world.start(writer.id)
  const { ask } = world.refuse(await world.decide.call(agent, write()))
  return { world, agent, approvalId: ask?.approvalId ?? '', sentence: ask?.sentence ?? '' }
}

const voteOf = (personId: string, verdict: Vote['verdict'] = 'approve'): Vote => {
  return { personId, seat: 'security', verdict, reason: 'fine', atMs: 1 }
}

async function codeWith(world: World, agent: AgentCaller, id: string, row: Partial<Approval>): Promise<string> {
  world.change('approvals', id, { state: 'approved', ...row })
  const decision = await world.decide.call(agent, write())
  return decision.outcome === 'permit' ? 'permitted' : decision.code
}

describe('a call that two have to approve', () => {
  it('asks for two seats, and bars who owns an identity of the chain beside those who asked', async () => {
    const { world, approvalId, sentence } = await hold()
    expect(world.rows.get('approvals', approvalId)).toMatchObject({
      seats: ['security', 'security'],
      requestedBy: [writer.id, 'psn_asker', 'psn_owner'],
    })
    expect(sentence).toMatch(/^2 different people with the role approver/)
  })

  it('is permitted once two others have said yes', async () => {
    const { world, agent, approvalId } = await hold()
    world.change('approvals', approvalId, { state: 'approved', votes: [voteOf('psn_voter'), voteOf('psn_sponsor')] })
    const { entry } = world.take(await world.decide.call(agent, write()))
    expect(entry.data).toMatchObject({ approvalId, approvedBy: ['psn_voter', 'psn_sponsor'] })
  })

  it('is asked about anew, in place of the old question, once one who said yes is gone while others are to be heard', async () => {
    const { world, agent, approvalId } = await hold()
    world.change('approvals', approvalId, { votes: [voteOf('psn_voter')] })
    const same = world.refuse(await world.decide.call(agent, write()))
    expect([same.ask?.approvalId, same.changes]).toEqual([
      approvalId,
      expect.not.arrayContaining([expect.objectContaining({ table: 'approvals' })]),
    ])
    world.change('persons', 'psn_voter', { state: 'left' })
    const { ask, entry } = world.refuse(await world.decide.call(agent, write()))
    expect(ask?.approvalId).not.toBe(approvalId)
    expect(entry.data).toMatchObject({ approvalId: ask?.approvalId, inPlaceOf: [approvalId] })
    expect(world.rows.get('approvals', approvalId)).toMatchObject({ state: 'expired' })
    const again = world.refuse(await world.decide.call(agent, write()))
    expect([again.ask?.approvalId, again.entry.data['inPlaceOf']]).toEqual([ask?.approvalId, undefined])
  })

  const short: [string, Partial<Approval>][] = [
    ['one', { votes: [voteOf('psn_voter')] }],
    ['one twice', { votes: [voteOf('psn_voter'), voteOf('psn_voter')] }],
    ['one, where one was asked for then', { votes: [voteOf('psn_voter')], seats: ['security'] }],
    ['one and the owner', { votes: [voteOf('psn_voter'), voteOf('psn_owner')], requestedBy: [] }],
    ['one and who asked', { votes: [voteOf('psn_voter'), voteOf('psn_asker')] }],
    ['one, and no by another', { votes: [voteOf('psn_voter'), voteOf('psn_sponsor', 'deny')] }],
    ['two, and no by a third', { votes: [voteOf('psn_voter'), voteOf('psn_sponsor'), voteOf('psn_x', 'deny')] }],
    ['nobody', { votes: [] }],
  ]
  it.each(short)('is not permitted by %s, whatever the row says', async (_, row) => {
    const { world, agent, approvalId } = await hold()
    expect(await codeWith(world, agent, approvalId, row)).toBe('approval_required')
  })

  it('is not permitted once one of the two has left, nor to who decides while one leaves', async () => {
    const { world, agent, approvalId } = await hold()
    world.change('approvals', approvalId, { state: 'approved', votes: [voteOf('psn_voter'), voteOf('psn_sponsor')] })
    const decided = await world.decide.call(agent, write())
    world.change('persons', 'psn_sponsor', { state: 'left' })
    expect(() => world.take(decided)).toThrow('conflict')
    expect(await world.decide.call(agent, write())).toMatchObject({ code: 'approval_required' })
  })

  it('takes as many as the strictest of the chain asks for', async () => {
    const { world, agent } = await hold()
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    const helper = await world.enter(child, reader.id)
    const denial = world.refuse(await world.decide.call(helper, read()))
    expect(world.rows.get('approvals', denial.ask?.approvalId ?? '')?.seats).toHaveLength(2)
  })

  it('passes by the entitlement that asks the fewest, which then must stand', async () => {
    const world = new World()
    const row = world.rows.get('entitlements', 'ent_writer')
    if (row === undefined) throw new Error('it has none')
    world.rows.put('entitlements', { ...row, id: 'ent_three', approval: 'each-call', approvers: 3 })
    const { agent, approvalId } = await hold({ approvers: 1 }, world)
    expect(world.rows.get('approvals', approvalId)?.seats).toHaveLength(1)
    world.approve(approvalId)
    const decided = await world.decide.call(agent, write())
    world.change('entitlements', 'ent_writer', { state: 'ended' })
    expect(() => world.take(decided)).toThrow('conflict')
    const denial = world.refuse(await world.decide.call(agent, write()))
    expect(world.rows.get('approvals', denial.ask?.approvalId ?? '')?.seats).toHaveLength(3)
  })
})

describe('a policy that holds for approval', () => {
  const holding = (annotation: string): string => `
    @id("org:two-pairs-of-eyes") @sentence("Two people look at each write.") ${annotation}
    forbid (principal, action == Remit::Action::"write", resource) unless { context.approved };`

  it('asks for as many people as it says', async () => {
    const world = new World(addPolicies(holding('@approvers("3")')))
    const { agent, approvalId } = await hold({ approval: 'none', approvers: 1 }, world)
    expect(world.rows.get('approvals', approvalId)?.seats).toHaveLength(3)
    const votes = [voteOf('psn_voter'), voteOf('psn_sponsor')]
    expect(await codeWith(world, agent, approvalId, { votes })).toBe('approval_required')
    world.rows.put('persons', { ...(world.rows.get('persons', 'psn_voter') ?? fail()), id: 'psn_third' })
    expect(await codeWith(world, agent, approvalId, { votes: [...votes, voteOf('psn_third')] })).toBe('permitted')
  })

  it('asks for no more because of an entitlement under which nobody has to say yes', async () => {
    const world = new World(addPolicies(holding('')))
    const { approvalId } = await hold({ approval: 'none', approvers: 3 }, world)
    expect(world.rows.get('approvals', approvalId)?.seats).toHaveLength(1)
  })

  it('asks for one where it says nothing', async () => {
    const { world, approvalId } = await hold({ approval: 'none', approvers: 1 }, new World(addPolicies(holding(''))))
    expect(world.rows.get('approvals', approvalId)?.seats).toHaveLength(1)
  })

  it.each(['0', '6', '-1', '1.5', 'two', '', ' 2'])('is refused with @approvers("%s")', (approvers) => {
    expect(() => addPolicies(holding(`@approvers("${approvers}")`))).toThrow(/@approvers is a number from 1 to 5/)
  })
})

function fail(): never {
  throw new Error('there is nobody')
}
