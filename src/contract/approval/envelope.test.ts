import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import {
  type AskedCall,
  amountMax,
  countMillionths,
  countSpent,
  describeEnvelope,
  type Envelope,
  findEnvelopeFault,
  findUncovered,
  type GivenCall,
  type Term,
} from './envelope.ts'

const digestOf = (value: unknown): string => `digest of ${JSON.stringify(value)}`
const argumentOf = (name: string, value: unknown) => ({
  name,
  digest: digestOf(value),
  ...(typeof value === 'number' ? { number: value } : {}),
})

const refund = { customer: 'c-17', amount: 40, currency: 'EUR', note: 'late parcel' }

const asked: AskedCall = {
  action: {
    name: 'shop/refund',
    actionClass: 'write',
    resources: [{ id: 'shop:customers/c-17', sensitivity: 'internal' }],
    resultIntegrity: 'trusted',
    definitionDigest: 'd1',
  },
  ruleVersion: 3,
  naming: ['customer'],
  arguments: Object.entries(refund).map(([name, value]) => argumentOf(name, value)),
  policyVersion: 'p1',
  needs: ['law:each-call', 'org:refunds'],
}

const wide: Envelope = {
  usesMax: 5,
  lifeSeconds: 1800,
  terms: [
    { name: 'amount', atMost: 500 },
    { name: 'currency', oneOf: ['USD'] },
    { name: 'note', any: true },
  ],
  resources: ['shop:customers/*'],
  total: { name: 'amount', atMost: 2000 },
}

const give = (args: Readonly<Record<string, unknown>> = refund, more: Partial<GivenCall> = {}): GivenCall => ({
  ...asked,
  arguments: Object.entries(args).map(([name, value]) => ({ ...argumentOf(name, value), value })),
  ...more,
})
const about = (...resources: AskedCall['action']['resources']): Partial<GivenCall> => ({
  action: { ...asked.action, resources },
})

