import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AskedCall, type Envelope, findUncovered, type GivenCall, type Term } from './envelope.ts'
import { findEnvelopeWidening } from './narrower.ts'

const proposed: Envelope = {
  usesMax: 5,
  lifeSeconds: 600,
  terms: [
    { name: 'amount', atMost: 500 },
    { name: 'currency', oneOf: ['EUR', 'USD'] },
    { name: 'note', any: true },
  ],
  resources: ['shop:customers/*'],
  total: { name: 'amount', atMost: 1_000 },
}

describe('an envelope', () => {
  const less: readonly (readonly [string, Partial<Envelope>])[] = [
    ['as proposed', {}],
    ['for fewer', { usesMax: 1, lifeSeconds: 1 }],
    ['of less', { terms: [{ name: 'amount', atMost: 499 }], total: { name: 'amount', atMost: 999 } }],
    ['of a few amounts', { terms: [{ name: 'amount', oneOf: [0, 500] }] }],
    ['of one currency', { terms: [{ name: 'currency', oneOf: ['USD'] }] }],
    ['of notes to choose from', { terms: [{ name: 'note', oneOf: ['a'] }] }],
    ['of notes that are numbers', { terms: [{ name: 'note', atMost: 3 }] }],
    ['about fewer', { resources: ['shop:customers/c-1*', 'shop:customers/c-2'] }],
    ['about exactly what was asked', { resources: [] }],
  ]
  it.each(less)('%s is no wider', (_, more) => {
    expect(findEnvelopeWidening(proposed, { ...proposed, ...more })).toBeNull()
  })

  const wider: readonly (readonly [string, Partial<Envelope>, string])[] = [
    ['for more', { usesMax: 6 }, '5 uses were proposed, not 6.'],
    ['for longer', { lifeSeconds: 601 }, '600 seconds were proposed, not 601.'],
    ['of more', { terms: [{ name: 'amount', atMost: 501 }] }, 'Less was proposed for "amount".'],
    ['of any amount', { terms: [{ name: 'amount', any: true }] }, 'Less was proposed for "amount".'],
    ['of an amount that is none', { terms: [{ name: 'amount', oneOf: ['lots'] }] }, 'Less was proposed for "amount".'],
    ['of an amount below nothing', { terms: [{ name: 'amount', oneOf: [-1] }] }, 'Less was proposed for "amount".'],
    ['of more at once', { terms: [{ name: 'amount', oneOf: [1, 501] }] }, 'Less was proposed for "amount".'],
    ['of another currency', { terms: [{ name: 'currency', oneOf: ['CHF'] }] }, 'Less was proposed for "currency".'],
    ['of a number for a currency', { terms: [{ name: 'currency', atMost: 1 }] }, 'Less was proposed for "currency".'],
    ['of what was to stay', { terms: [{ name: 'to', oneOf: ['x'] }] }, 'Less was proposed for "to".'],
    ['about more', { resources: ['shop:*'] }, 'Other resources were proposed.'],
    ['without the total', { total: null }, 'All together, "amount" was to come to 1000 at most.'],
    ['with a larger total', { total: { name: 'amount', atMost: 1_001 } }, 'All together, "amount" was to come to 1000'],
    [
      'with another total',
      { total: { name: 'fee', atMost: 1 } },
      'All together, "amount" was to come to 1000 at most.',
    ],
  ]
  it.each(wider)('%s is wider', (_, more, sentence) => {
    expect(findEnvelopeWidening(proposed, { ...proposed, ...more })).toContain(sentence)
  })

  it('may add up what was not to be added up, and may not name resources that were not', () => {
    const plain = { ...proposed, resources: [], total: null }
    expect(findEnvelopeWidening(plain, { ...plain, total: { name: 'amount', atMost: 9 } })).toBeNull()
    expect(findEnvelopeWidening(plain, { ...plain, resources: ['shop:customers/c-1'] })).toBe(
      'Other resources were proposed.',
    )
  })
})

const asked: AskedCall = {
  action: {
    name: 'shop/refund',
    actionClass: 'write',
    resources: [{ id: 'shop:a/1', sensitivity: 'internal' }],
    resultIntegrity: 'trusted',
    definitionDigest: null,
  },
  ruleVersion: 1,
  naming: ['customer'],
  arguments: [
    { name: 'customer', digest: 'shop:a/1' },
    { name: 'amount', digest: '1', number: 1 },
  ],
  policyVersion: 'p',
  needs: ['law:each-call'],
}
const amounts = fc.constantFrom(0, 1, 2, 5)
const term: fc.Arbitrary<Term> = fc.oneof(
  amounts.map((atMost) => ({ name: 'amount', atMost })),
  fc.array(amounts, { minLength: 1, maxLength: 3 }).map((oneOf) => ({ name: 'amount', oneOf })),
  fc.constant({ name: 'amount', any: true } as const),
)
const envelope: fc.Arbitrary<Envelope> = fc.record({
  usesMax: fc.integer({ min: 1, max: 3 }),
  lifeSeconds: fc.integer({ min: 1, max: 3 }),
  terms: fc.array(term, { maxLength: 1 }),
  resources: fc.constantFrom<readonly string[]>([], ['shop:a/1'], ['shop:a/*'], ['shop:*']),
  total: fc.constant(null),
})

it('what is no wider covers no call that the proposal does not', () => {
  const call = fc.record({ amount: amounts, about: fc.constantFrom('shop:a/1', 'shop:a/2', 'shop:b/1') })
  const given = ({ amount, about }: { readonly amount: number; readonly about: string }): GivenCall => ({
    ...asked,
    action: { ...asked.action, resources: [{ id: about, sensitivity: 'internal' }] },
    arguments: [
      { name: 'customer', digest: about, value: about },
      { name: 'amount', digest: String(amount), number: amount, value: amount },
    ],
  })
  fc.assert(
    fc.property(envelope, envelope, call, (outer, inner, each) => {
      fc.pre(findEnvelopeWidening(outer, inner) === null)
      if (findUncovered(asked, inner, given(each)) === null) expect(findUncovered(asked, outer, given(each))).toBeNull()
    }),
    { seed: 7, numRuns: 5_000 },
  )
})
