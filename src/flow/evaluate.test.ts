import { describe, expect, it } from 'vitest'
import { countTurns } from '../../test/count-turns.ts'
import { recordTo } from '../../test/decide/recording.ts'
import { reader, World } from '../../test/decide/world.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { openTestLog } from '../../test/record/open-test-log.ts'
import { insert } from '../contract/change.ts'
import type { EvaluationRequest } from '../decide/requests.ts'
import { systemClock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import { evaluateAll } from './evaluate.ts'

const question = (taskId: string, resource: string): EvaluationRequest => ({
  subject: { type: 'task', id: taskId, properties: {} },
  action: { name: 'docs/read_text_file', properties: {} },
  resource: { type: 'resource', id: resource, properties: {} },
  context: {},
})

describe('several questions', () => {
  it.each(['execute_all', 'permit_on_first_permit'] as const)('cost one commit (%s)', async (semantic) => {
    const world = new World()
    const agent = await world.start(reader.id)
    const kept = createMemoryStore()
    let commits = 0
    const store: typeof kept = {
      ...kept,
      commit: async (...args) => {
        commits += 1
        return kept.commit(...args)
      },
    }
    const log = await openTestLog(store)
    const house = { decide: world.decide, ...recordTo(log) }
    const denied = Array.from({ length: 20 }, () => question('tsk_unknown', 'docs:/a'))
    const before = commits
    const answered = await evaluateAll(house, agent, denied, { semantic })
    expect(answered.map(({ fact }) => fact.outcome)).toEqual(denied.map(() => 'denial'))
    expect(commits - before).toBe(1)
    await log.close()
  })

  it.each(['execute_all', 'permit_on_first_permit'] as const)('let others have their turn (%s)', async (semantic) => {
    const world = new World()
    const agent = await world.start(reader.id)
    const log = await openTestLog(createMemoryStore())
    const house = { decide: world.decide, ...recordTo(log) }
    const asked = Array.from({ length: 100 }, () => question('tsk_unknown', 'docs:/a'))
    const turns = await countTurns(() => evaluateAll(house, agent, asked, { semantic }))
    expect(turns).toBeGreaterThanOrEqual(asked.length / LIMITS.evaluationsAtOnceMax)
    await log.close()
  })

  it('of one asker wait for its own, so that what somebody else does goes between', async () => {
    const world = new World()
    const agent = await world.start(reader.id)
    const log = await openTestLog(createMemoryStore())
    let begun = 0
    const evaluation: typeof world.decide.evaluation = async (...asked) => {
      begun += 1
      return world.decide.evaluation(...asked)
    }
    const house = { ...recordTo(log), decide: { ...world.decide, evaluation } }
    const asked = Array.from({ length: LIMITS.evaluationsMax }, () => question('tsk_unknown', 'docs:/a'))
    const batches = Array.from({ length: 6 }, () => evaluateAll(house, agent, asked, { semantic: 'execute_all' }))
    await Promise.race(batches)
    expect(begun).toBeLessThanOrEqual(LIMITS.evaluationsOfOneMax + LIMITS.evaluationsMax)
    expect((await Promise.all(batches)).flat()).toHaveLength(6 * LIMITS.evaluationsMax)
    await log.close()
  })

  it.each(['execute_all', 'deny_on_first_deny'] as const)(
    'that take long are decided once each, and written in parts (%s)',
    async (semantic) => {
      const world = new World()
      const agent = await world.start(reader.id)
      const log = await openTestLog(createMemoryStore())
      let decided = 0
      const evaluation: typeof world.decide.evaluation = async (...args) => {
        const decision = await world.decide.evaluation(...args)
        decided += 1
        world.nowMs += 60
        return { ...decision, changes: [] } // the rows that they are about are in no store
      }
      const clock = { ...systemClock, nowMs: () => world.nowMs }
      const house = { decide: { ...world.decide, evaluation }, ...recordTo(log, clock) }
      const asked = Array.from({ length: 256 }, () => question(agent.task.id, 'docs:/handbook/a.md'))
      const answered = await evaluateAll(house, agent, asked, { semantic })
      expect(answered.map(({ fact }) => fact.outcome)).toEqual(asked.map(() => 'permit'))
      expect(decided).toBe(asked.length)
      await log.close()
    },
  )

  it('write down a proof that counts once with the first of them, and none where it was seen', async () => {
    const world = new World()
    const proof = insert('seen_proofs', { id: 'p1', expiresMs: 9_999_999_999_999 })
    const agent = { ...(await world.start(reader.id)), changes: [proof] }
    const log = await openTestLog(createMemoryStore())
    const house = { decide: world.decide, ...recordTo(log) }
    const asked = [question('tsk_a', 'docs:/a'), question('tsk_a', 'docs:/b'), question('tsk_a', 'docs:/c')]
    const answered = await evaluateAll(house, agent, asked, { semantic: 'execute_all' })
    expect(answered.map(({ index }) => index - (answered[0]?.index ?? 0))).toEqual([0, 1, 2])
    const before = log.checkpoint()
    await expect(evaluateAll(house, agent, asked, { semantic: 'execute_all' })).rejects.toMatchObject({
      code: 'assertion_replayed',
    })
    expect(log.checkpoint()).toBe(before)
    await log.close()
  })
})
