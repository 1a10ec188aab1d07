import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../test/decide/policies-with.ts'
import { personOf, reader, taskRequest, World, writer, writerRequest } from '../../test/decide/world.ts'
import type { AgentCaller, Caller } from '../authenticate/caller.ts'
import { insert } from '../contract/change.ts'
import { chainActKey } from '../contract/counters/chain-act.ts'
import type { Limit } from '../contract/counters/limit.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import type { Budget } from '../contract/task.ts'
import type { Policies } from './policy/load-policies.ts'
import type { EvaluationRequest } from './requests.ts'

const leave = [{ action: 'read', resource: 'domain:remit' }]
/** What the enforcement point lets happen. */
const acts = [
  { action: 'docs/*', resource: 'docs:/*' },
  { action: 'read', resource: 'docs:/*' },
]
const wide: Budget = { callsMax: 10, writesMax: 5, bytesMax: 1_000 }

interface Stage {
  readonly world: World
  /** The enforcement point. */
  readonly point: AgentCaller
  /** Who acts, and is asked about. */
  readonly agent: AgentCaller
  readonly ask: (more?: Partial<EvaluationRequest>) => EvaluationRequest
}

/** An enforcement point whose entitlements are these, and a reader in a task. */
async function stage(more: readonly Partial<Entitlement>[], budget = wide, policies?: Policies): Promise<Stage> {
  const world = new World(policies)
  world.classify({ pattern: 'domain:*', sensitivity: 'internal' })
  const own = world.rows.get('entitlements', 'ent_writer')
  if (own === undefined) throw new Error('the writer is entitled to nothing')
  for (const [at, each] of more.entries())
    world.rows.put('entitlements', { ...own, id: `ent_point${at}`, scope: leave, classes: ['read'], ...each })
  const point = await world.start(writer.id, { ...writerRequest, scope: leave })
  const agent = await world.start(reader.id, { ...taskRequest, budget })
  const ask = (other: Partial<EvaluationRequest> = {}): EvaluationRequest => ({
    subject: { type: 'task', id: agent.task.id, properties: {} },
    action: { name: 'docs/read_text_file', properties: {} },
    resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
    context: {},
    ...other,
  })
  return { world, point, agent, ask }
}

const calls = ({ world, agent }: Stage): number | undefined => world.rows.get('task_usage', agent.task.id)?.calls

async function give(on: Stage, by: Caller = on.point): Promise<string> {
  const decision = await on.world.decide.evaluation(on.ask(), by)
  on.world.rows.commit(decision.changes)
  return decision.outcome === 'permit' ? 'permit' : decision.code
}

