import { describe, expect, it } from 'vitest'
import { compilePolicies, loadPolicies } from '../../../../test/decide/policy-set.ts'
import { readShipped } from '../load-policies.ts'
import { noteFailure, runTrials, type TrialResult } from './run-trials.ts'
import { readTrials } from './trial-case.ts'

const { engine } = await loadPolicies()

function run(...cases: readonly object[]): readonly TrialResult[] {
  const { cases: read, faults } = readTrials([{ name: 'a.test.json', text: JSON.stringify({ cases }) }])
  expect(faults).toEqual([])
  return runTrials(engine, read)
}

describe('a case', () => {
  it.each([
    ['reads as everybody may', { action: 'read' }, 'permit', ['base:call']],
    ['opens a task', { action: 'task' }, 'permit', ['base:task']],
    ['gets a token', { action: 'token' }, 'permit', ['base:token']],
    ['hands on', { action: 'delegation' }, 'permit', ['base:delegation']],
    ['is of another tier', { action: 'write', principal: { tier: 'T1' } }, 'denial', ['tier:observer-reads']],
    ['has a helper that is not active', { action: 'delegation', helper: { state: 'draft' } }, 'denial', []],
    [
      'touches more than its ceiling',
      { action: 'read', task: { ceiling: 'public' } },
      'denial',
      ['guardrail:data-ceiling'],
    ],
    [
      'has read what is not vouched for',
      { action: 'write', task: { untrusted: true, confidentiality: 'confidential' } },
      'denial',
      ['guardrail:untrusted-outflow'],
    ],
    [
      'is approved',
      { action: 'write', task: { untrusted: true, confidentiality: 'confidential' }, approved: true },
      'permit',
      ['base:call'],
    ],
    ['shows no key', { action: 'token', proof: { possession: false } }, 'denial', ['tier:possession']],
    [
      'is of a vendor',
      {
        action: 'read',
        principal: { runtime: 'vendor', vendor: 'acme' },
        resource: { sensitivity: 'restricted' },
        task: { ceiling: 'restricted' },
      },
      'denial',
      ['guardrail:vendor-restricted'],
    ],
    [
      'is made of what was approved',
      { action: 'token', principal: { composition: { model: 'large-4', toolsDigest: 'a' } } },
      'permit',
      ['base:token'],
    ],
  ] as const)('that %s comes out as it does in the house', (_, asked, expectation, by) => {
    expect(run({ name: 'it', expect: expectation, by, ...asked })).toMatchObject([{ ok: true, errors: [] }])
  })

  it('that fails says what was expected and what came', () => {
    const [failed] = run({ name: 'reads', action: 'read', expect: 'denial', by: ['acme:none'] })
    expect(failed).toMatchObject({ ok: false, came: { outcome: 'permit', by: ['base:call'] } })
    expect(failed && noteFailure(failed).sentence).toBe(
      '"reads": expected denial by acme:none, and permit by base:call came',
    )
  })

  it.each([
    ['an action that is none', { action: 'fly' }, /fly is no action/],
    ['a step that no ladder has', { action: 'read', principal: { tier: 'T9' } }, /T9 is no tier/],
    ['a fact that the schema has not', { action: 'read', principal: { shoes: 'red' } }, /shoes/],
    [
      'a part that nothing is made of',
      { action: 'read', principal: { composition: { model: 'm', seed: 'x' } } },
      /seed/,
    ],
    ['no model', { action: 'read', principal: { composition: {} } }, /model/],
    ['a fact of the wrong type', { action: 'read', task: { calls: 'many' } }, /calls|Long|long/],
    ['a fact that is missing', { action: 'read', task: { goal: null } }, /goal/],
    ['a fraction', { action: 'read', task: { calls: 0.5 } }, /whole number/],
    ['a history that is no count', { action: 'read', history: { read: { permitted: 'often' } } }, /whole numbers/],
    ['a time that is none of RFC 3339', { action: 'read', at: '2026-02-30 12:00' }, /RFC 3339/],
    ['a time zone that is none', { action: 'read', timeZone: 'Moon/Base' }, /no name of a time zone/],
    ['tags that are none', { action: 'read', asked: { region: 3 } }, /./],
  ])('with %s fails, whatever it expects, and says why', (_, asked, why) => {
    const [permit, denial] = run({ name: 'a', expect: 'permit', ...asked }, { name: 'b', expect: 'denial', ...asked })
    for (const result of [permit, denial]) {
      expect(result?.ok).toBe(false)
      expect(result?.errors.join(' ')).toMatch(why)
    }
  })
})

describe('what a chain has done', () => {
  it('is told by tool and class, with when', async () => {
    const { schema, shipped } = await readShipped()
    const text =
      '@id("a:checked") @sentence("A refund follows a check.") forbid (principal is Remit::Identity, action == Remit::Action::"write", resource is Remit::Resource) unless { context.history.lastSucceeded.hasTag("fraud/check") && context.now.durationSince(context.history.lastSucceeded.getTag("fraud/check")) < duration("10m") };'
    const policies = compilePolicies(schema, [...shipped, { name: 'a.cedar', text }])
    const cases = [
      [{}, 'denial'],
      [{ 'fraud/check': {} }, 'permit'],
      [{ 'fraud/check': { permitted: 3, succeeded: 0 } }, 'denial'],
      [{ 'fraud/check': { minutesAgo: 11 } }, 'denial'],
    ].map(([history, expectation]) => ({ name: 'n', action: 'write', history, expect: expectation }))
    const read = readTrials([{ name: 'a.test.json', text: JSON.stringify({ cases }) }])
    expect(runTrials(policies.engine, read.cases).map(({ ok, errors }) => [ok, errors])).toEqual(
      cases.map(() => [true, []]),
    )
  })
})

describe('a test file', () => {
  const whole = { name: 'n', action: 'read', expect: 'permit' }
  it.each([
    ['is no JSON', '{"cases": [\n  {]}', /no JSON/, 2],
    ['is something else', '[]', /a test file is/, 1],
    ['says something else beside', JSON.stringify({ cases: [], more: 1 }), /a test file is/, 1],
    ['has a case that is no object', JSON.stringify({ cases: [7] }), /case 1 is no object/, 1],
    ['has a case without a name', JSON.stringify({ cases: [{ ...whole, name: '' }] }), /needs a name/, 1],
    ['misspells a member', JSON.stringify({ cases: [{ ...whole, expects: 'permit' }] }), /"expects"/, 1],
    ['expects neither', JSON.stringify({ cases: [{ ...whole, expect: 'maybe' }] }), /"permit" or "denial"/, 1],
    ['names no ids', JSON.stringify({ cases: [{ ...whole, by: 'base:call' }] }), /list of ids/, 1],
    ['says facts as a text', JSON.stringify({ cases: [{ ...whole, task: 'x' }] }), /in objects/, 1],
    ['says a time as a number', JSON.stringify({ cases: [{ ...whole, at: 1 }] }), /a text/, 1],
  ])('that %s is a fault at its place', (_, text, sentence, line) => {
    expect(readTrials([{ name: 'a.test.json', text }])).toMatchObject({
      cases: [],
      faults: [{ file: 'a.test.json', line, sentence: expect.stringMatching(sentence) }],
    })
  })

  it('is bounded in its cases', () => {
    const text = JSON.stringify({ cases: Array.from({ length: 2_001 }, () => whole) })
    expect(readTrials([{ name: 'a.test.json', text }])).toMatchObject({ cases: [], faults: [{ kind: 'test' }] })
  })
})
