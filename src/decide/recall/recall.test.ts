import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { putPolicies, type RecallStage, setRecallStage } from '../../../test/decide/recall-stage.ts'
import { hourMs, personOf, reader, startMs } from '../../../test/decide/world.ts'
import { type AgentCaller, type Caller, placeCaller } from '../../authenticate/caller.ts'
import type { Decision } from '../../contract/decision.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import { tellQuestions } from '../../contract/question.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { LIMITS } from '../../ground/limits.ts'
import { setLimit } from '../../register/catalogue.ts'
import type { Shelf, Shelved } from '../policy/shelf.ts'
import { isSameDecision, readAsked, readDecided, redecide, remember } from '../replay/redecide.ts'
import type { EvaluationRequest } from '../requests.ts'
import type { DecideStore } from '../store.ts'

type More = { readonly [K in keyof EvaluationRequest]?: Partial<EvaluationRequest[K]> }

const ask = ({ agents }: RecallStage, more: More = {}): EvaluationRequest => ({
  subject: { type: 'task', id: agents[0]?.task.id ?? '', properties: {}, ...more.subject },
  action: { name: 'docs/read_text_file', properties: {}, ...more.action },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {}, ...more.resource },
  context: more.context ?? {},
})

const agentOf = ({ world, agents: [agent] }: RecallStage): AgentCaller => {
  if (agent === undefined) throw new Error('there is no agent')
  return world.agent(agent.task, agent.credential)
}

/** What stands on a shelf, but for a part of it. */
function standing(shelf: Shelf, other: Partial<Shelved>): Shelved {
  const [enforced, shadow, guards] = [shelf.enforced(), shelf.shadow(), shelf.guards()]
  return { enforced, shadow, guards, publication: shelf.publication(), ...other }
}

function pass(world: RecallStage['world'], ms: number): void {
  world.nowMs += ms
}

interface Heard {
  readonly decision: Decision
  /** False where the policies were asked, or a law said no. */
  readonly isRecalled: boolean
}

function forbid(condition: string): string {
  return `@id("acme:own") @sentence("No.") forbid (principal, action == Remit::Action::"read", resource) when { ${condition} };`
}

/** Asks, writes it down, and holds the answer against one that is given without a memory. */
async function hear(stage: RecallStage, more: More = {}, by: Caller = agentOf(stage)): Promise<Heard> {
  const before = stage.counted.asked
  const decision = await stage.remembering.evaluation(ask(stage, more), by)
  const isRecalled = decision.outcome === 'permit' && stage.counted.asked === before
  const plain = await stage.plain.evaluation(ask(stage, more), by)
  expect(decision.outcome).toBe(plain.outcome)
  if (isRecalled) expect(decision).toEqual(plain)
  stage.world.rows.commit(decision.changes)
  return { decision, isRecalled }
}

/** Asks until it is remembered. The first permit raises a label of the task, which the second finds moved. */
async function hearTwice(stage: RecallStage, more: More = {}, by?: Caller): Promise<RecallStage> {
  for (let times = 0; times < 3; times += 1) await hear(stage, more, by)
  return stage
}

async function recalls(stage: RecallStage, more: More = {}, by?: Caller): Promise<boolean> {
  return (await hear(stage, more, by)).isRecalled
}

const EVERY: More = {}

