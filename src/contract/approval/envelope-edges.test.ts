import { describe, expect, it } from 'vitest'
import {
  type AskedCall,
  amountMax,
  countMillionths,
  describeEnvelope,
  type Envelope,
  findEnvelopeFault,
  findUncovered,
  type GivenCall,
} from './envelope.ts'

const argumentOf = (name: string, value: unknown) => ({
  name,
  digest: JSON.stringify(value),
  ...(typeof value === 'number' ? { number: value } : {}),
})

/** A call that moves one file to another place, with a number and a flag. */
const args = { from: 'a', to: 'b', size: 10, force: false }
const asked: AskedCall = {
  action: {
    name: 'disk/move',
    actionClass: 'write',
    resources: [
      { id: 'disk:/a', sensitivity: 'public' },
      { id: 'disk:/b', sensitivity: 'internal' },
    ],
    resultIntegrity: 'trusted',
    definitionDigest: null,
  },
  ruleVersion: 1,
  naming: ['from', 'to'],
  arguments: Object.entries(args).map(([name, value]) => argumentOf(name, value)),
  policyVersion: 'p1',
  needs: ['law:each-call'],
}

const bare: Envelope = { usesMax: 2, lifeSeconds: 60, terms: [], resources: [], total: null }

const give = (values: Readonly<Record<string, unknown>> = {}, resources = asked.action.resources): GivenCall => ({
  ...asked,
  action: { ...asked.action, resources },
  arguments: Object.entries({ ...args, ...values }).map(([name, value]) => ({ ...argumentOf(name, value), value })),
})
const [a, b] = asked.action.resources
const other = { id: 'disk:/c', sensitivity: 'internal' } as const

describe('an envelope without resources of its own', () => {
  it('covers just those that were asked about', () => {
    expect(findUncovered(asked, bare, give())).toBeNull()
  })

  it.each([
    ['one of them', [b]],
    ['one of them and another', [a, other]],
    ['one of them, grown more sensitive', [a, { ...b, sensitivity: 'restricted' }]],
    ['one of them, grown less sensitive', [a, { ...b, sensitivity: 'public' }]],
    ['one more', [a, b, other]],
    ['others', [other, other]],
    ['none', []],
  ])('does not cover %s', (_, resources) => {
    expect(findUncovered(asked, bare, give({}, resources as AskedCall['action']['resources']))).toBe('resource')
  })

  it('holds what names them to what was asked, whatever it names now', () => {
    expect(findUncovered(asked, bare, give({ to: 'c' }))).toBe('argument "to"')
  })
})

describe('an envelope with resources', () => {
  const there: Envelope = { ...bare, resources: ['disk:/a', 'disk:/b', 'disk:/tmp/*'] }

  it.each([
    ['those that were asked about', [a, b]],
    ['others among them, up to what was the most sensitive', [a, { id: 'disk:/tmp/x', sensitivity: 'internal' }]],
    ['fewer', [a]],
  ])('covers %s', (_, resources) => {
    const given = give({ to: ['c', 'd'] }, resources as AskedCall['action']['resources'])
    expect(findUncovered(asked, there, given)).toBeNull()
  })

  it.each([
    ['one that is not among them', [a, other]],
    ['one that is more sensitive', [a, { id: 'disk:/tmp/x', sensitivity: 'confidential' }]],
    ['more', [a, b, { id: 'disk:/tmp/x', sensitivity: 'public' }]],
    ['none', []],
  ])('does not cover %s', (_, resources) => {
    expect(findUncovered(asked, there, give({}, resources as AskedCall['action']['resources']))).toBe('resource')
  })

  it.each([[1], [{ path: 'b' }], [['b', 1]], [null]])('does not let %j name one', (to) => {
    expect(findUncovered(asked, there, give({ to }))).toBe('argument "to"')
  })

  it('holds what names none to what was asked', () => {
    expect(findUncovered(asked, there, give({ force: true }))).toBe('argument "force"')
  })

  it('holds the very ones that were asked about', () => {
    expect(findEnvelopeFault(asked, there)).toBeNull()
    expect(findEnvelopeFault(asked, { ...bare, resources: ['disk:/a'] })).toBe(
      'What was asked about, disk:/b, is not among the resources.',
    )
  })
})

