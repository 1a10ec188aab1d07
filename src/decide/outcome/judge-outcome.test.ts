import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { reader, taskRequest, World, writer, writerRequest } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { insert } from '../../contract/change.ts'
import { chainActKey } from '../../contract/counters/chain-act.ts'
import type { JsonObject, LogEntry } from '../../contract/log-entry.ts'
import { LIMITS } from '../../ground/limits.ts'
import { placeIn } from '../facts/history.ts'
import type { CountedPermit, OutcomeSaid } from './judge-outcome.ts'

const leave = [{ action: 'read', resource: 'domain:remit' }]
const counts = [{ action: 'docs/*', resource: 'docs:/*' }]
const completed: OutcomeSaid = { end: 'completed', resultBytes: 0 }

/** Nothing is read a second time before what it is about was read once with success. */
const ORDER = `@id("order:checked") @sentence("Read again only what was read well.")
  forbid (principal, action == Remit::Action::"read", resource is Remit::Resource)
  when { context has tool && context.history.permitted.hasTag("docs/read_text_file") }
  unless { context.history.succeeded.hasTag("docs/read_text_file") };`

interface Stage {
  readonly world: World
  readonly point: AgentCaller
  readonly agent: AgentCaller
  /** Asks about an act of the agent, and lets it happen. */
  readonly pass: () => Promise<CountedPermit>
}

async function stage(policies = ORDER): Promise<Stage> {
  const world = new World(addPolicies(policies))
  world.classify({ pattern: 'domain:*', sensitivity: 'internal' })
  world.change('entitlements', 'ent_writer', { scope: leave, classes: ['read'], counts })
  const point = await world.start(writer.id, { ...writerRequest, scope: leave })
  const agent = await world.start(reader.id, {
    ...taskRequest,
    budget: { callsMax: 9, writesMax: 0, bytesMax: 1_000 },
  })
  let index = 100
  const pass = async (): Promise<CountedPermit> => {
    const { entry } = world.take(await world.decide.evaluation(question(agent), point))
    return { index: index++, entry: { ...entry, v: 1, org: 'org', atMs: world.nowMs, touched: [] } }
  }
  return { world, point, agent, pass }
}

const question = ({ task }: AgentCaller) => ({
  subject: { type: 'task', id: task.id, properties: {} },
  action: { name: 'docs/read_text_file', properties: {} },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
  context: {},
})

