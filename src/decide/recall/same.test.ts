import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { HAPPENINGS, type Happening, NOTHING, pick } from '../../../test/decide/recall-happenings.ts'
import { putPolicies, type RecallStage, setRecallStage } from '../../../test/decide/recall-stage.ts'
import { hourMs, personOf, reader, startMs } from '../../../test/decide/world.ts'
import { type Caller, placeCaller } from '../../authenticate/caller.ts'
import type { Decision } from '../../contract/decision.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
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

const CHANGES: readonly Happening[] = [
  ...HAPPENINGS,
  (stage, n) => putPolicies(stage, pick(SETS, n)),
  (stage, n) => putPolicies(stage, pick(SETS, n), pick(SETS, n >> 4)),
]

const STEPS_MS = [0, 1, 7, 150, 200, 300, 999, 1_000, 1_001, 4_000, 4_999, 61_000, hourMs, -1, -200, -1_500, -61_000]
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
  { weight: 24, arbitrary: fc.record({ ask: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ happens: fc.nat(CHANGES.length - 1), n: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ nothing: fc.nat(NOTHING.length - 1), n: fc.nat(255) }) },
  {
    weight: 1,
    arbitrary: fc.record({ races: fc.nat(CHANGES.length - 1), n: fc.nat(255), ask: fc.nat(1), after: fc.nat(14) }),
  },
  { weight: 2, arbitrary: fc.record({ stepMs: fc.constantFrom(...STEPS_MS) }) },
  { weight: 2, arbitrary: fc.record({ momentMs: fc.constantFrom(-201, -2, -1, 0, 1) }) },
)

function callerOf({ world, agents }: RecallStage, n: number, source: string | undefined): Caller {
  const agent = agents[n]
  const caller = agent === undefined ? personOf(world) : world.agent(agent.task, agent.credential)
  return source === undefined ? caller : placeCaller(caller, source)
}

/** The next moment of these days that a row names, whichever row that is; now where none names one. */
function nextMoment({ world }: RecallStage): number {
  const rows = [...world.rows.tables.values()].flatMap((table) => [...table.values()])
  const moments = rows.flatMap((row) =>
    Object.entries(row).flatMap(([name, told]: [string, unknown]) =>
      name.endsWith('Ms') && typeof told === 'number' && told > world.nowMs && told < startMs + 72 * hourMs
        ? [told]
        : [],
    ),
  )
  return moments.length === 0 ? world.nowMs : Math.min(...moments)
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
          else if ('momentMs' in move) stage.world.nowMs = nextMoment(stage) + move.momentMs
          else if ('happens' in move) pick(CHANGES, move.happens)(stage, move.n)
          else if ('nothing' in move) pick(NOTHING, move.nothing)(stage, move.n)
          else if ('races' in move) {
            const question = pick(questions, move.ask)
            const by = callerOf(stage, question.asker, question.source)
            const ask = (): Promise<Decision> => stage.remembering.evaluation(writeQuestion(stage, question), by)
            await stage.race(ask, move.after, () => pick(CHANGES, move.races)(stage, move.n)) // by what was, or what is
          } else {
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
