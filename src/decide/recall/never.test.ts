import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import {
  agentOf,
  forbid,
  hear,
  hearTwice,
  type More,
  putPolicies,
  type RecallStage,
  recalls,
  setRecallStage,
  writeQuestion,
} from '../../../test/decide/recall-stage.ts'
import { startMs } from '../../../test/decide/world.ts'
import { LIMITS } from '../../ground/limits.ts'
import { setLimit } from '../../register/catalogue.ts'
import type { Policies } from '../policy/load-policies.ts'
import type { DecideStore } from '../store.ts'

describe('what is never remembered', () => {
  it.each<[string, More, (stage: RecallStage) => void]>([
    ['a denial', { action: { name: 'docs/none' } }, () => undefined],
    ['a change', { action: { name: 'docs/write_file' } }, () => undefined],
    ['a question with null in it', { context: { a: null } }, () => undefined],
    ['a number that JSON writes as null', { context: { a: Number.POSITIVE_INFINITY } }, () => undefined],
    ['at a time between two milliseconds', {}, ({ world }) => void Object.assign(world, { nowMs: world.nowMs + 0.5 })],
    [
      'what a limit counts',
      {},
      ({ world }) => {
        const row = { name: 'few', of: '*', per: 'chain', callsMax: 9, windowSeconds: 60, state: 'active' } as const
        const kept = { limit: undefined, catalogue: undefined }
        world.rows.commit(setLimit(row, kept, { kind: 'person', id: 'psn_owner' }).changes)
      },
    ],
    [
      'by policies that look at the clock',
      {},
      (stage) => putPolicies(stage, addPolicies(forbid('context.now < datetime("2020-01-01")'))),
    ],
    [
      'by policies that look at the clock in shadow',
      {},
      (stage) => putPolicies(stage, stage.world.shelf.enforced(), addPolicies(forbid('context.local.weekday > 7'))),
    ],
    [
      'what policies look at of a request',
      { context: { a: 'x' } },
      (stage) =>
        putPolicies(stage, addPolicies(forbid('context.asked.hasTag("a") && context.asked.getTag("a") == "y"'))),
    ],
  ])('%s', async (_, more, prepare) => {
    const stage = await setRecallStage()
    prepare(stage)
    await hearTwice(stage, more)
    expect([await recalls(stage, more), await recalls(stage, more)]).toEqual([false, false])
  })

  it.each([
    ['in force', 0],
    ['in shadow', 1],
  ])('what an engine %s said that was found to be wrong since', async (_, wrong) => {
    const stage = await setRecallStage()
    let isWrong = false
    const sets = [addPolicies(''), addPolicies('')].map((set, at) => ({
      ...set,
      engine: { ...set.engine, hasErred: () => at === wrong && isWrong },
    })) as [Policies, Policies]
    putPolicies(stage, ...sets)
    await hearTwice(stage)
    expect(await recalls(stage)).toBe(true)
    isWrong = true
    expect([await recalls(stage), await recalls(stage)]).toEqual([false, false])
  })

  it('a question that is longer than the longest', async () => {
    const stage = await setRecallStage()
    const bare = JSON.stringify(writeQuestion(stage, { context: { a: '' } })).length
    const ofLength = (chars: number): More => ({ context: { a: 'x'.repeat(chars - bare) } })
    for (const over of [0, 1]) await hearTwice(stage, ofLength(LIMITS.recalledCharsMax + over))
    expect(await recalls(stage, ofLength(LIMITS.recalledCharsMax))).toBe(true)
    expect(await recalls(stage, ofLength(LIMITS.recalledCharsMax + 1))).toBe(false)
  })

  it.each<[string, string, More, boolean]>([
    ['a denial by a policy', forbid('true'), {}, false],
    [
      'what a permit asks of whoever enforces it',
      '@id("acme:own") @sentence("Yes.") @obligation("Leave it out.") permit (principal, action == Remit::Action::"read", resource);',
      { context: { supported_obligations: ['custom'] } },
      true,
    ],
  ])('%s', async (_, policy, more, isObliged) => {
    const stage = await setRecallStage()
    putPolicies(stage, addPolicies(policy))
    await hearTwice(stage, more)
    for (let times = 0; times < 2; times += 1) {
      const before = stage.counted.asked
      const decision = await stage.remembering.evaluation(writeQuestion(stage, more), agentOf(stage))
      expect(decision.outcome === 'denial' || decision.obligations.length).toBe(isObliged ? 1 : true)
      expect(stage.counted.asked).toBeGreaterThan(before)
    }
  })

  it('what a workload asks, whose proof is another each time', async () => {
    const stage = await setRecallStage()
    for (let times = 0; times < 4; times += 1) {
      const { decision, isRecalled } = await hear(stage, {}, stage.world.workload())
      expect([decision.outcome, isRecalled]).toEqual(['permit', false])
    }
  })

  it('what was judged while something moved', async () => {
    const stage = await setRecallStage()
    const { cutoffs } = stage.world.store
    const moving = {
      ...stage.world.store,
      cutoffs: async (ids: readonly string[]) => {
        const found = await cutoffs(ids)
        stage.world.rows.put('seen_proofs', { id: 'x', expiresMs: startMs })
        return found
      },
    }
    const decide = stage.world.decideWith(stage.world.shelf.enforced(), moving)
    for (let times = 0; times < 4; times += 1) {
      const before = stage.counted.asked
      stage.world.take(await decide.evaluation(writeQuestion(stage), agentOf(stage)))
      expect(stage.counted.asked).toBeGreaterThan(before)
    }
  })

  it('what raises a label, also where that is not written yet', async () => {
    const stage = await setRecallStage()
    for (let times = 0; times < 4; times += 1) {
      const before = stage.counted.asked
      const { changes } = await stage.remembering.evaluation(writeQuestion(stage), agentOf(stage))
      expect(changes).toContainEqual(expect.objectContaining({ op: 'meter', table: 'task_usage' }))
      expect(stage.counted.asked).toBeGreaterThan(before)
    }
  })

  it('what takes from a budget, since its asking is its doing', async () => {
    const stage = await setRecallStage()
    const { world, agents } = stage
    world.change('entitlements', 'ent_writer', { counts: [{ action: '*', resource: '*' }] })
    const own = agents[0]?.task.id ?? ''
    for (let calls = 1; calls <= 4; calls += 1) {
      const before = stage.counted.asked
      world.take(await stage.remembering.evaluation(writeQuestion(stage), agentOf(stage, 1)))
      expect(stage.counted.asked).toBeGreaterThan(before)
      expect(world.rows.get('task_usage', own)).toMatchObject({ calls })
    }
  })

  it('what policies in shadow failed on', async () => {
    const stage = await setRecallStage()
    const failing = { decide: () => expect.unreachable() }
    putPolicies(stage, stage.world.shelf.enforced(), { ...addPolicies(''), engine: failing })
    await hearTwice(stage)
    const { decision, isRecalled } = await hear(stage)
    expect([isRecalled, decision.entry.data['shadow']]).toEqual([false, expect.objectContaining({ failed: true })])
  })

  it.each([
    'moves',
    'tasks',
    'identities',
    'persons',
    'entitlementsOf',
    'usages',
    'purposes',
    'bindings',
    'toolRule',
    'resourceRules',
    'limits',
    'cutoffs',
  ] as const)('an error of what is read once more (%s), which is a denial', async (name) => {
    const stage = await setRecallStage()
    let isBroken = false
    const read = stage.world.store[name] as (...asked: unknown[]) => unknown
    const breaking = (...asked: unknown[]): unknown => {
      if (isBroken) throw new Error('x')
      return read(...asked)
    }
    const store = { ...stage.world.store, [name]: breaking } as DecideStore
    const decide = stage.world.decideWith(stage.world.shelf.enforced(), store)
    for (let times = 0; times < 3; times += 1)
      stage.world.take(await decide.evaluation(writeQuestion(stage), agentOf(stage)))
    stage.world.rows.put('seen_proofs', { id: 'x', expiresMs: startMs }) // so that rows are read once more
    isBroken = true
    const before = stage.counted.asked
    expect(await decide.evaluation(writeQuestion(stage), agentOf(stage))).toMatchObject({ code: 'policy_error' })
    expect(stage.counted.asked).toBe(before)
  })
})