describe('a judgement that was made a moment ago', () => {
  it('is given again for the very same question, with the time of now and with its guards', async () => {
    const stage = await setRecallStage()
    const first = await hear(await hearTwice(stage))
    stage.world.nowMs += 1_234
    const again = await hear(stage)
    expect([first.isRecalled, again.isRecalled]).toEqual([true, true])
    expect(again.decision.entry.data).toMatchObject({ questions: { atMs: stage.world.nowMs } })
    expect(again.decision.changes).toEqual(first.decision.changes)
    expect(again.decision.changes.length).toBeGreaterThan(5)
  })

  it('is decided again from its entry like any other', async () => {
    const stage = await setRecallStage()
    await hearTwice(stage)
    stage.world.nowMs += 999
    const { decision, isRecalled } = await hear(stage)
    const data = JSON.parse(canonicalJson(decision.entry.data)) as JsonObject
    const told = tellQuestions(data)
    if (typeof told === 'string') throw new Error(told)
    expect([isRecalled, told.atMs]).toEqual([true, stage.world.nowMs])
    const after = redecide(stage.world.shelf.enforced(), remember(data, readAsked(told)))
    expect(isSameDecision(readDecided(data), after)).toBe(true)
  })

  it('is refused when it is written, where what it rests on has moved since it was given', async () => {
    const stage = await setRecallStage()
    await hearTwice(stage)
    const decision = await stage.remembering.evaluation(ask(stage), agentOf(stage))
    stage.world.change('identities', reader.id, { state: 'suspended' })
    expect(() => stage.world.rows.commit(decision.changes)).toThrow('conflict')
  })

  it.each<[string, (stage: RecallStage) => void]>([
    ['nothing', () => undefined],
    ['a row of another', ({ world }) => void world.rows.put('persons', { ...personOf(world).person, id: 'psn_new' })],
    ['a proof', ({ world }) => void world.rows.put('seen_proofs', { id: 'x', expiresMs: startMs })],
    ['an entitlement of another', ({ world }) => world.change('entitlements', 'ent_writer', { state: 'ended' })],
    ['the clock by seconds', ({ world }) => pass(world, LIMITS.recallMs - 1)],
  ])('counts where what has moved is %s', async (_, move) => {
    const stage = await hearTwice(await setRecallStage())
    move(stage)
    expect([await recalls(stage), await recalls(stage)]).toEqual([true, true])
  })

  it.each<[string, (stage: RecallStage) => void]>([
    ['the identity', ({ world }) => world.change('identities', reader.id, { state: 'suspended' })],
    ['its name', ({ world }) => world.change('identities', reader.id, { name: 'other' })],
    ['its owner', ({ world }) => world.change('persons', 'psn_owner', { state: 'left' })],
    ['its entitlement', ({ world }) => world.change('entitlements', 'ent_reader', { state: 'ended' })],
    ['a word of its entitlement', ({ world }) => world.change('entitlements', 'ent_reader', { reason: 'other' })],
    [
      'what it is entitled to beside',
      ({ world }) => {
        const row = world.rows.get('entitlements', 'ent_reader')
        if (row !== undefined) world.rows.put('entitlements', { ...row, id: 'ent_more' })
      },
    ],
    ['its task', ({ world, agents }) => world.change('tasks', agents[0]?.task.id ?? '', { goal: 'Another' })],
    ['what it has used', ({ world, agents }) => world.change('task_usage', agents[0]?.task.id ?? '', { calls: 1 })],
    ['its binding', ({ world }) => world.change('bindings', 'bnd_reader', { endedMs: 1 })],
    ['its purpose', ({ world }) => world.change('purposes', 'summarise', { title: 'Other' })],
    ['the tool', ({ world }) => world.change('tool_rules', 'docs/read_text_file', { state: 'quarantined' })],
    ['a resource', ({ world }) => world.classify({ pattern: 'docs:/handbook/*', sensitivity: 'public' })],
    ['a cutoff', ({ world }) => world.cutOff(`identity:${reader.id}`)],
    ['a cutoff of long ago', ({ world }) => world.cutOff('owner:psn_owner', startMs - 200 * hourMs)],
    ['on whose behalf it acts', ({ world, agents }) => world.actFor(agents[0]?.task.id ?? '', 'psn_asker')],
    [
      'a limit',
      ({ world }) => {
        const row = { name: 'few', of: 'x', per: 'chain', callsMax: 1, windowSeconds: 60, state: 'active' } as const
        const kept = { limit: undefined, catalogue: undefined }
        world.rows.commit(setLimit(row, kept, { kind: 'person', id: 'psn_owner' }).changes)
      },
    ],
    ['a policy', ({ world: { shelf } }) => shelf.put(standing(shelf, { enforced: addPolicies(forbid('true')) }))],
    ['what is in shadow', ({ world: { shelf } }) => shelf.put(standing(shelf, { shadow: addPolicies('') }))],
    [
      'what its record would guard of the policies',
      ({ world: { shelf } }) => shelf.put(standing(shelf, { guards: [] })),
    ],
    ['the number of the version', ({ world: { shelf } }) => shelf.put(standing(shelf, { publication: 2 }))],
    ['the clock to before it', ({ world }) => pass(world, -1)],
    ['the clock too far', ({ world }) => pass(world, LIMITS.recallMs)],
    ['the minute', ({ world }) => pass(world, 60_000)],
  ])('is made anew where %s has moved', async (_, move) => {
    const stage = await hearTwice(await setRecallStage())
    expect(await recalls(stage)).toBe(true)
    move(stage)
    expect(await recalls(stage)).toBe(false)
  })

  it('by policies that look at what was done before is made anew once more was done', async () => {
    const stage = await setRecallStage()
    const { world } = stage
    putPolicies(stage, addPolicies(forbid('context.history.permitted.hasTag("docs/write_file")')))
    expect(await recalls(await hearTwice(stage))).toBe(true)
    const act = { rootId: agentOf(stage).task.rootId, firstMs: startMs, permitted: 1, lastMs: startMs } as const
    const row = { ...act, succeeded: 0, succeededMs: 0 }
    world.rows.put('chain_acts', { ...row, name: 'docs/read_text_file' })
    expect([await recalls(stage), await recalls(stage)]).toEqual([false, true])
    world.rows.put('chain_acts', { ...row, name: 'docs/write_file' })
    expect((await hear(stage)).decision).toMatchObject({ outcome: 'denial', reasons: [{ rule: 'acme:own' }] })
  })

  it('is made anew in another minute, which its entry tells', async () => {
    const stage = await setRecallStage()
    await hearTwice(stage)
    stage.world.nowMs = startMs + 58_000
    expect([await recalls(stage), await recalls(stage)]).toEqual([false, true])
    stage.world.nowMs = startMs + 59_999
    expect(await recalls(stage)).toBe(true)
    stage.world.nowMs = startMs + 60_000
    expect([await recalls(stage), await recalls(stage)]).toEqual([false, true])
  })

  it.each<[string, (stage: RecallStage, endsMs: number) => void]>([
    ['entitlement', ({ world }, endsMs) => world.change('entitlements', 'ent_reader', { endsMs })],
    ['task', ({ world, agents }, endsMs) => world.change('tasks', agents[0]?.task.id ?? '', { endsMs })],
  ])('ends with its %s', async (_, end) => {
    const stage = await setRecallStage()
    end(stage, stage.world.nowMs + 500)
    await hearTwice(stage)
    stage.world.nowMs += 499
    expect(await recalls(stage)).toBe(true)
    stage.world.nowMs += 1
    expect((await hear(stage)).decision.outcome).toBe('denial')
  })

  it('ends with the credential of whoever asks about another', async () => {
    const stage = await setRecallStage()
    const [, asker] = stage.agents
    if (asker === undefined) throw new Error('there is no asker')
    const by = (): Caller => stage.world.agent(asker.task, asker.credential)
    stage.world.change('credentials', asker.credential.id, { expiresMs: stage.world.nowMs + 500 })
    await hearTwice(stage, EVERY, by())
    stage.world.nowMs += 499
    expect(await recalls(stage, EVERY, by())).toBe(true)
    stage.world.nowMs += 1
    const { decision } = await hear(stage, EVERY, by())
    expect(decision).toMatchObject({ code: 'asker_refused', reasons: [{}, { rule: 'law:credential-end' }] })
  })

  it('of a task below another tells the seconds that are left above it', async () => {
    const stage = await setRecallStage()
    const below = stage.agents[2]
    if (below === undefined) throw new Error('there is no helper')
    const about: More = { subject: { id: below.task.id } }
    await hearTwice(stage, about, personOf(stage.world))
    const heard: boolean[] = []
    // the seconds that are left above change 321 ms after each whole second of the world
    for (const passedMs of Array.from({ length: 6 }, () => [998, 1, 1, 100, 400]).flat()) {
      stage.world.nowMs += passedMs
      heard.push(await recalls(stage, about, personOf(stage.world))) // each is held against a plain one
    }
    expect(heard.filter((each) => each).length).toBeGreaterThan(15)
    expect(heard).toContain(false)
  })
})