describe('an envelope around a call', () => {
  it('covers the call that was asked about, and what it says may differ', () => {
    expect(findEnvelopeFault(asked, wide)).toBeNull()
    expect(findUncovered(asked, wide, give())).toBeNull()
    const other = { customer: 'c-9', amount: 500, currency: 'USD', note: { any: ['thing'] } }
    const there = about({ id: 'shop:customers/c-9', sensitivity: 'public' })
    expect(findUncovered(asked, wide, give(other, there))).toBeNull()
  })

  const values: [string, Record<string, unknown>][] = [
    ['more than the most', { amount: 500.01 }],
    ['less than nothing', { amount: -1 }],
    ['a number as a text', { amount: '400' }],
    ['a number in a list', { amount: [400] }],
    ['a number in an object', { amount: { value: 400 } }],
    ['no number at all', { amount: Number.NaN }],
    ['what is not finite', { amount: Number.POSITIVE_INFINITY }],
    ['nothing', { amount: null }],
    ['a truth', { amount: true }],
    ['another of the values', { currency: 'GBP' }],
    ['the value in other letters', { currency: 'usd' }],
    ['the value in letters that look alike', { currency: 'U\u0405D' }],
    ['the value in a list', { currency: ['USD'] }],
    ['an argument that was not there', { force: true }],
    ['an argument of what every object has', JSON.parse('{"__proto__":{"amount":1}}') as Record<string, unknown>],
    ['a name that looks alike', { '\u0430mount': 10 }],
    ['what names the resource as no text', { customer: { id: 'c-17' } }],
    ['what names the resource as texts and more', { customer: ['c-17', 1] }],
  ]
  it.each(values)('does not cover %s', (_, change) => {
    expect(findUncovered(asked, wide, give({ ...refund, ...change }))).not.toBeNull()
  })

  it('does not cover a call that leaves an argument out', () => {
    const { note: _note, ...rest } = refund
    expect(findUncovered(asked, wide, give(rest))).toBe('arguments')
    expect(findUncovered(asked, wide, give({ ...rest, nota: 'x' }))).toBe('argument "nota"')
  })

  const changes: [string, Partial<GivenCall>, string][] = [
    ['another tool', { action: { ...asked.action, name: 'shop/refund_all' } }, 'action'],
    ['a graver class', { action: { ...asked.action, actionClass: 'delete' } }, 'action'],
    ['results that are trusted less', { action: { ...asked.action, resultIntegrity: 'untrusted' } }, 'results'],
    ['another definition', { action: { ...asked.action, definitionDigest: 'd2' } }, 'definition'],
    ['another review', { ruleVersion: 4 }, 'review'],
    ['another policy', { policyVersion: 'p2' }, 'policy'],
    ['one more reason to ask', { needs: [...asked.needs, 'org:night'] }, 'reason'],
    ['a flow out', { needs: ['law:flow'] }, 'reason'],
    ['a critical identity', { needs: ['law:each-action'] }, 'reason'],
    ['a pivot', { needs: ['law:pivot'] }, 'reason'],
    ['another place', about({ id: 'shop:orders/1', sensitivity: 'internal' }), 'resource'],
    ['more sensitive data', about({ id: 'shop:customers/c-9', sensitivity: 'confidential' }), 'resource'],
    ['nothing', about(), 'resource'],
    [
      'two places at once',
      about(
        { id: 'shop:customers/c-9', sensitivity: 'internal' },
        { id: 'shop:customers/c-8', sensitivity: 'internal' },
      ),
      'resource',
    ],
  ]
  it.each(changes)('does not cover %s', (_, change, part) => {
    expect(findUncovered(asked, wide, give(refund, change))).toBe(part)
  })

  it('covers just the resources that were asked about where it names none', () => {
    const narrow = { ...wide, resources: [] }
    expect(findUncovered(asked, narrow, give())).toBeNull()
    const milder = about({ id: 'shop:customers/c-17', sensitivity: 'public' })
    expect(findUncovered(asked, narrow, give(refund, milder))).toBe('resource')
    expect(findUncovered(asked, narrow, give({ ...refund, customer: 'c-9' }))).toBe('argument "customer"')
  })

  it('covers no amount that cannot be added up', () => {
    expect(findUncovered(asked, wide, give({ ...refund, amount: 0.1234567 }))).toBe('total')
    expect(countSpent(wide, give({ ...refund, amount: 0.123456 }))).toBe(123_456)
    expect(countSpent({ ...wide, total: null }, give())).toBe(0)
  })

  const faults: [string, Partial<Envelope>, RegExp][] = [
    ['an argument that the call has not', { terms: [{ name: 'sum', atMost: 5 }] }, /no argument "sum"/],
    ['a most of what is no number', { terms: [{ name: 'note', atMost: 5 }] }, /no number/],
    ['a most below what was asked', { terms: [{ name: 'amount', atMost: 39 }] }, /was 40 when it was asked/],
    [
      'an argument twice',
      {
        terms: [
          { name: 'amount', atMost: 50 },
          { name: 'amount', any: true },
        ],
      },
      /named twice/,
    ],
    ['an argument that names the resource', { terms: [{ name: 'customer', any: true }] }, /say the resources/],
    ['resources without the one that was asked about', { resources: ['shop:customers/a*'] }, /not among/],
    ['a total of what is no number', { total: { name: 'note', atMost: 5 } }, /cannot be added|no amount/],
    ['a total below one call', { total: { name: 'amount', atMost: 39 } }, /less than what was asked/],
    [
      'a total of what may be anything',
      { terms: [{ name: 'amount', any: true }], total: { name: 'amount', atMost: 500 } },
      /needs a most of its own/,
    ],
  ]
  it.each(faults)('is not given with %s', (_, change, sentence) => {
    expect(findEnvelopeFault(asked, { ...wide, total: null, ...change })).toMatch(sentence)
  })

  it('is not given for what asks for each exact call, nor for what is no call', () => {
    for (const rule of ['law:flow', 'law:each-action', 'law:pivot'])
      expect(findEnvelopeFault({ ...asked, needs: ['law:each-call', rule] }, wide)).toContain(rule)
    expect(findEnvelopeFault(undefined, wide)).toContain('Only a call')
  })

  it('is told in words that name every part of it, and what others wrote in quotes', () => {
    const said = describeEnvelope(asked, wide).join('\n')
    for (const part of [
      '5 calls',
      '"shop/refund"',
      '"shop:customers/*"',
      '30 minutes',
      '"amount"',
      '500',
      '"USD"',
      '2000',
    ])
      expect(said).toContain(part)
    expect(
      describeEnvelope(asked, { ...wide, usesMax: 1, terms: [], resources: [], total: null }).join('\n'),
    ).toContain('Exactly as asked: "customer", "amount", "currency", "note".')
    const terms: Term[] = [{ name: 'note', oneOf: ['a".\u202eNothing else'] }]
    expect(describeEnvelope(asked, { ...wide, terms }).join('\n')).toContain('"a\\".\\u202eNothing else"')
  })
})

