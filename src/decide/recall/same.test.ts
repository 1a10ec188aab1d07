import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { putPolicies, type RecallStage, setRecallStage } from '../../../test/decide/recall-stage.ts'
import { hourMs, personOf, reader, startMs, writer } from '../../../test/decide/world.ts'
import { type Caller, placeCaller } from '../../authenticate/caller.ts'
import type { TableName } from '../../contract/change.ts'
import type { Decision } from '../../contract/decision.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { setLimit } from '../../register/catalogue.ts'
import type { Policies } from '../policy/load-policies.ts'
import type { EvaluationRequest } from '../requests.ts'

const forbid = (condition: string): string =>
  `@id("acme:own") @sentence("No.") forbid (principal, action == Remit::Action::"read", resource) when { ${condition} };`

const SETS: readonly Policies[] = [
  addPolicies(''),
  addPolicies(forbid('resource.sensitivity.rank > 1')),
  addPolicies(forbid('context.now >= datetime("2026-03-01T00:00:01.500Z")')),
  addPolicies(forbid('context.local.minuteOfDay >= 1')),
  addPolicies(forbid('context.task.secondsLeft < 3599')),
  addPolicies(forbid('context has source && context.source.isInRange(ip("10.0.0.2"))')),
  addPolicies(forbid('context.asked.hasTag("a") && context.asked.getTag("a") == "Infinity"')),
  addPolicies(forbid('context.history.permitted.hasTag("read")')),
]

/** What may happen between two questions; `n` is any whole number. */
type Happening = (stage: RecallStage, n: number) => void

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T // lists here are not empty
const change =
  <T extends TableName>(
    table: T,
    key: (stage: RecallStage, n: number) => string,
    ...ways: readonly object[]
  ): Happening =>
  (stage, n) =>
    stage.world.change(table, key(stage, n), pick(ways, n >> 3) as never)
const identity = (_: RecallStage, n: number): string => pick([reader.id, writer.id], n)
const task = ({ agents }: RecallStage, n: number): string => pick(agents, n).task.id
const token = ({ agents }: RecallStage, n: number): string => pick(agents, n).credential.id
const soon = (stage: RecallStage, n: number): number => stage.world.nowMs + (n % 3) * 200

const HAPPENINGS: readonly Happening[] = [
  change('identities', identity, { state: 'suspended' }, { state: 'active' }, { name: 'other' }, { tier: 'T3' }),
  change('persons', () => 'psn_owner', { state: 'left' }, { state: 'active' }),
  change('persons', () => 'psn_voter', { roles: [] }, { roles: ['auditor'] }),
  change(
    'entitlements',
    (_, n) => pick(['ent_reader', 'ent_writer'], n),
    { state: 'ended' },
    { state: 'granted' },
    { approval: 'each-call' },
    { approval: 'none' },
    { ceiling: 'public' },
    { ceiling: 'confidential' },
  ),
  change('tasks', task, { state: 'revoked' }, { state: 'active' }, { goal: 'Another' }, { ceiling: 'public' }),
  change('task_usage', task, { calls: 10 }, { calls: 0 }, { confidentiality: 2, integrity: 1 }, { pivots: 50 }),
  change('credentials', token, { state: 'revoked' }, { state: 'issued' }),
  change('bindings', (_, n) => pick(['bnd_reader', 'bnd_writer'], n), { endedMs: 1 }, { endedMs: null }),
  change('purposes', (_, n) => pick(['summarise', 'release'], n), { classes: [] }, { classes: ['read', 'delegate'] }),
  change(
    'tool_rules',
    () => 'docs/read_text_file',
    { state: 'quarantined' },
    { state: 'active' },
    { actionClass: 'write' },
    { actionClass: 'read' },
    { resultIntegrity: 'untrusted' },
  ),
  (stage, n) => stage.world.change('entitlements', 'ent_reader', { endsMs: soon(stage, n) }),
  (stage, n) => stage.world.change('entitlements', 'ent_writer', { startsMs: soon(stage, n) }),
  (stage, n) => stage.world.change('tasks', task(stage, n), { endsMs: soon(stage, n) + 1_000 }),
  (stage, n) => stage.world.change('tasks', task(stage, n), { endsMs: stage.world.nowMs + hourMs }),
  (stage, n) => stage.world.change('credentials', token(stage, n), { expiresMs: soon(stage, n) }),
  ({ world }, n) => world.classify({ pattern: 'docs:/handbook/*', sensitivity: pick(['internal', 'public'], n) }),
  (stage, n) =>
    stage.world.cutOff(
      pick(['identity:idn_reader', 'owner:psn_owner', 'upstream:docs', `task:${task(stage, n)}`], n),
      pick([startMs - hourMs, startMs - 85 * hourMs, stage.world.nowMs], n >> 2),
    ),
  ({ world }, n) => {
    const row = { name: 'few', of: 'read', per: 'identity', callsMax: n % 3, windowSeconds: 60 } as const
    const kept = { limit: world.rows.get('limits', 'few'), catalogue: world.rows.get('catalogues', 'limits') }
    const next = setLimit({ ...row, state: pick(['ended', 'active'], n) }, kept, { kind: 'person', id: 'psn_owner' })
    world.rows.commit(next.changes)
  },
  ({ world, agents }, n) => {
    const name = pick(['read', 'docs/read_text_file'], n)
    const counts = { firstMs: startMs, permitted: 1, lastMs: startMs, succeeded: 0, succeededMs: 0 }
    world.rows.put('chain_acts', { rootId: pick(agents, n).task.rootId, name, ...counts })
  },
  (stage, n) => stage.world.actFor(task(stage, n), 'psn_asker'),
  ({ world }) => world.change('persons', 'psn_asker', { state: 'left' }),
  (stage, n) => putPolicies(stage, pick(SETS, n)),
  (stage, n) => putPolicies(stage, pick(SETS, n), pick(SETS, n >> 4)),
]