describe('another question', () => {
  it.each<[string, More]>([
    ['about another subject', { subject: { type: 'agent', id: reader.id, properties: {} } }],
    ['with a word about the subject', { subject: { properties: { a: 1 } } }],
    ['about another action', { action: { name: 'docs/fetch_page' } }],
    ['with an argument', { action: { properties: { a: 1 } } }],
    ['about another resource', { resource: { id: '/handbook/b.md' } }],
    ['about another type', { resource: { type: 'docs:', id: 'handbook/a.md' } }],
    ['with a word about the resource', { resource: { properties: { a: '1' } } }],
    ['with a context', { context: { a: true } }],
  ])('%s is not the same', async (_, more) => {
    const stage = await hearTwice(await setRecallStage())
    expect(await recalls(stage, more)).toBe(false)
  })

  it.each<[string, (stage: RecallStage) => Caller]>([
    ['from somewhere', (stage) => placeCaller(agentOf(stage), '10.0.0.1')],
    ['with a key', (stage) => ({ ...agentOf(stage), keyThumbprint: 'other' })],
    [
      'of another task',
      ({ world, agents: [, asker] }) => world.agent(asker?.task ?? { id: '' }, asker?.credential as never),
    ],
    ['who is a person', ({ world }) => personOf(world)],
  ])('of somebody %s is not the same', async (_, by) => {
    const stage = await hearTwice(await setRecallStage())
    expect(await recalls(stage, EVERY, by(stage))).toBe(false)
  })

  it('of a person who has other roles is not the same', async () => {
    const stage = await setRecallStage()
    await hearTwice(stage, EVERY, personOf(stage.world))
    expect(await recalls(stage, EVERY, personOf(stage.world))).toBe(true)
    stage.world.change('persons', 'psn_voter', { roles: ['auditor'] })
    expect(await recalls(stage, EVERY, personOf(stage.world))).toBe(false)
    stage.world.change('persons', 'psn_voter', { roles: [] })
    expect((await hear(stage, EVERY, personOf(stage.world))).decision).toMatchObject({ code: 'asker_refused' })
  })
})