describe('any envelope that can be given', () => {
  const names = Object.keys(refund)
  const plain = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null))
  const value = fc.oneof(plain, fc.array(plain, { maxLength: 3 }), fc.dictionary(fc.string(), plain, { maxKeys: 3 }))
  const term: fc.Arbitrary<Term> = fc.oneof(
    fc.record({ name: fc.constantFrom(...names), atMost: fc.double({ min: 0, max: amountMax, noNaN: true }) }),
    fc.record({ name: fc.constantFrom(...names), oneOf: fc.array(plain, { minLength: 1, maxLength: 3 }) }),
    fc.record({ name: fc.constantFrom(...names), any: fc.constant(true as const) }),
  )
  const envelope: fc.Arbitrary<Envelope> = fc.record({
    usesMax: fc.integer({ min: 1, max: 9 }),
    lifeSeconds: fc.integer({ min: 1, max: 9 }),
    terms: fc.array(term, { maxLength: 3 }),
    resources: fc.constantFrom<readonly string[]>([], ['shop:customers/*'], ['*']),
    total: fc.constantFrom(null, { name: 'amount', atMost: 100 }),
  })

  it('covers the call that was asked about, and of another only what it names', () => {
    let covered = 0
    fc.assert(
      fc.property(envelope, fc.dictionary(fc.constantFrom(...names), value), (given, change) => {
        if (findEnvelopeFault(asked, given) !== null) return
        expect(findUncovered(asked, given, give())).toBeNull()
        if (findUncovered(asked, given, give({ ...refund, ...change })) !== null) return
        covered++
        for (const [name, other] of Object.entries(change)) {
          if (digestOf(other) === digestOf(refund[name as keyof typeof refund])) continue
          const said = given.terms.find((each) => each.name === name)
          const isNaming = name === 'customer' && given.resources.length > 0
          expect(said !== undefined || isNaming).toBe(true)
          if (said !== undefined && 'atMost' in said)
            expect(other).toSatisfy((sum: number) => sum >= 0 && sum <= said.atMost)
        }
      }),
      RUNS,
    )
    expect(covered).toBeGreaterThan(RUNS.numRuns / 200)
  })
})

describe('an amount in millionths', () => {
  it.each([
    [0, 0],
    [-0, 0],
    [0.1, 100_000],
    [19.99, 19_990_000],
    [1e3, 1_000_000_000],
    [amountMax, amountMax * 1e6],
  ])('counts %d exactly', (value, millionths) => {
    expect(countMillionths(value)).toBe(millionths)
  })

  it.each([-1, 0.1234567, amountMax + 1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined, [5], {}])(
    'refuses %s',
    (value) => {
      expect(countMillionths(value)).toBeNull()
    },
  )

  it('adds up to what the amounts in cents add up to', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 50 }), (cents) => {
        const sum = cents.reduce((all, each) => all + (countMillionths(each / 100) ?? Number.NaN), 0)
        expect(sum).toBe(cents.reduce((all, each) => all + each, 0) * 10_000)
      }),
      RUNS,
    )
  })
})
