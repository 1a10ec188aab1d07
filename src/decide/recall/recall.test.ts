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
import { hourMs, personOf, reader, startMs } from '../../../test/decide/world.ts'
import { type AgentCaller, type Caller, placeCaller } from '../../authenticate/caller.ts'
import { insert } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import { tellQuestions } from '../../contract/question.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { LIMITS } from '../../ground/limits.ts'
import { setLimit } from '../../register/catalogue.ts'
import type { PolicyEngine } from '../policy/engine.ts'
import type { Shelf, Shelved } from '../policy/shelf.ts'
import { isSameDecision, readAsked, readDecided, redecide, remember } from '../replay/redecide.ts'
import type { DecideStore } from '../store.ts'

/** What stands on a shelf, but for a part of it. */
function standing(shelf: Shelf, other: Partial<Shelved>): Shelved {
  const [enforced, shadow, guards] = [shelf.enforced(), shelf.shadow(), shelf.guards()]
  return { enforced, shadow, guards, publication: shelf.publication(), ...other }
}

function pass(world: RecallStage['world'], ms: number): void {
  world.nowMs += ms
}

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

  it('carries guards that nobody can change, so that a store may remember that they held', async () => {
    const { decision } = await hear(await hearTwice(await setRecallStage()))
    expect(decision.changes.filter((each) => !Object.isFrozen(each))).toEqual([])
  })

  it('carries the proof of now, where whoever asks proves each time anew who they are', async () => {
    const stage = await setRecallStage()
    let proofs = 0
    const heard = async (): Promise<unknown[]> => {
      const proof = insert('seen_proofs', { id: `proof-of-key-${++proofs}`, expiresMs: startMs + hourMs })
      const { decision, isRecalled } = await hear(stage, {}, { ...agentOf(stage), changes: [proof] })
      return [isRecalled, decision.changes.filter(({ op }) => op === 'insert').map((each) => each === proof)]
    }
    for (let times = 0; times < 3; times += 1) await heard()
    expect([await heard(), await heard()]).toEqual([
      [true, [true]],
      [true, [true]],
    ])
  })

  it('reads nothing where nothing has moved, and once more each time where anything has', async () => {
    const stage = await setRecallStage()
    let reads = 0
    const { moves, standingMoves, ...others } = stage.world.store
    const counted = Object.entries(others).map(([name, read]) => [
      name,
      (...asked: readonly unknown[]): unknown => {
        reads += 1
        return (read as (...asked: readonly unknown[]) => unknown)(...asked)
      },
    ])
    const store = { moves, standingMoves, ...Object.fromEntries(counted) } as DecideStore // each read under its own name
    const decide = stage.world.decideWith(stage.world.shelf.enforced(), store)
    const ask = async (): Promise<number> => {
      reads = 0
      const { changes, outcome } = await decide.evaluation(writeQuestion(stage), agentOf(stage))
      expect(outcome).toBe('permit')
      stage.world.rows.commit(changes)
      return reads
    }
    for (let times = 0; times < 3; times += 1) await ask()
    expect(await ask()).toBe(0)
    stage.world.rows.put('seen_proofs', { id: 'x', expiresMs: startMs })
    expect([(await ask()) > 0, await ask()]).toEqual([true, 0])
  })

  it.each<[string, Partial<PolicyEngine>]>([
    ['decide otherwise', {}],
    ['cannot be found to be wrong', { hasErred: undefined as never }],
  ])('counts where policies in shadow %s', async (_, engine) => {
    const stage = await setRecallStage()
    const [enforced, shadow] = [addPolicies(''), addPolicies(forbid('true'))]
    putPolicies(
      stage,
      { ...enforced, engine: { ...enforced.engine, ...engine } },
      { ...shadow, engine: { ...shadow.engine, ...engine } },
    )
    const { decision, isRecalled } = await hear(await hearTwice(stage))
    expect([isRecalled, decision.entry.data['shadow']]).toEqual([true, expect.objectContaining({ outcome: 'denial' })])
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
    const decision = await stage.remembering.evaluation(writeQuestion(stage), agentOf(stage))
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

  it('is forgotten with the policies by which it was made, though these come back', async () => {
    const stage = await hearTwice(await setRecallStage())
    const { shelf } = stage.world
    const before = standing(shelf, {})
    shelf.put({ ...before, enforced: addPolicies('') })
    await hear(stage, { resource: { id: '/handbook/b.md' } })
    shelf.put(before)
    expect(await recalls(stage)).toBe(false)
  })

  it('is not given again where its policies were replaced while it was made', async () => {
    const stage = await setRecallStage()
    await hear(stage)
    const { shelf } = stage.world
    const ask = (more: More) => stage.remembering.evaluation(writeQuestion(stage, more), agentOf(stage))
    const asking: Promise<unknown>[] = []
    await stage.race(
      () => ask({}),
      0,
      () => {
        shelf.put(standing(shelf, { enforced: addPolicies(forbid('true')) }))
        asking.push(ask({ resource: { id: '/handbook/b.md' } }))
      },
    )
    await Promise.all(asking)
    expect([asking.length, (await hear(stage)).decision.outcome]).toEqual([1, 'denial'])
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
    await hearTwice(stage, {}, by())
    stage.world.nowMs += 499
    expect(await recalls(stage, {}, by())).toBe(true)
    stage.world.nowMs += 1
    const { decision } = await hear(stage, {}, by())
    expect(decision).toMatchObject({ code: 'asker_refused', reasons: [{}, { rule: 'law:credential-end' }] })
  })

  it.each([200, 500, 999, 1000, 1001])(
    'of a task below another ends with its entitlement, in %d ms',
    async (leftMs) => {
      const stage = await setRecallStage()
      const below = stage.agents[2]
      if (below === undefined) throw new Error('there is no helper')
      const about: More = { subject: { id: below.task.id } }
      const endsMs = stage.world.nowMs + leftMs
      stage.world.change('entitlements', 'ent_reader', { endsMs })
      stage.world.nowMs = Math.max(stage.world.nowMs, endsMs - 200)
      await hearTwice(stage, about, personOf(stage.world))
      stage.world.nowMs = endsMs - 1
      await hear(stage, about, personOf(stage.world))
      expect(await recalls(stage, about, personOf(stage.world))).toBe(true)
      stage.world.nowMs = endsMs
      expect((await hear(stage, about, personOf(stage.world))).decision.outcome).toBe('denial')
    },
  )

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

/** The agent, with a row of theirs as it stands nowhere. */
function retold<K extends 'credential' | 'task' | 'identity'>(
  stage: RecallStage,
  row: K,
  other: Partial<AgentCaller[K]>,
): Caller {
  const agent = agentOf(stage)
  return { ...agent, [row]: { ...agent[row], ...other } }
}

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
    ['with a key', (stage) => ({ ...agentOf(stage), possession: { kind: 'jkt', thumbprint: 'other' } })],
    [
      'of another task',
      ({ world, agents: [, asker] }) => world.agent(asker?.task ?? { id: '' }, asker?.credential as never),
    ],
    ['whose token is told otherwise', (stage) => retold(stage, 'credential', { strength: 'certificate' })],
    ['whose task is told otherwise', (stage) => retold(stage, 'task', { goal: 'Another' })],
    ['whose identity is told otherwise', (stage) => retold(stage, 'identity', { name: 'other' })],
    ['who is a person', ({ world }) => personOf(world)],
  ])('of somebody %s is not the same', async (_, by) => {
    const stage = await hearTwice(await setRecallStage())
    expect(await recalls(stage, {}, by(stage))).toBe(false)
  })

  it('of somebody elsewhere is not the same', async () => {
    const stage = await setRecallStage()
    const from = (source: string): Caller => placeCaller(agentOf(stage), source)
    await hearTwice(stage, {}, from('10.0.0.1'))
    expect([await recalls(stage, {}, from('10.0.0.2')), await recalls(stage, {}, from('10.0.0.1'))]).toEqual([
      false,
      true,
    ])
  })

  it('of a person in another session is not the same', async () => {
    const stage = await setRecallStage()
    const inSession = (sessionId: string): Caller => ({ ...personOf(stage.world), sessionId })
    await hearTwice(stage, {}, inSession('ses_1'))
    expect([await recalls(stage, {}, inSession('ses_2')), await recalls(stage, {}, inSession('ses_1'))]).toEqual([
      false,
      true,
    ])
  })

  it('of somebody else does not make the first forgotten', async () => {
    const stage = await setRecallStage()
    await hearTwice(stage)
    await hearTwice(stage, {}, agentOf(stage, 1))
    expect([await recalls(stage), await recalls(stage, {}, agentOf(stage, 1))]).toEqual([true, true])
  })

  it('of a person who has other roles is not the same', async () => {
    const stage = await setRecallStage()
    await hearTwice(stage, {}, personOf(stage.world))
    expect(await recalls(stage, {}, personOf(stage.world))).toBe(true)
    stage.world.change('persons', 'psn_voter', { roles: ['auditor'] })
    expect(await recalls(stage, {}, personOf(stage.world))).toBe(false)
    stage.world.change('persons', 'psn_voter', { roles: [] })
    expect((await hear(stage, {}, personOf(stage.world))).decision).toMatchObject({ code: 'asker_refused' })
  })
})