describe('what is never remembered', () => {
  it.each<[string, More, (stage: RecallStage) => void]>([
    ['a denial', { action: { name: 'docs/none' } }, () => undefined],
    ['a change', { action: { name: 'docs/write_file' } }, () => undefined],
    ['a long question', { context: { a: 'x'.repeat(LIMITS.recalledCharsMax) } }, () => undefined],
    ['a question with null in it', { context: { a: null } }, () => undefined],
    ['a number that JSON writes as null', { context: { a: Number.POSITIVE_INFINITY } }, () => undefined],
    ['at a time between two milliseconds', {}, ({ world }) => pass(world, 0.5)],
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

  it('what an engine said that was found to be wrong since', async () => {
    const stage = await setRecallStage()
    let isWrong = false
    const set = stage.world.shelf.enforced()
    putPolicies(stage, { ...set, engine: { ...set.engine, hasErred: () => isWrong } })
    await hearTwice(stage)
    expect(await recalls(stage)).toBe(true)
    isWrong = true
    expect([await recalls(stage), await recalls(stage)]).toEqual([false, false])
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
      stage.world.take(await decide.evaluation(ask(stage), agentOf(stage)))
      expect(stage.counted.asked).toBeGreaterThan(before)
    }
  })

  it('what raises a label, also where that is not written yet', async () => {
    const stage = await setRecallStage()
    for (let times = 0; times < 4; times += 1) {
      const before = stage.counted.asked
      const { changes } = await stage.remembering.evaluation(ask(stage), agentOf(stage))
      expect(changes).toContainEqual(expect.objectContaining({ op: 'meter', table: 'task_usage' }))
      expect(stage.counted.asked).toBeGreaterThan(before)
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
    for (let times = 0; times < 3; times += 1) stage.world.take(await decide.evaluation(ask(stage), agentOf(stage)))
    stage.world.rows.put('seen_proofs', { id: 'x', expiresMs: startMs }) // so that rows are read once more
    isBroken = true
    const before = stage.counted.asked
    expect(await decide.evaluation(ask(stage), agentOf(stage))).toMatchObject({ code: 'policy_error' })
    expect(stage.counted.asked).toBe(before)
  })
})
