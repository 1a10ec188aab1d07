import { policyToJson, schemaToJsonWithResolvedTypes } from '@cedar-policy/cedar-wasm/nodejs'
import { compilePolicy } from '../src/decide/cedar/compile-policy.ts'
import type { Entity } from '../src/decide/cedar/entities.ts'
import { Datetime, EntityUid } from '../src/decide/cedar/values/value.ts'
import { createCedarEngine } from '../src/decide/policy/cedar-engine.ts'
import { createCompiledEngine } from '../src/decide/policy/compiled-engine.ts'
import type { PolicyEngine, PolicyRequest } from '../src/decide/policy/engine.ts'
import { readNothing, readWords } from './run-bench.ts'

// One decision in process, by Cedar's own engine and by the compiled policies, over sets in which the same ten policies
// can apply: what a set costs must follow those, not how many there are.

const SCHEMA = `namespace App {
  entity Team;
  entity Agent in [Team] = { name: String, tier: Long, active: Bool, labels: Set<String> };
  entity Folder in [Folder] = { name: String };
  entity Doc in [Folder] = { name: String, level: Long, owner: Agent };
  action call;
  action read in [call] appliesTo {
    principal: [Agent], resource: [Doc], context: { now: datetime, approved: Bool, calls: Long }
  };
}`
const APPLYING = 10
const SIZES = [100, 1_000, 10_000]

const uid = (type: string, id: string | number): EntityUid => new EntityUid(`App::${type}`, String(id))

/** Twenty entities: a shelf of folders in each other, some agents, some documents. */
const ENTITIES: readonly Entity[] = [
  ...Array.from({ length: 8 }, (_, at) => ({
    uid: uid('Folder', at),
    attrs: { name: `folder ${at}` },
    parents: at === 0 ? [] : [uid('Folder', at - 1)],
  })),
  ...Array.from({ length: 6 }, (_, at) => ({
    uid: uid('Agent', at),
    attrs: { name: `agent ${at}`, tier: 3, active: true, labels: ['a0', 'a1'] },
    parents: [uid('Team', 'one')],
  })),
  ...Array.from({ length: 6 }, (_, at) => ({
    uid: uid('Doc', at),
    attrs: { name: `document ${at}`, level: 1, owner: uid('Agent', 1) },
    parents: [uid('Folder', 7)],
  })),
]

const REQUEST: PolicyRequest = {
  principal: uid('Agent', 0),
  action: uid('Action', 'read'),
  resource: uid('Doc', 0),
  context: { now: new Datetime(1_772_323_200_000), approved: false, calls: 5 },
  entities: ENTITIES,
}

function writePolicies(count: number): Readonly<Record<string, string>> {
  const texts = Array.from({ length: count }, (_, at) => {
    const scope =
      at < APPLYING
        ? 'principal is App::Agent, action in App::Action::"call", resource'
        : `principal == App::Agent::"x${at}", action == App::Action::"read", resource in App::Folder::"x${at}"`
    const when = `principal.active && principal.tier >= ${at % 5} && resource.level <= context.calls + ${at % 3}`
    const more = `principal.labels.contains("a${at % 4}") && context.now < datetime("2030-01-01")`
    const unless = 'resource.owner == principal && context.approved'
    return [`p${at}`, `permit (${scope}) when { ${when} && ${more} } unless { ${unless} };`] as const
  })
  return Object.fromEntries(texts)
}

/** How long one decision takes, in microseconds, and how many it was measured over. */
function time(engine: PolicyEngine, forMs: number): { readonly microseconds: number; readonly decisions: number } {
  for (const untilMs = performance.now() + forMs / 2; performance.now() < untilMs; ) engine.decide(REQUEST)
  const startMs = performance.now()
  let decisions = 0
  while (decisions === 0 || performance.now() < startMs + forMs) {
    engine.decide(REQUEST)
    decisions += 1
  }
  return { microseconds: ((performance.now() - startMs) * 1_000) / decisions, decisions }
}

/** One size of set, measured by both engines; `ratio` says how many times faster the compiled one is. */
export interface MeasuredPolicies {
  readonly policies: number
  readonly cedarMicroseconds: number
  readonly compiledMicroseconds: number
  readonly ratio: number
}

/** Measures every size. Throws where the engines do not answer alike: their figures would mean nothing. */
export function measurePolicies(forMs: number, sizes: readonly number[] = SIZES): readonly MeasuredPolicies[] {
  const schema = schemaToJsonWithResolvedTypes(SCHEMA)
  if (schema.type === 'failure') throw new Error(JSON.stringify(schema.errors))
  return sizes.map((policies) => {
    const texts = writePolicies(policies)
    const compiled = createCompiledEngine(schema.json, Object.entries(texts).map(compileText))
    const cedar = createCedarEngine(SCHEMA, texts)
    const [own, theirs] = [compiled.decide(REQUEST), cedar.decide(REQUEST)].map((answer) => JSON.stringify(answer))
    if (own !== theirs || !compiled.decide(REQUEST).allowed) throw new Error(`They differ: ${own} and ${theirs}.`)
    const [cedarTime, compiledTime] = [time(cedar, forMs), time(compiled, forMs)]
    return {
      policies,
      cedarMicroseconds: cedarTime.microseconds,
      compiledMicroseconds: compiledTime.microseconds,
      ratio: cedarTime.microseconds / compiledTime.microseconds,
    }
  })
}

function compileText([id, text]: readonly [string, string]): ReturnType<typeof compilePolicy> {
  const answer = policyToJson(text)
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors))
  return compilePolicy(id, answer.json)
}

/** Gives the rows as text, each size beside the smallest one. */
export function writePolicyReport(rows: readonly MeasuredPolicies[]): readonly string[] {
  const smallest = rows[0]?.compiledMicroseconds ?? 1
  return rows.map(({ policies, cedarMicroseconds, compiledMicroseconds, ratio }) => {
    const [cedar, compiled] = [cedarMicroseconds.toFixed(0), compiledMicroseconds.toFixed(1)]
    const beside = (compiledMicroseconds / smallest).toFixed(2)
    return `${policies} policies: Cedar ${cedar} µs, compiled ${compiled} µs, ${ratio.toFixed(0)} times faster, ${beside} times the smallest set`
  })
}

if (import.meta.main) {
  readWords('bench:policies', readNothing)
  process.stdout.write(`${writePolicyReport(measurePolicies(2_000)).join('\n')}\n`)
}