describe('what an enforcement point asks whose entitlement counts', () => {
  it('is an act of the task that it asks about: in its usage, in the history of its chain, and in the entry', async () => {
    const on = await stage([{ counts: acts }])
    const { entry } = on.world.take(await on.world.decide.evaluation(on.ask(), on.point))
    expect(entry.data).toMatchObject({
      decision: 'evaluation',
      counts: true,
      countedBy: 'ent_point0',
      budget: { calls: [0, 10] },
    })
    expect(calls(on)).toBe(1)
    expect(on.world.rows.get('task_usage', on.point.task.id)?.calls).toBe(0)
    for (const name of ['docs/read_text_file', 'read'])
      expect(on.world.rows.get('chain_acts', chainActKey(on.agent.task.rootId, name))).toMatchObject({
        permitted: 1,
        succeeded: 0,
      })
    expect(await give(on)).toBe('permit')
    expect(on.world.rows.get('chain_acts', chainActKey(on.agent.task.rootId, 'read'))).toMatchObject({ permitted: 2 })
  })

  it('of a plain class is counted once', async () => {
    const on = await stage([{ counts: acts }])
    on.world.change('entitlements', 'ent_reader', { scope: [{ action: '*', resource: 'docs:/*' }] })
    on.world.change('tasks', on.agent.task.id, { scope: [{ action: 'read', resource: 'docs:/*' }] })
    const asked = on.ask({ action: { name: 'read', properties: {} } })
    on.world.take(await on.world.decide.evaluation(asked, on.point))
    expect(on.world.rows.all('chain_acts')).toMatchObject([{ name: 'read', permitted: 1 }])
  })

  it('is denied once the budget is used up, by calls and by questions together', async () => {
    const on = await stage([{ counts: acts }], { ...wide, callsMax: 2 })
    const { agent } = on
    expect(await give(on)).toBe('permit')
    const call = { server: 'docs', tool: 'read_text_file', arguments: { path: 'handbook/a.md' } }
    on.world.take(await on.world.decide.call(agent, call))
    expect([await give(on), calls(on)]).toEqual(['budget_exceeded', 2])
    expect((await on.world.decide.call(agent, call)).outcome).toBe('denial')
  })

  it('is held to a rate and to a limit', async () => {
    const on = await stage([{ counts: acts }], { ...wide, callsPerMinuteMax: 2 })
    expect([await give(on), await give(on), await give(on)]).toEqual(['permit', 'permit', 'rate_limited'])
    on.world.nowMs += 120_000
    const row: Limit = { name: 'few', of: 'docs/*', per: 'chain', callsMax: 1, windowSeconds: 60, state: 'active' }
    on.world.rows.commit([insert('limits', row), insert('catalogues', { name: 'limits', rules: 1 })])
    const { entry } = on.world.take(await on.world.decide.evaluation(on.ask(), on.point))
    expect(entry.data).toMatchObject({ weighedMs: on.world.nowMs, tolls: [{ kind: 'rate', adds: 1, max: 2 }] })
    expect(await give(on)).toBe('rate_limited')
  })

  it('does not pass a bound together with another at the same moment', async () => {
    const on = await stage([{ counts: acts }], { ...wide, callsMax: 2 })
    await give(on)
    const [one, other] = await Promise.all([1, 2].map(() => on.world.decide.evaluation(on.ask(), on.point)))
    expect([one?.outcome, other?.outcome]).toEqual(['permit', 'permit'])
    on.world.rows.commit(one?.changes ?? [])
    expect(() => on.world.rows.commit(other?.changes ?? [])).toThrow('conflict')
  })

  it('is what ordering rules look at', async () => {
    const once = `@id("order:once") @sentence("Read once.") forbid (principal, action == Remit::Action::"read", resource is Remit::Resource)
      when { context has tool && context.tool.name == "docs/read_text_file" && context.history.permitted.hasTag("docs/read_text_file") };`
    const on = await stage([{ counts: acts }], wide, addPolicies(once))
    expect([await give(on), await give(on)]).toEqual(['permit', 'denied'])
    const plain = await stage([{}], wide, addPolicies(once))
    expect([await give(plain), await give(plain)]).toEqual(['permit', 'permit'])
  })

  it('raises the labels of the task as any reading does', async () => {
    const on = await stage([{ counts: acts }])
    await give(on)
    expect(on.world.rows.get('task_usage', on.agent.task.id)).toMatchObject({ confidentiality: 1, integrity: 0 })
  })

  it('cannot be asked without counting by another entitlement, nor by what the question says', async () => {
    const on = await stage([{}, { counts: acts }, { scope: [{ action: '*', resource: '*' }] }])
    expect(await give(on)).toBe('permit')
    const lie = on.ask({
      context: { counts: false },
      action: { name: 'docs/read_text_file', properties: { counts: false } },
    })
    on.world.take(await on.world.decide.evaluation(lie, on.point))
    expect(calls(on)).toBe(2)
  })
})

