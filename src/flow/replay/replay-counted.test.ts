import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { reader, taskRequest, World, writer, writerRequest } from '../../../test/decide/world.ts'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createTestClock, openTestLog } from '../../../test/record/open-test-log.ts'
import type { Payload } from '../../contract/change.ts'
import { replayLog } from './replay-log.ts'

const leave = [{ action: 'read', resource: 'domain:remit' }]
const counts = [{ action: 'docs/*', resource: 'docs:/*' }]
const always = { sinceMs: 0, untilMs: null, from: null }

/** It looks at what counted permits leave behind: how often, and how they ended. */
const POLICY = `@id("order:twice") @sentence("Twice, and on only after success.")
  forbid (principal, action == Remit::Action::"read", resource is Remit::Resource)
  when { context has tool && context.history.permitted.hasTag("docs/read_text_file") &&
    context.history.permitted.getTag("docs/read_text_file") >= 2 }
  unless { context.history.succeeded.hasTag("docs/read_text_file") };`

describe('recorded permits that counted, decided again', () => {
  it('come out the same, bit for bit, whatever was counted and reported since', async () => {
    const policies = addPolicies(POLICY)
    const world = new World(policies)
    world.classify({ pattern: 'domain:*', sensitivity: 'internal' })
    world.change('entitlements', 'ent_writer', { scope: leave, classes: ['read'], counts })
    const point = await world.start(writer.id, { ...writerRequest, scope: leave })
    const { task } = await world.start(reader.id, {
      ...taskRequest,
      budget: { callsMax: 4, writesMax: 0, bytesMax: 9 },
    })
    const clock = createTestClock()
    const log = await openTestLog(createMemoryStore(), { clock })
    const payloads = new Map<string, Payload>([
      [policies.version, { id: policies.version, salt: '', body: policies.text }],
    ])
    const ask = async (): Promise<number> => {
      const decision = await world.decide.evaluation(
        {
          subject: { type: 'task', id: task.id, properties: {} },
          action: { name: 'docs/read_text_file', properties: {} },
          resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
          context: {},
        },
        point,
      )
      world.rows.commit(decision.changes)
      for (const change of decision.changes)
        if (change.op === 'insert' && change.table === 'payloads') payloads.set(change.row.id, change.row)
      clock.atMs += 1_000
      return (await log.record({ entry: decision.entry, changes: [] })).index
    }
    const first = await ask()
    await ask()
    const denied = await ask()
    const [permit] = await log.entriesBetween(first, first + 1)
    if (permit === undefined) throw new Error('nothing was recorded')
    const outcome = await world.decide.outcome(point, permit, { end: 'completed', resultBytes: 0 })
    world.rows.commit(outcome.changes)
    await log.record({ entry: outcome.entry, changes: [] })
    await ask()
    await ask()
    const overdrawn = await ask()

    const house = { log, clock, register: { payload: async (id: string) => payloads.get(id) as never } }
    const replayed = await replayLog(house, policies, always)
    expect(replayed).toMatchObject({ decisions: 5, ofLaws: 1, same: 5, differences: [] })
    expect(replayed.notAgain).toEqual({ older: 0, beside: 0, broken: 0, schema: 0 })
    const outcomes = await log.entriesBetween(first, overdrawn + 1)
    const kinds = outcomes.map(({ entry, index }) => [index, entry.kind, entry.data['counts'] ?? null])
    expect(kinds.filter(([, kind]) => kind === 'decision.denial').map(([index]) => index)).toEqual([denied, overdrawn])
    expect(kinds.filter(([, , counted]) => counted === true)).toHaveLength(4)

    // and what would come out otherwise is told of these like of any other
    const other = await replayLog(house, addPolicies(POLICY.replace('>= 2', '>= 1')), always)
    expect(other.differences).toMatchObject([{ before: 'permit', after: 'denied', count: 1 }])
  })
})
