import { describe, expect, it } from 'vitest'
import { type Authority, findExcess, isAcyclic, isLive, isMeantFor, newUsage, type TakenBy } from './task.ts'

const outer: Authority = {
  scope: [{ action: 'docs/*', resource: 'docs:*' }],
  ceiling: 'internal',
  budget: { callsMax: 5, writesMax: 5, bytesMax: 5, spendMax: 5, currency: 'EUR', callsPerMinuteMax: 5 },
  endsMs: 100,
  delegationDepthLeft: 2,
}
const inner: Authority = { ...outer, delegationDepthLeft: 1 }
const budget = (more: Partial<Authority['budget']>): Partial<Authority> => ({ budget: { ...inner.budget, ...more } })

describe('the authority of a task below another', () => {
  it.each<[string, Partial<Authority>, readonly string[]]>([
    ['as much as the one above, a hop less', {}, []],
    ['another scope', { scope: [{ action: 'mail/*', resource: '*' }] }, ['scope']],
    ['more sensitive data', { ceiling: 'confidential' }, ['ceiling']],
    ['a later end', { endsMs: 101 }, ['end']],
    ['more calls', budget({ callsMax: 6 }), ['calls']],
    ['more writes', budget({ writesMax: 6 }), ['writes']],
    ['more bytes', budget({ bytesMax: 6 }), ['bytes']],
    ['more money', budget({ spendMax: 6 }), ['spend']],
    ['other money', budget({ currency: 'USD' }), ['spend']],
    ['no money, in whatever currency', budget({ spendMax: 0, currency: 'USD' }), []],
    ['more calls a minute', budget({ callsPerMinuteMax: 6 }), ['rate']],
    ['as many hops', { delegationDepthLeft: 2 }, ['depth']],
    ['more of two things', { endsMs: 101, ...budget({ callsMax: 6 }) }, ['end', 'calls']],
  ])('asks for %s', (_, more, excess) => {
    expect(findExcess(outer, { ...inner, ...more })).toEqual(excess)
  })

  it('has no rate and no money where it names none, and any rate where the one above names none', () => {
    const { callsPerMinuteMax: _, spendMax: __, currency: ___, ...plain } = inner.budget
    expect(findExcess(outer, { ...inner, budget: plain })).toEqual([])
    expect(findExcess({ ...outer, budget: plain }, { ...inner, budget: { ...plain, callsPerMinuteMax: 900 } })).toEqual(
      [],
    )
    expect(findExcess({ ...outer, budget: plain }, inner)).toEqual(['spend'])
  })
})

describe('a task that was handed to somebody', () => {
  const takenBy = { bindingKinds: ['oidc', 'key'], issuers: ['https://a'], minStrength: 'key-bound' } as TakenBy
  const oidc = { kind: 'oidc', issuer: 'https://a' } as const

  it('is for workloads whose binding is of one of these, proved so strongly at least', () => {
    expect(isMeantFor({ takenBy }, oidc, 'key-bound')).toBe(true)
    expect(isMeantFor({ takenBy }, oidc, 'attested')).toBe(true)
    expect(isMeantFor({ takenBy }, oidc, 'bearer')).toBe(false)
    expect(isMeantFor({ takenBy }, { ...oidc, issuer: 'https://b' }, 'attested')).toBe(false)
    expect(isMeantFor({ takenBy }, { ...oidc, kind: 'spiffe' }, 'attested')).toBe(false)
  })

  it('that says nothing of that is for every one', () => {
    expect(isMeantFor({}, oidc, 'bearer')).toBe(true)
  })
})

it('a task acts while it is active, and up to its end', () => {
  expect([99, 100].map((atMs) => isLive({ state: 'active', endsMs: 100 }, atMs))).toEqual([true, false])
  expect(isLive({ state: 'completed', endsMs: 100 }, 1)).toBe(false)
})

it('a chain names no identity twice', () => {
  const link = (identityId: string) => ({ identityId })
  expect([isAcyclic([]), isAcyclic([link('a'), link('b')]), isAcyclic([link('a'), link('b'), link('a')])]).toEqual([
    true,
    true,
    false,
  ])
})

it('what begins has used nothing, and has touched what it was born with', () => {
  const labels = { confidentiality: 'confidential', integrity: 'untrusted' } as const
  expect(newUsage({ id: 'tsk_1', identityId: 'idn_1' }, labels)).toEqual({
    taskId: 'tsk_1',
    identityId: 'idn_1',
    calls: 0,
    writes: 0,
    bytes: 0,
    pivots: 0,
    confidentiality: 2,
    integrity: 1,
  })
})