describe('an enforcement point that counts', () => {
  const others: readonly (readonly [string, Entitlement['counts']])[] = [
    ['another application', [{ action: 'mail/*', resource: 'mail:*' }]],
    ['other resources', [{ action: 'docs/*', resource: 'docs:/secret/*' }]],
    ['other tools', [{ action: 'docs/write_file', resource: 'docs:/*' }]],
    ['nothing', []],
  ]
  it.each(others)('of %s cannot spend what a task may use elsewhere, nor learn what it may', async (_, counts) => {
    const on = await stage([{ counts: counts ?? [] }])
    const said = await on.world.decide.evaluation(on.ask(), on.point)
    expect(said).toMatchObject({ outcome: 'denial', code: 'asker_refused', reasons: [{ rule: 'law:counts' }] })
    expect(said.outcome === 'denial' && said.nearest).toEqual(counts)
    for (const told of ['taskId', 'budget', 'labels', 'identityId']) expect(said.entry.data[told]).toBeUndefined()
    on.world.rows.commit(said.changes)
    expect([calls(on), on.world.rows.all('chain_acts')]).toEqual([0, []])
    expect(on.world.rows.get('task_usage', on.agent.task.id)).toMatchObject({ confidentiality: 0, pivots: 0 })
  })

  it('is told which act is none of its own, what is, and who can change that', async () => {
    const mail = { action: 'mail/send', resource: 'mail:/*' }
    const on = await stage([{ counts: [mail] }, { counts: [{ action: 'mail/*', resource: 'mail:/*' }] }])
    const said = on.world.refuse(await on.world.decide.evaluation(on.ask(), on.point))
    expect(said.reasons[0]?.sentence).toBe(
      'An enforcement point whose questions count asks about the acts that its entitlement names, and docs/read_text_file on docs:/handbook/a.md is none.',
    )
    expect(said.ask?.sentence).toBe('Its owner can propose an entitlement that counts this too.')
    expect(said.nearest).toEqual([{ action: 'mail/*', resource: 'mail:/*' }])
  })

  it('counts by the entitlement that names the act, and falls with it', async () => {
    const mail = [{ action: 'mail/*', resource: 'mail:*' }]
    const on = await stage([{ counts: mail }, { counts: acts }])
    const decision = await on.world.decide.evaluation(on.ask(), on.point)
    expect(decision.entry.data).toMatchObject({ countedBy: 'ent_point1' })
    on.world.change('entitlements', 'ent_point1', { state: 'ended' })
    expect(() => on.world.rows.commit(decision.changes)).toThrow('conflict')
    expect(await give(on)).toBe('asker_refused')
  })

  it('reaches no other by a word of its question, nor by a name that could be read in two ways', async () => {
    const on = await stage([{ counts: [{ action: 'docs/*', resource: 'docs:/handbook/*' }] }])
    for (const id of ['/handbook/../secret.md', '/handbook/%2e%2e/secret.md', '/secret.md', '/handbook']) {
      const asked = on.ask({ resource: { type: 'docs', id, properties: { id: '/handbook/a.md' } } })
      expect((await on.world.decide.evaluation(asked, on.point)).outcome).toBe('denial')
    }
    expect(await give(on)).toBe('permit')
  })

  it('cannot take the task of another by naming an identity that it is not of', async () => {
    const on = await stage([{ counts: acts }])
    const other = await on.world.start(writer.id, writerRequest)
    const subject = { type: 'identity', id: other.identity.id, properties: {} }
    const asked = on.ask({ subject, context: { task: on.agent.task.id } })
    expect((await on.world.decide.evaluation(asked, on.point)).outcome).toBe('denial')
    expect(calls(on)).toBe(0)
  })
})

describe('a plain question', () => {
  it.each<[string, readonly Partial<Entitlement>[], (on: Stage) => Caller]>([
    ['of an enforcement point that only asks', [{}], ({ point }) => point],
    ['of an agent about itself, whatever its entitlements say', [{ counts: acts }], ({ agent }) => agent],
    ['of a person', [{ counts: acts }], ({ world }) => personOf(world)],
    [
      'of an enforcement point whose counting entitlement is about another domain',
      [{}, { counts: acts, scope: [{ action: 'read', resource: 'domain:records' }] }],
      ({ point }) => point,
    ],
    ['of one whose counting entitlement has ended', [{}, { counts: acts, endsMs: 0 }], ({ point }) => point],
  ])('%s spends nothing', async (_, entitlements, by) => {
    const on = await stage(entitlements)
    const { entry } = on.world.take(await on.world.decide.evaluation(on.ask(), by(on)))
    expect(entry.data['counts']).toBeUndefined()
    expect([calls(on), on.world.rows.all('chain_acts')]).toEqual([0, []])
  })
})
