import { describe, expect, it } from 'vitest'
import { delegationRequest, reader, startMs, World, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { rankSensitivity } from '../../contract/sensitivity.ts'
import type { TaskUsage } from '../../contract/task.ts'
import type { DelegationRequest } from '../requests.ts'

const confidential = { confidentiality: rankSensitivity('confidential') }
const tainted = { ...confidential, integrity: 1 }
const wide: Partial<DelegationRequest> = { ceiling: 'confidential' }

/** A writer that has read so much, and a helper that stands so. */
async function stand(read: Partial<TaskUsage>, helper: Partial<Identity>): Promise<[World, AgentCaller]> {
  const world = new World()
  world.change('identities', reader.id, helper)
  const agent = await world.start(writer.id)
  world.change('task_usage', agent.task.id, read)
  return [world, agent]
}

const OUTSIDE: readonly (readonly [string, Partial<Identity>, string])[] = [
  ['is run by a vendor', { runtime: 'vendor' }, 'a vendor runs it'],
  ['is embedded in a product', { kind: 'embedded' }, 'it is embedded in a product'],
  ['reaches further', { reach: 'organisation' }, 'it reaches organisation'],
]

describe('a task that has read what may not leave', () => {
  it.each(OUTSIDE)(
    'waits for a person where its helper %s, who sees what was read and why they are asked',
    async (_, helper, says) => {
      const [world, agent] = await stand(tainted, helper)
      const { grant, reasons, entry } = world.take(
        await world.decide.delegation(agent, { ...delegationRequest, ...wide }),
      )
      expect(grant).toMatchObject({
        state: 'waiting',
        labels: { confidentiality: 'confidential', integrity: 'untrusted' },
      })
      expect(reasons).toContainEqual({ rule: 'law:delegated-flow', sentence: expect.stringContaining(says) })
      expect(entry.data).toMatchObject({ taskState: 'waiting', approvalId: grant.approvalId })
      expect(world.rows.get('approvals', grant.approvalId ?? '')).toMatchObject({
        state: 'pending',
        requestedBy: expect.arrayContaining([writer.id, reader.id]),
        asked: {
          labels: { confidentiality: 'confidential', integrity: 'untrusted' },
          needs: [
            expect.stringMatching(
              /^What was read is confidential and untrusted, and would leave with the task: of docs-summariser, /,
            ),
          ],
        },
      })
      await expect(world.enter(grant, reader.id)).rejects.toThrow(/approval_required|waits/)
    },
  )

  it.each(OUTSIDE)(
    'waits too where it has read more than the helper may touch, trusted as it is, and the helper %s',
    async (_, helper) => {
      const [world, agent] = await stand(confidential, helper)
      const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
      expect(grant.state).toBe('waiting')
      const held = world.take(await world.decide.delegation(agent, { ...delegationRequest, ...wide }))
      expect(held.grant.state).toBe('active')
    },
  )

  it.each(['T1', 'T0'] as const)('of tier %s, for which nobody widens anything, hands nothing on', async (tier) => {
    const [world, agent] = await stand(tainted, { runtime: 'vendor' })
    world.change('identities', writer.id, { tier })
    const denial = world.refuse(await world.decide.delegation(agent, { ...delegationRequest, ...wide }))
    expect(denial).toMatchObject({ code: 'denied', reasons: [{ rule: 'law:delegated-flow' }] })
    expect(denial.ask?.sentence).toContain('docs-summariser')
    expect(world.rows.all('tasks')).toHaveLength(1)
  })

  it('hands nothing on by itself for a purpose that is not meant for such data, wherever its helper runs', async () => {
    const [world, agent] = await stand(confidential, {})
    world.change('purposes', 'summarise', { ceiling: 'internal' })
    const { grant, reasons } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant.state).toBe('waiting')
    expect(reasons[1]?.sentence).toContain('its purpose covers internal data at most')
  })

  it('is judged by what other tasks of its identity have read lately, too', async () => {
    const [world, agent] = await stand({}, { runtime: 'vendor' })
    const other = await world.start(writer.id)
    world.change('task_usage', other.task.id, tainted)
    const { grant, reasons } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant.state).toBe('waiting')
    expect(reasons[1]?.sentence).toContain(`(also in ${other.task.id})`)
  })

  it('that waits begins with a person’s yes, as any other', async () => {
    const [world, agent] = await stand(tainted, { runtime: 'vendor' })
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    world.change('tasks', grant.id, { state: 'active', endsMs: startMs + 600_000 })
    expect((await world.enter(grant, reader.id)).task.id).toBe(grant.id)
  })

  it('cannot slip past it with what it reads while the decision is written', async () => {
    const [world, agent] = await stand({}, { runtime: 'vendor' })
    const decision = await world.decide.delegation(agent, delegationRequest)
    expect(decision).toMatchObject({ outcome: 'permit', grant: { state: 'active' } })
    world.change('task_usage', agent.task.id, tainted)
    expect(() => world.take(decision)).toThrow('conflict')
  })
})

describe('a task is handed on as ever', () => {
  it.each<[string, Partial<TaskUsage>, Partial<Identity>, Partial<DelegationRequest>]>([
    ['inside, whatever it has read: the helper carries the same labels', tainted, {}, {}],
    ['outside, where it has read nothing above what the helper may touch', { integrity: 1 }, { runtime: 'vendor' }, {}],
    [
      'outside, where what it has read is trusted and the helper may touch it',
      confidential,
      { runtime: 'vendor' },
      wide,
    ],
    ['to what reaches less far', tainted, { reach: 'sandbox' }, {}],
  ])('%s', async (_, read, helper, more) => {
    const [world, agent] = await stand(read, helper)
    const { grant } = world.take(await world.decide.delegation(agent, { ...delegationRequest, ...more }))
    expect(grant.state).toBe('active')
  })

  it('from one identity of a vendor to another of the same one, which is where the data is already', async () => {
    const [world, agent] = await stand(tainted, { runtime: 'vendor', vendor: 'acme' })
    world.change('identities', writer.id, { runtime: 'vendor', vendor: 'acme' })
    expect(world.take(await world.decide.delegation(agent, delegationRequest)).grant.state).toBe('active')
    world.change('identities', writer.id, { vendor: 'other' })
    expect(world.take(await world.decide.delegation(agent, delegationRequest)).grant.state).toBe('waiting')
  })

  it('from one embedded AI to another of the same vendor, and of no vendor never', async () => {
    const [world, agent] = await stand(tainted, { kind: 'embedded', vendor: 'acme' })
    world.change('identities', writer.id, { kind: 'embedded', vendor: 'acme' })
    expect(world.take(await world.decide.delegation(agent, delegationRequest)).grant.state).toBe('active')
    world.change('identities', writer.id, { vendor: null })
    world.change('identities', reader.id, { vendor: null })
    expect(world.take(await world.decide.delegation(agent, delegationRequest)).grant.state).toBe('waiting')
  })
})
