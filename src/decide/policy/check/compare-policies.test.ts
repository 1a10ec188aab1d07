import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../../test/decide/policy-set.ts'
import { readShipped } from '../load-policies.ts'
import { askTrial } from '../trial/ask-trial.ts'
import { readTrials } from '../trial/trial-case.ts'
import { checkPolicies } from './check-policies.ts'
import { comparePolicies } from './compare-policies.ts'

const { schema, shipped } = await readShipped()

/** A policy about acts: what it asks of the principal, under which conditions, in what words. */
interface Rule {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly action: string
  readonly conditions: readonly string[]
  readonly sentence?: string
}

const write = ({ id, effect, action, conditions, sentence = 'So it is.' }: Rule): string =>
  `@id("a:${id}") @sentence("${sentence}")\n${effect} (principal is Remit::Identity, ${action}, resource is Remit::Resource)${conditions.map((each) => ` ${each}`).join('')};`

const CALL = 'action in Remit::Action::"call"'
const CHANGE = 'action in Remit::Action::"change"'
const X = 'when { principal.name == "x" }'
const Y = 'unless { context.approved }'
const ERRS = 'when { context.task.calls * 9223372036854775807 > 0 }'

function read(rules: readonly Rule[]) {
  const checked = checkPolicies({ schema, shipped, own: [{ name: 'a.cedar', text: rules.map(write).join('\n') }] })
  expect(checked.faults).toEqual([])
  return checked.policies
}
const compare = (before: readonly Rule[], after: readonly Rule[]) => comparePolicies(read(before), read(after))
const forbid = (...conditions: string[]): Rule => ({ id: 'r', effect: 'forbid', action: CALL, conditions })
const permit = (...conditions: string[]): Rule => ({ id: 'r', effect: 'permit', action: CALL, conditions })

describe('a change of policies', () => {
  it.each<[string, Rule[], Rule[], string]>([
    ['adds a forbid', [], [forbid(X)], 'tightens'],
    ['takes a forbid away', [forbid(X)], [], 'loosens'],
    ['adds a permit', [], [permit(X)], 'loosens'],
    ['takes a permit away', [permit(X)], [], 'tightens'],
    ['takes a permit away that errs', [permit(ERRS)], [], 'loosens'],
    ['gives a permit a further condition', [permit(X)], [permit(X, Y)], 'tightens'],
    ['gives a permit a condition before the others', [permit(X)], [permit(Y, X)], 'loosens'],
    ['takes a condition from a permit', [permit(X, Y)], [permit(X)], 'loosens'],
    ['takes the last condition from a forbid', [forbid(X, Y)], [forbid(X)], 'tightens'],
    ['takes the first condition from a forbid', [forbid(ERRS, X)], [forbid(X)], 'loosens'],
    ['gives a forbid a further condition', [forbid(X)], [forbid(X, Y)], 'loosens'],
    ['narrows a scope', [forbid(X)], [{ ...forbid(X), action: CHANGE }], 'loosens'],
    ['makes a forbid of a permit', [permit(X)], [forbid(X)], 'tightens'],
    ['makes a permit of a forbid', [forbid(X)], [permit(X)], 'loosens'],
    ['changes a sentence', [forbid(X)], [{ ...forbid(X), sentence: 'Otherwise said.' }], 'words'],
    ['gives another id', [forbid(X)], [{ ...forbid(X), id: 'renamed' }], 'words'],
    ['loosens in one and tightens in another', [], [forbid(X), { ...permit(Y), id: 's' }], 'loosens'],
  ])('that %s', (_, before, after, effect) => {
    expect(compare(before, after).effect).toBe(effect)
  })

  it('is told by id, with both texts', () => {
    const { changes } = compare([forbid(X), { ...permit(X), id: 'gone' }], [forbid(X, Y), { ...permit(Y), id: 'new' }])
    expect(changes).toEqual([
      expect.objectContaining({ id: 'a:gone', change: 'removed', after: null }),
      expect.objectContaining({ id: 'a:new', change: 'added', before: null }),
      { ...changes[2], id: 'a:r', change: 'changed', before: write(forbid(X)), after: write(forbid(X, Y)) },
    ])
  })

  it('is none where nothing changed', () => {
    expect(compare([forbid(X)], [forbid(X)])).toEqual({ effect: 'words', changes: [] })
  })
})

const anyRule = fc.record({
  id: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
  effect: fc.constantFrom('permit' as const, 'forbid' as const),
  action: fc.constantFrom(CALL, CHANGE, 'action == Remit::Action::"read"', 'action'),
  conditions: fc.array(
    fc.constantFrom(X, Y, ERRS, 'when { principal.tier.rank > 1 }', 'when { resource.sensitivity.rank < 2 }'),
    {
      maxLength: 3,
    },
  ),
})
const anyRules = fc.uniqueArray(anyRule, { selector: ({ id }) => id, maxLength: 4 })

/** The same rules with a few of them changed, so that few changes come together. */
const anyPair = fc.tuple(anyRules, anyRules, fc.nat(15)).map(([before, others, mask]) => {
  const after = before.filter((_, at) => ((mask >> at) & 1) === 0)
  const taken = new Set(after.map(({ id }) => id))
  return [before, [...after, ...others.filter(({ id }) => !taken.has(id)).slice(0, 1)]] as const
})

const questions = readTrials([
  {
    name: 'all.test.json',
    text: JSON.stringify({
      cases: ['read', 'write', 'deploy'].flatMap((action) =>
        ['x', 'y'].flatMap((name) =>
          ['T1', 'T2', 'T3'].flatMap((tier) =>
            [0, 1, 2].flatMap((calls) =>
              [true, false].map((approved) => ({
                name: 'n',
                action,
                approved,
                expect: 'permit',
                principal: { name, tier },
                task: { calls },
                resource: { sensitivity: calls === 2 ? 'confidential' : 'public' },
              })),
            ),
          ),
        ),
      ),
    }),
  },
]).cases.map(askTrial)

describe('whatever changes', () => {
  it('what is said to tighten permits nothing that was denied, and what is said to be words changes nothing', () => {
    const bare = shipped.filter(({ name }) => name !== 'base.cedar') // it would permit all of it anyway
    const text = (rules: readonly Rule[]) => [...bare, { name: 'a.cedar', text: rules.map(write).join('\n') }]
    let told = 0
    fc.assert(
      fc.property(anyPair, ([before, after]) => {
        const { effect } = compare(before, after)
        if (effect === 'loosens') return
        told += 1
        const [old, now] = [compilePolicies(schema, text(before)), compilePolicies(schema, text(after))]
        for (const question of questions) {
          const [was, is] = [old.engine.decide(question).allowed, now.engine.decide(question).allowed]
          if (is) expect(was).toBe(true)
          if (effect === 'words') expect(is).toBe(was)
        }
      }),
      { seed: 20260301, numRuns: 40 },
    )
    expect(told).toBeGreaterThan(5)
  })
})