/** What moves the store or the clock, and changes nothing that most questions rest on. */
const NOTHING: readonly Happening[] = [
  ({ world }, n) => world.rows.put('seen_proofs', { id: `proof-${n}`, expiresMs: world.nowMs }),
  ({ world }) => world.change('entitlements', 'ent_reader', {}),
  ({ world }) => world.rows.put('persons', { ...personOf(world).person, id: 'psn_other' }),
]

const STEPS_MS = [0, 1, 7, 200, 999, 1_000, 4_000, 61_000, hourMs, -1, -1_500]
const mostly = <T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(first) }, { weight: 3, arbitrary: fc.constantFrom(...others) })
const QUESTIONS = fc.record({
  of: fc.nat(3),
  action: mostly('docs/read_text_file', 'read', 'docs/write_file', 'docs/none'),
  resource: mostly('/handbook/a.md', '/handbook/b.md', '/x'),
  said: mostly<Readonly<Record<string, unknown>>>({}, { a: 'x' }, { a: Number.POSITIVE_INFINITY }, { a: null }),
  asker: mostly(3, 0, 1, 2),
  source: mostly<string | undefined>(undefined, '10.0.0.1', '10.0.0.2'),
})

const MOVES = fc.oneof(
  { weight: 16, arbitrary: fc.record({ ask: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ happens: fc.nat(HAPPENINGS.length - 1), n: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ nothing: fc.nat(NOTHING.length - 1), n: fc.nat(255) }) },
  { weight: 2, arbitrary: fc.record({ stepMs: fc.constantFrom(...STEPS_MS) }) },
)

function callerOf({ world, agents }: RecallStage, n: number, source: string | undefined): Caller {
  const agent = agents[n]
  const caller = agent === undefined ? personOf(world) : world.agent(agent.task, agent.credential)
  return source === undefined ? caller : placeCaller(caller, source)
}

type Question = typeof QUESTIONS extends fc.Arbitrary<infer Q> ? Q : never

function writeQuestion({ agents }: RecallStage, { of, action, resource, said }: Question): EvaluationRequest {
  const own = agents[of]
  const id = own?.task.id ?? agents[0]?.task.id ?? ''
  return {
    subject:
      own === undefined ? { type: 'agent', id: reader.id, properties: {} } : { type: 'task', id, properties: {} },
    action: { name: action, properties: said },
    resource: { type: 'docs', id: resource, properties: {} },
    context: own === undefined ? { task: id } : {},
  }
}

/** Ids and salts are drawn anew by each decision; one of many is held against Cedar's engine, which looks at a whole history. */
const withoutChance = (decision: Decision): string =>
  canonicalJson({ ...decision, changes: decision.changes.filter(({ table }) => table !== 'chain_acts') })
    .replaceAll(/apr_[0-9a-z]{26}/g, 'apr')
    .replaceAll(/questions-[0-9a-f]{64}/g, 'questions')
    .replaceAll(/"salt":"[^"]+"/g, '"salt":0')

describe('a memory of judgements', () => {
  it('never changes one, whatever happens between two questions', async () => {
    let [recalled, judged] = [0, 0]
    const history = fc.asyncProperty(
      fc.array(QUESTIONS, { minLength: 2, maxLength: 2 }),
      fc.array(MOVES, { minLength: 6, maxLength: 40 }),
      async (questions, moves) => {
        const stage = await setRecallStage()
        for (const move of moves) {
          if ('stepMs' in move) stage.world.nowMs += move.stepMs
          else if ('happens' in move) pick(HAPPENINGS, move.happens)(stage, move.n)
          else if ('nothing' in move) pick(NOTHING, move.nothing)(stage, move.n)
          else {
            const question = pick(questions, move.ask)
            const by = callerOf(stage, question.asker, question.source)
            const request = writeQuestion(stage, question)
            const before = stage.counted.asked
            const given = await stage.remembering.evaluation(request, by)
            if (given.outcome === 'permit' && stage.counted.asked === before) recalled += 1
            else judged += 1
            const anew = await stage.plain.evaluation(request, by)
            expect(withoutChance(given)).toBe(withoutChance(anew))
            stage.world.rows.commit(given.changes)
          }
        }
      },
    )
    await fc.assert(history, { numRuns: Math.min(RUNS.numRuns, 1_500) })
    expect(judged).toBeGreaterThan(200)
    expect(recalled).toBeGreaterThan(judged / 4)
  }, 300_000)
})