describe('a term', () => {
  const upTo = (atMost: number): Envelope => ({ ...bare, terms: [{ name: 'size', atMost }] })

  it.each([
    [0, true],
    [10, true],
    [20, true],
    [20.5, false],
    [-1, false],
    [-0.5, false],
    ['15', false],
    [Number.NaN, false],
  ])('from 0 to 20 covers %j: %s', (size, isCovered) => {
    expect(findUncovered(asked, upTo(20), give({ size }))).toBe(isCovered ? null : 'argument "size"')
  })

  it.each([
    [10, null],
    [9.9, '"size" was 10 when it was asked, which is not from 0 to 9.9.'],
  ])('holds the number that was asked about: up to %d', (atMost, fault) => {
    expect(findEnvelopeFault(asked, upTo(atMost))).toBe(fault)
  })

  it.each([
    [0, null],
    [-1, '"size" was -1 when it was asked, which is not from 0 to 20.'],
  ])('begins at 0: %d was asked about', (size, fault) => {
    const call = { ...asked, arguments: [argumentOf('size', size)] }
    expect(findEnvelopeFault(call, upTo(20))).toBe(fault)
  })

  it('of values covers each of them, and what was asked', () => {
    const sizes: Envelope = { ...bare, terms: [{ name: 'size', oneOf: [20, 'all', null] }] }
    const covered = [10, 20, 'all', null, 30, '20'].filter(
      (size) => findUncovered(asked, sizes, give({ size })) === null,
    )
    expect(covered).toEqual([10, 20, 'all', null])
  })
})

describe('a total', () => {
  const total = (atMost: number, name = 'size'): Envelope => ({ ...bare, total: { name, atMost } })
  const tooLittle = 'The total of "size" is less than what was asked.'

  it.each<[Envelope, string | null]>([
    [total(10), null],
    [total(9.999999), tooLittle],
    [total(amountMax + 1), tooLittle],
    [total(10, 'force'), '"force" is no amount that can be added up: a number from 0 with at most 6 decimals.'],
    [total(10, 'none'), '"none" is no amount that can be added up: a number from 0 with at most 6 decimals.'],
    [{ ...total(10), terms: [{ name: 'size', any: true }] }, '"size" is added up, so that it needs a most of its own.'],
    [{ ...total(10), terms: [{ name: 'size', atMost: 10 }] }, null],
    [{ ...total(10), terms: [{ name: 'force', any: true }] }, null],
  ])('%j can be given, or is told why not: %s', (envelope, fault) => {
    expect(findEnvelopeFault(asked, envelope)).toBe(fault)
  })

  it('counts to the millionth, and nothing that is finer or no number', () => {
    expect([0, 0.000001, 1, amountMax].map(countMillionths)).toEqual([0, 1, 1_000_000, amountMax * 1_000_000])
    const none = [0.0000001, -1, amountMax + 1, '1', null, undefined, true, [1], 1n, new Number(1)]
    expect(none.map(countMillionths)).toEqual(none.map(() => null))
  })
})

describe('what a person reads before the yes', () => {
  const end =
    'Nothing else: no other argument, no more sensitive data, no other tool or task; and nothing once a policy, the tool or its review changes, or one of those who said yes leaves.'

  it('names everything that stays as it was', () => {
    expect(describeEnvelope(asked, { ...bare, usesMax: 1 })).toEqual([
      'Up to 1 call of "disk/move" in this task, about "disk:/a" and "disk:/b", within 1 minute of the last yes, and not beyond the end of the task.',
      'Exactly as asked: "from", "to", "size", "force".',
      end,
    ])
  })

  it('names everything that may differ', () => {
    const envelope: Envelope = {
      usesMax: 3,
      lifeSeconds: 7200,
      terms: [
        { name: 'size', atMost: 20 },
        { name: 'force', any: true },
      ],
      resources: ['disk:/a', 'disk:/b'],
      total: { name: 'size', atMost: 50 },
    }
    expect(describeEnvelope(asked, envelope)).toEqual([
      'Up to 3 calls of "disk/move" in this task, about "disk:/a" or "disk:/b", within 2 hours of the last yes, and not beyond the end of the task.',
      '"size" is a number from 0 to 20.',
      '"force" may be anything.',
      'All together, "size" comes to 50 at most.',
      end,
    ])
  })

  it.each([
    [1, '1 second'],
    [61, '61 seconds'],
    [120, '2 minutes'],
    [3600, '1 hour'],
    [5400, '90 minutes'],
  ])('tells a life of %i s as %s', (lifeSeconds, told) => {
    const terms = [{ name: 'size', oneOf: [1, 'x'] }]
    const [first, second] = describeEnvelope(asked, { ...bare, lifeSeconds, terms })
    expect(first).toContain(`within ${told} of the last yes`)
    expect(second).toBe('"size" is as asked, or 1 or "x".')
  })
})
