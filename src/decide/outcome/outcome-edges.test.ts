import { describe, expect, it } from 'vitest'
import { read, reader, taskRequest, World, writer, writerRequest } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { JsonObject, LogEntry } from '../../contract/log-entry.ts'
import type { CountedPermit, OutcomeSaid } from './judge-outcome.ts'

const leave = [{ action: 'read', resource: 'domain:remit' }]
const counts = [{ action: 'docs/*', resource: 'docs:/*' }]
const completed: OutcomeSaid = { end: 'completed', resultBytes: 0 }

/** An enforcement point that was permitted one act of an agent, which has a budget of bytes. */
async function stage(acts = counts) {
  const world = new World()
  world.classify({ pattern: 'domain:*', sensitivity: 'internal' })
  world.change('entitlements', 'ent_writer', { scope: leave, classes: ['read'], counts: acts })
  const point = await world.start(writer.id, { ...writerRequest, scope: leave })
  const budget = { callsMax: 9, writesMax: 0, bytesMax: 100 }
  const agent = await world.start(reader.id, { ...taskRequest, budget })
  const asked = {
    subject: { type: 'task', id: agent.task.id, properties: {} },
    action: { name: 'docs/read_text_file', properties: {} },
    resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
    context: {},
  }
  const { entry } = world.take(await world.decide.evaluation(asked, point))
  const permit: CountedPermit = { index: 7, entry: { ...entry, v: 1, org: 'org', atMs: world.nowMs, touched: [] } }
  return { world, point, agent, permit }
}

/** Why nothing is taken in; null where something is. */
async function refusal(
  { world, point }: { readonly world: World; readonly point: AgentCaller },
  permit: CountedPermit,
  said = completed,
): Promise<readonly [code: string, detail: string] | null> {
  try {
    world.rows.commit((await world.decide.outcome(point, permit, said)).changes)
    return null
  } catch (error) {
    const { code, detail, message } = error as { code: string; detail?: string; message: string }
    return [code, detail ?? message]
  }
}

const told = ({ entry, index }: CountedPermit, data: JsonObject, more: Partial<LogEntry> = {}): CountedPermit => ({
  index,
  entry: { ...entry, ...more, data: { ...entry.data, ...data } },
})

describe('how an act ended', () => {
  const unknown = ['not_found', 'No act that counts was permitted here by an entry of this number.']

  it.each<[string, JsonObject, Partial<LogEntry>?]>([
    ['names no task', { taskId: null }],
    ['names no identity', { identityId: null }],
    ['names no action', { action: { class: 'read' } }],
    ['names no class', { action: { name: 'docs/read_text_file' } }],
    ['names nothing that it was done to', { resources: [] }],
    ['names what it was done to in a text', { resources: 'docs:/handbook/a.md' }],
    ['names what it was done to without an id', { resources: [{ sensitivity: 'public' }, 'x', null] }],
    ['did not count', { counts: false }],
    ['was no evaluation', { decision: 'call' }],
    ['was no permit', {}, { kind: 'decision.denial' }],
    ['was of somebody else', {}, { actor: { kind: 'identity', id: reader.id } }],
    ['was of a person of this name', {}, { actor: { kind: 'person', id: writer.id } }],
    ['was in a task that is not there', { taskId: 'tsk_none' }],
    ['was of an action that nobody did', { action: { name: 'docs/fetch_page', class: 'read' } }],
  ])('is not taken in for a permit that %s', async (_, data, more) => {
    const on = await stage()
    expect(await refusal(on, told(on.permit, data, more))).toEqual(unknown)
  })

  it('is taken in where something else was named beside', async () => {
    const on = await stage()
    const resources = [{ id: 'docs:/handbook/a.md', sensitivity: 'internal' }, { id: 7 }, 'x']
    expect(await refusal(on, told(on.permit, { resources }))).toBeNull()
  })

  it('is not taken in from who may not let such an act happen any more', async () => {
    const no = ['asker_refused', 'It may not let such an act happen any more.']
    const narrowed = await stage()
    narrowed.world.change('entitlements', 'ent_writer', { counts: [{ action: 'docs/*', resource: 'docs:/board/*' }] })
    expect(await refusal(narrowed, narrowed.permit)).toEqual(no)
    const uncounted = await stage()
    const { counts: _, ...plain } = uncounted.world.rows.get('entitlements', 'ent_writer') ?? expect.unreachable()
    uncounted.world.rows.put('entitlements', plain)
    expect(await refusal(uncounted, uncounted.permit)).toEqual(no)
    const fallen = await stage()
    fallen.world.change('identities', writer.id, { state: 'suspended' })
    expect(await refusal(fallen, fallen.permit)).toEqual(no)
  })

  it('is taken in by any entitlement that counts all that it was done to', async () => {
    const on = await stage()
    const own = on.world.rows.get('entitlements', 'ent_writer') ?? expect.unreachable()
    on.world.rows.put('entitlements', {
      ...own,
      id: 'ent_a',
      counts: [{ action: 'docs/*', resource: 'docs:/board/*' }],
    })
    const both = [{ id: 'docs:/handbook/a.md' }, { id: 'docs:/board/b.md' }]
    expect(await refusal(on, told(on.permit, { resources: both }))).toBeNull()
    const narrow = [{ action: 'docs/*', resource: 'docs:/handbook/*' }]
    on.world.change('entitlements', 'ent_writer', { counts: narrow })
    const [code] = (await refusal(on, { ...told(on.permit, { resources: both }), index: 8 })) ?? []
    expect(code).toBe('asker_refused')
    expect(await refusal(on, { ...on.permit, index: 9 })).toBeNull()
  })

  it('takes what it gave off the budgets of the chain, up to all that is left', async () => {
    const on = await stage()
    const bytes = () => on.world.rows.get('task_usage', on.agent.task.id)?.bytes
    const give = (resultBytes: number, index: number) =>
      refusal(on, { ...on.permit, index }, { end: 'failed', resultBytes })
    expect([await give(0, 1), bytes()]).toEqual([null, 0])
    expect([await give(60, 2), bytes()]).toEqual([null, 60])
    const over = ['budget_exceeded', 'The result is larger than what the task may still read.']
    expect([await give(41, 3), bytes()]).toEqual([over, 60])
    expect([await give(40, 4), bytes()]).toEqual([null, 100])
    expect([await give(1, 5), await give(0, 6), bytes()]).toEqual([over, null, 100])
  })

  it('is bounded when it is written by what the task may read, and touches nothing where nothing was given', async () => {
    const on = await stage()
    const changesOf = async (resultBytes: number) =>
      (await on.world.decide.outcome(on.point, on.permit, { end: 'failed', resultBytes })).changes
    expect(await changesOf(5)).toContainEqual({
      op: 'meter',
      table: 'task_usage',
      key: on.agent.task.id,
      add: { bytes: 5 },
      raise: {},
      atMost: { bytes: 100 },
    })
    expect((await changesOf(0)).filter(({ table }) => table === 'task_usage' || table === 'chain_acts')).toEqual([])
  })

  it('says so in words that nobody else hears of the agent', async () => {
    const on = await stage()
    const fact = await on.world.decide.outcome(on.point, on.permit, completed)
    expect(fact.entry).toMatchObject({
      kind: 'act.reported',
      answers: 7,
      subject: { kind: 'task', id: on.agent.task.id },
      data: { action: { name: 'docs/read_text_file', class: 'read' }, end: 'completed', resultBytes: 0 },
    })
    expect((await on.world.decide.call(on.agent, read())).outcome).toBe('permit')
  })
})