async function report(on: Stage, permit: CountedPermit, said = completed, by = on.point): Promise<string> {
  try {
    const fact = await on.world.decide.outcome(by, permit, said)
    on.world.rows.commit(fact.changes)
    return fact.entry.kind
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

const known = ({ world, agent }: Stage) => world.rows.get('chain_acts', chainActKey(agent.task.rootId, 'read'))

describe('how an act ended that an enforcement point was permitted', () => {
  it('is what an ordering rule about success looks at, and nothing else is', async () => {
    const on = await stage()
    const permit = await on.pass()
    const again = async () => (await on.world.decide.evaluation(question(on.agent), on.point)).outcome
    expect([await again(), known(on)?.succeeded]).toEqual(['denial', 0])
    expect(await report(on, permit, { end: 'failed', resultBytes: 0 })).toBe('act.reported')
    expect([await again(), known(on)?.succeeded]).toEqual(['denial', 0])
    const other = await stage()
    const passed = await other.pass()
    other.world.nowMs += 5
    expect(await report(other, passed)).toBe('act.reported')
    expect(known(other)).toMatchObject({ permitted: 1, succeeded: 1, succeededMs: other.world.nowMs })
    expect((await other.world.decide.evaluation(question(other.agent), other.point)).outcome).toBe('permit')
  })

  it('counts for the resource that it was done to, where policies look at that', async () => {
    const on = await stage(ORDER.replaceAll('context.history', 'context.here'))
    const at = (id: string) => on.world.rows.get('chain_acts', chainActKey(placeIn(on.agent.task.rootId, id), 'read'))
    const again = async () => (await on.world.decide.evaluation(question(on.agent), on.point)).outcome
    const permit = await on.pass()
    expect([await again(), at('docs:/handbook/a.md')]).toMatchObject(['denial', { permitted: 1, succeeded: 0 }])
    expect(await report(on, permit)).toBe('act.reported')
    expect([await again(), at('docs:/handbook/a.md')]).toMatchObject(['permit', { permitted: 1, succeeded: 1 }])
    expect(at('docs:/handbook/b.md')).toBeUndefined()
  })

  it('counts for its resource however much the entry of the permit had to leave out', async () => {
    const sentence = '語'.repeat(1_950)
    const reasons = Array.from(
      { length: 8 },
      (_, at) => `@id("long:${at}") @sentence("${sentence}")
      permit (principal, action == Remit::Action::"read", resource is Remit::Resource);`,
    )
    const on = await stage([ORDER.replaceAll('context.history', 'context.here'), ...reasons].join('\n'))
    const path = `/handbook/${'a'.repeat(900)}.md`
    const ask = () => {
      const asked = question(on.agent)
      return on.world.decide.evaluation({ ...asked, resource: { ...asked.resource, id: path } }, on.point)
    }
    const { entry } = on.world.take(await ask())
    const permit = { index: 100, entry: { ...entry, v: 1, org: 'org', atMs: on.world.nowMs, touched: [] } } as const
    expect((await ask()).outcome).toBe('denial')
    expect(await report(on, permit)).toBe('act.reported')
    expect((await ask()).outcome).toBe('permit')
  })

  it('is said once, whatever is said the second time, and gives back nothing that was taken', async () => {
    const on = await stage()
    const permit = await on.pass()
    const both = await Promise.all([
      on.world.decide.outcome(on.point, permit, completed),
      on.world.decide.outcome(on.point, permit, completed),
    ])
    on.world.rows.commit(both[0].changes)
    expect(() => on.world.rows.commit(both[1].changes)).toThrow('conflict')
    expect(known(on)?.succeeded).toBe(1)
    expect(await report(on, permit, { end: 'failed', resultBytes: 0 })).toBe('conflict')
    expect(on.world.rows.get('task_usage', on.agent.task.id)?.calls).toBe(1)
  })

  it('takes what the act gave off the budget of bytes, and not one byte beyond it', async () => {
    const on = await stage()
    const permit = await on.pass()
    expect(await report(on, permit, { end: 'completed', resultBytes: 1_001 })).toBe('budget_exceeded')
    expect(known(on)?.succeeded).toBe(0)
    expect(await report(on, permit, { end: 'completed', resultBytes: 1_000 })).toBe('act.reported')
    expect(on.world.rows.get('task_usage', on.agent.task.id)?.bytes).toBe(1_000)
  })

  it('is told in the entry, which answers the permit', async () => {
    const on = await stage()
    const permit = await on.pass()
    const { entry } = await on.world.decide.outcome(on.point, permit, { end: 'failed', resultBytes: 7 })
    expect(entry).toMatchObject({
      kind: 'act.reported',
      actor: { kind: 'identity', id: on.point.identity.id },
      subject: { kind: 'task', id: on.agent.task.id },
      answers: permit.index,
      data: {
        taskId: on.agent.task.id,
        identityId: on.agent.identity.id,
        action: { name: 'docs/read_text_file', class: 'read' },
        end: 'failed',
        resultBytes: 7,
      },
    })
  })

  it('is taken for as long as it says, and no millisecond longer', async () => {
    const on = await stage()
    const permit = await on.pass()
    const old = { ...permit, entry: { ...permit.entry, atMs: on.world.nowMs - LIMITS.outcomeSeconds * 1000 - 1 } }
    expect(await report(on, old)).toBe('outcome_late')
    const just = { ...permit, entry: { ...permit.entry, atMs: on.world.nowMs - LIMITS.outcomeSeconds * 1000 } }
    expect(await report(on, just)).toBe('act.reported')
  })

  it('is known for as long as a server could take it again whose clock is behind', async () => {
    const on = await stage()
    const permit = await on.pass()
    const { changes } = await on.world.decide.outcome(on.point, permit, completed)
    const untilMs = permit.entry.atMs + LIMITS.outcomeSeconds * 1000
    const row = { id: `outcome/${permit.index}`, expiresMs: untilMs + LIMITS.clockSkewSeconds * 1000 }
    expect(changes).toContainEqual(insert('seen_proofs', row))
  })

  it('is not taken from one whose entitlement counts such acts no more', async () => {
    for (const change of [
      { state: 'ended' },
      { counts: [] },
      { counts: [{ action: 'mail/*', resource: '*' }] },
    ] as const) {
      const on = await stage()
      const permit = await on.pass()
      on.world.change('entitlements', 'ent_writer', change)
      expect(await report(on, permit)).toBe('asker_refused')
      expect(known(on)?.succeeded).toBe(0)
    }
  })

  const lies: readonly (readonly [string, (on: Stage, entry: LogEntry) => Partial<LogEntry>])[] = [
    ['the permit of somebody else', (on) => ({ actor: { kind: 'identity', id: on.agent.identity.id } })],
    ['a person', (on) => ({ actor: { kind: 'person', id: on.point.identity.id } })],
    ['a denial', () => ({ kind: 'decision.denial' })],
    ['what did not count', (_, { data }) => ({ data: without(data, 'counts') })],
    ['a call through the gateway', (_, { data }) => ({ data: { ...data, decision: 'call' } })],
    ['a permit that names no act', (_, { data }) => ({ data: without(data, 'action') })],
    ['a permit in no task', (_, { data }) => ({ data: without(data, 'taskId') })],
    [
      'an act that was never counted',
      (_, { data }) => ({ data: { ...data, action: { name: 'docs/x', class: 'read' } } }),
    ],
    ['a task that is not here', (_, { data }) => ({ data: { ...data, taskId: 'tsk_none' } })],
  ]
  it.each(lies)('is not taken of %s', async (_, change) => {
    const on = await stage()
    const { index, entry } = await on.pass()
    expect(await report(on, { index, entry: { ...entry, ...change(on, entry) } })).toBe('not_found')
    expect(known(on)?.succeeded).toBe(0)
  })

  it('is not taken from who acted', async () => {
    const on = await stage()
    expect(await report(on, await on.pass(), completed, on.agent)).toBe('not_found')
  })
})

function without(data: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([key]) => key !== name))
}
