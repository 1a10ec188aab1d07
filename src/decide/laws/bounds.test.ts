import { describe, expect, it } from 'vitest'
import {
  atMs,
  kept,
  newActFacts,
  newEntitlement,
  newGrant,
  newLineage,
  newLink,
  newMember,
  newPerson,
  newPurpose,
  newStanding,
} from '../../../test/decide/nouns.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Toll } from '../facts/tolls.ts'
import { ACT_LAWS, findCovering, judgeAs } from './act.ts'
import { BEHALF_LAW, guardRights } from './behalf.ts'
import { findBroken, type Law } from './law.ts'
import { grantBehind, HOP_BOUNDS, HOP_LAW, type Hop } from './may-act.ts'
import { budgetLeft, budgetOfPart } from './part-budget.ts'
import { HANDOVER_LAWS, type Handover, narrowHandover, takenByOf } from './taken-by.ts'
import { WISH_LAWS, type Wish } from './wish.ts'

function hear<F>(laws: readonly Law<F>[], on: F): readonly string[] | undefined {
  const broken = findBroken(laws, on)
  return broken === undefined ? undefined : [broken.rule, broken.code, broken.says(on), broken.ask(on)]
}

describe('what an act adds beyond what there is', () => {
  const toll = (kind: Toll['kind'], fitsMs: number | null = null): Toll => ({
    kind,
    due: null,
    sentence: 'the task may do 5',
    weighed: { fits: false, used: 4, fitsMs },
  })
  const more = 'More than is allowed: the task may do 5, and 4 of that is used.'

  it.each<[string, Toll, readonly string[]]>([
    [
      'money',
      { ...toll('spend'), due: { taskId: 'tsk_0', adds: 2, max: 5 } },
      ['law:spend', 'budget_exceeded', more, 'Spend less, or open a task that may spend as much.'],
    ],
    [
      'money of which nobody can tell how much it is',
      { ...toll('spend'), sentence: 'What the call spends cannot be told.' },
      [
        'law:spend',
        'budget_exceeded',
        'What the call spends cannot be told.',
        'Say it in whole minor units, in a currency that the task may spend.',
      ],
    ],
    ['calls in a minute', toll('rate'), ['law:rate', 'rate_limited', more, 'Wait, and do less at once.']],
    [
      'calls in a minute that fit again',
      toll('rate', 1_000),
      ['law:rate', 'rate_limited', more, 'It fits again at 1970-01-01T00:00:01.000Z. Wait, and do less at once.'],
    ],
    ['calls under a limit', toll('limit'), ['law:limit', 'rate_limited', more, 'An administrator keeps the limits.']],
    [
      'calls under a limit that fit again',
      toll('limit', 1_000),
      [
        'law:limit',
        'rate_limited',
        more,
        'It fits again at 1970-01-01T00:00:01.000Z. An administrator keeps the limits.',
      ],
    ],
  ])('is told: %s', (_, tolled, says) => {
    expect(hear(ACT_LAWS, newActFacts({ tolls: [tolled] }))).toEqual(says)
  })

  it('is nothing where it fits', () => {
    const fits: Toll['weighed'] = {
      fits: true,
      used: 4,
      change: { op: 'require', table: 'tallies', key: 'x', version: 0 },
    }
    const tolls = (['spend', 'rate', 'limit'] as const).map((kind): Toll => ({ ...toll(kind), weighed: fits }))
    expect(hear(ACT_LAWS, newActFacts({ tolls }))).toBeUndefined()
  })
})

describe('an act', () => {
  it('is judged by its review, and of a tool without one as the worst', () => {
    const [lineage, review] = [newActFacts(), { resultIntegrity: 'trusted', definitionDigest: 'aa' }]
    const judged = { actionClass: 'read', resources: lineage.resources }
    expect(judgeAs(lineage, review as never)).toEqual({ ...judged, resultIntegrity: 'trusted', definitionDigest: 'aa' })
    expect(judgeAs(lineage, undefined)).toEqual({ ...judged, resultIntegrity: 'untrusted', definitionDigest: null })
  })

  it('is covered by every entitlement of the chain that lets it happen', () => {
    const [one, two, other] = [
      newEntitlement({ id: 'ent_a' }),
      newEntitlement({ id: 'ent_b' }),
      newEntitlement({ id: 'ent_c', scope: [{ action: 'mail/*', resource: '*' }] }),
    ]
    const lineage = newLineage([
      newLink({}, {}, { entitlements: [one, other] }),
      newLink({ id: 'tsk_2' }, {}, { entitlements: [two, other] }),
    ])
    expect(findCovering(newActFacts({ lineage })).map(({ id }) => id)).toEqual(['ent_a', 'ent_b'])
  })
})

describe('what is done on behalf of a person', () => {
  const right = (id: string, more: Partial<PersonRight> = {}) =>
    kept({
      id,
      personId: 'psn_zoe',
      scope: [{ action: 'docs/*', resource: 'docs:/*' }],
      classes: ['read'],
      ceiling: 'internal',
      reason: 'work',
      grantedBy: 'psn_1',
      startsMs: 0,
      endsMs: 9e15,
      state: 'granted',
      ...more,
    } as PersonRight)
  const behalf = (rights: readonly ReturnType<typeof right>[], people = [newPerson({ id: 'psn_zoe' })]) => ({
    name: 'docs/read',
    actionClass: 'read' as const,
    resources: [
      { id: 'docs:/a', sensitivity: 'public' as const },
      { id: 'docs:/b', sensitivity: 'internal' as const },
    ],
    lineage: { ...newLineage(), standing: newStanding({ behalf: people }), rights },
  })
  const no = (id: string): readonly string[] => [
    'law:behalf-rights',
    'scope_exceeded',
    `The person on whose behalf the task acts may not do docs/read (read) on ${id} themselves.`,
    'An administrator can give the person the right; no approval of a call replaces it.',
  ]

  it('is what they may do themselves, on each resource', () => {
    expect(hear([BEHALF_LAW], behalf([right('a')]))).toBeUndefined()
    expect(hear([BEHALF_LAW], behalf([]))).toEqual(no('docs:/a'))
    expect(hear([BEHALF_LAW], behalf([right('a', { ceiling: 'public' })]))).toEqual(no('docs:/b'))
    expect(hear([BEHALF_LAW], behalf([right('a', { personId: 'psn_bob' })]))).toEqual(no('docs:/a'))
    expect(hear([BEHALF_LAW], behalf([], []))).toBeUndefined()
  })

  it('is what each of several people may do themselves', () => {
    const people = [newPerson({ id: 'psn_zoe' }), newPerson({ id: 'psn_bob' })]
    expect(hear([BEHALF_LAW], behalf([right('a')], people))).toEqual(no('docs:/a'))
    expect(hear([BEHALF_LAW], behalf([right('a'), right('b', { personId: 'psn_bob' })], people))).toBeUndefined()
  })

  it('is guarded by one right for each resource, each once', () => {
    const narrow = right('n', { scope: [{ action: '*', resource: 'docs:/b' }] })
    const guarded = (rights: readonly ReturnType<typeof right>[]) =>
      guardRights(behalf(rights)).map((change) => ('key' in change ? change.key : ''))
    expect([guarded([right('a')]), guarded([narrow, right('a')]), guarded([])]).toEqual([['a'], ['a', 'n'], []])
  })
})

describe('a budget that is wished for', () => {
  const wish = (budget: Partial<Wish['budget']>): Wish => ({
    atMs,
    member: newMember(),
    purposes: [newPurpose()],
    rules: [],
    goal: 'Read it',
    ticket: null,
    scope: [{ action: 'docs/read', resource: 'docs:/a/*' }],
    ceiling: 'internal',
    budget: { callsMax: 1, writesMax: 0, bytesMax: 1, ...budget },
    lifeSeconds: 600,
  })
  const said = (budget: Partial<Wish['budget']>) => hear(WISH_LAWS.slice(0, 1), wish(budget))?.[2]
  const currency = 'What may be spent is in one currency, named by three letters.'
  const whole = `A budget is of whole numbers, at most ${LIMITS.callsMax} calls and ${LIMITS.bytesMax} bytes.`

  it.each<[Partial<Wish['budget']>, string | undefined]>([
    [{}, undefined],
    [{ spendMax: 5, currency: 'EUR' }, undefined],
    [{ spendMax: 0, currency: 'EUR' }, undefined],
    [{ spendMax: LIMITS.spendMax, currency: 'EUR' }, undefined],
    [{ spendMax: 5 }, currency],
    [{ currency: 'EUR' }, currency],
    [{ spendMax: 5, currency: 'eur' }, currency],
    [{ spendMax: 5, currency: 'EURO' }, currency],
    [{ spendMax: 5, currency: 'EU' }, currency],
    [{ spendMax: 5, currency: 'xEUR' }, currency],
    [{ spendMax: 1.5, currency: 'EUR' }, whole],
    [{ spendMax: -1, currency: 'EUR' }, whole],
    [{ spendMax: LIMITS.spendMax + 1, currency: 'EUR' }, whole],
    [{ callsPerMinuteMax: LIMITS.callsMax }, undefined],
    [{ callsPerMinuteMax: LIMITS.callsMax + 1 }, whole],
    [{ callsPerMinuteMax: 0.5 }, whole],
  ])('%j', (budget, sentence) => {
    expect(said(budget)).toBe(sentence)
  })
})

describe('the budget of a part', () => {
  const link = (budget: object, usage: object = {}) =>
    newLink({ budget: { callsMax: 10, writesMax: 5, bytesMax: 1_000, ...budget } }, usage)

  it('is at most what the whole chain has left', () => {
    const first = link({ spendMax: 7, currency: 'EUR', callsPerMinuteMax: 9 }, { calls: 4, writes: 1, bytes: 100 })
    const last = link({ spendMax: 9, currency: 'EUR', callsPerMinuteMax: 3, writesMax: 2 }, { calls: 1, writes: 3 })
    expect(budgetLeft(newLineage([first, last]))).toEqual({
      callsMax: 6,
      writesMax: 0,
      bytesMax: 900,
      spendMax: 7,
      currency: 'EUR',
      callsPerMinuteMax: 3,
    })
    expect(budgetLeft(newLineage([link({}), link({})]))).toMatchObject({ spendMax: 0, callsPerMinuteMax: undefined })
  })

  it('is what was asked for, and of what was not said as much as a task gets, where that is left', () => {
    const much = { callsMax: 1e9, writesMax: 1e9, bytesMax: 1e12 }
    const defaults = {
      callsMax: LIMITS.callsDefault,
      writesMax: LIMITS.writesDefault,
      bytesMax: LIMITS.bytesDefault,
    }
    expect(budgetOfPart({}, much)).toEqual(defaults)
    expect(budgetOfPart({}, { callsMax: 1, writesMax: 0, bytesMax: 2 })).toEqual({
      callsMax: 1,
      writesMax: 0,
      bytesMax: 2,
    })
    const asked = { callsMax: 7, writesMax: 8, bytesMax: 9 }
    expect(budgetOfPart(asked, { callsMax: 1, writesMax: 0, bytesMax: 2 })).toEqual(asked)
  })
})

const [from, to] = [
  newMember({ id: 'idn_1', owner: 'psn_1', name: 'lead' }),
  newMember({ id: 'idn_2', owner: 'psn_1' }),
]
const hop = (...grants: readonly Parameters<typeof newGrant>[0][]): Hop => ({
  from,
  to,
  grants: grants.map((each) => kept(newGrant(each))),
  takers: { bindings: [], takenBy: undefined, atMs },
  atMs,
})
const wish: Wish = {
  atMs,
  member: to,
  purposes: [newPurpose()],
  rules: [],
  goal: 'Read it',
  ticket: null,
  scope: [{ action: 'docs/read', resource: 'docs:/a/*' }],
  ceiling: 'internal',
  budget: { callsMax: 1, writesMax: 0, bytesMax: 1 },
  lifeSeconds: 600,
}

describe('a hop under a grant', () => {
  const bound = (on: Hop) => hear(HOP_BOUNDS, { hop: on, wish })

  it('is between those whom a grant in force names', () => {
    expect(hear([HOP_LAW], hop({}))).toBeUndefined()
    expect(hear([HOP_LAW], hop({ state: 'ended' }))).toEqual([
      'law:may-act',
      'actor_unauthorized',
      'No grant in force lets an identity of this name act for lead.',
      'Ask who answers for the delegating identity for a grant (remit identity delegate); who answers for the helper approves it.',
    ])
    expect(hear([HOP_LAW], { ...hop({}), to: undefined })?.[0]).toBe('law:may-act')
  })

  it('is bounded by the scope, the ceiling and the end of one of them', () => {
    expect(bound(hop({}))).toBeUndefined()
    expect(bound(hop({ scope: [{ action: 'mail/*', resource: '*' }] }))).toEqual([
      'law:granted-scope',
      'scope_exceeded',
      'No grant covers all of this for lead to hand on.',
      'Ask for less, or ask for a wider grant.',
    ])
    expect(bound(hop({ ceiling: 'public' }))).toEqual([
      'law:granted-ceiling',
      'ceiling_exceeded',
      'internal data lies above what the grant allows to be handed on.',
      'Ask with a lower ceiling, or ask for a wider grant.',
    ])
    expect(bound(hop({ endsMs: atMs + 599_999 }))).toEqual([
      'law:granted-end',
      'end_exceeded',
      'The task would outlive the grant under which it is handed on.',
      'Ask for a shorter life, or ask for a new grant.',
    ])
    expect(bound(hop({ endsMs: atMs + 600_000 }))).toBeUndefined()
    expect(bound(hop({ ceiling: 'public' }, { id: 'dlg_2' }))).toBeUndefined()
  })

  it('rests on the one that lets it be handed on furthest', () => {
    const on = hop({ id: 'a', depthMax: 1 }, { id: 'b', depthMax: 3 }, { id: 'c', depthMax: 9, ceiling: 'public' })
    expect(grantBehind({ hop: on, wish })?.id).toBe('b')
    expect(grantBehind({ hop: hop(), wish })).toBeUndefined()
  })
})

describe('who takes what is handed on', () => {
  const binding = (id: string, more: object = {}): Handover['bindings'][number] =>
    kept({
      id,
      identityId: 'i',
      kind: 'oidc',
      issuer: 'https://a',
      subject: id,
      claims: {},
      keys: [],
      createdMs: 0,
      endedMs: null,
      ...more,
    } as never)
  const handover = (bindings: Handover['bindings'], takenBy?: Handover['takenBy']): Handover => ({
    bindings,
    takenBy,
    atMs,
  })

  it('is the one way in which the identity proves itself, or those that are named', () => {
    const [a, b] = [binding('1'), binding('2', { issuer: 'https://b' })]
    expect(hear(HANDOVER_LAWS, handover([a, binding('3')]))).toBeUndefined()
    expect(hear(HANDOVER_LAWS, handover([a, b], { issuers: ['https://a', 'https://b'] }))).toBeUndefined()
    expect(hear(HANDOVER_LAWS, handover([a, b]))).toEqual([
      'law:taken-by-one',
      'request_invalid',
      'The identity proves itself in 2 ways, and it is not said which of them takes the task.',
      'Name the issuers whose workloads may take it in takenBy.',
    ])
    const nobody = [
      'law:taken-by-someone',
      'request_invalid',
      'The identity proves itself in no such way, and so nobody could take the task.',
      'Name an issuer of one of its bindings in takenBy.',
    ]
    expect(hear(HANDOVER_LAWS, handover([a], { issuers: ['https://c'] }))).toEqual(nobody)
    expect(hear(HANDOVER_LAWS, handover([binding('1', { endedMs: 1 })]))).toEqual(nobody)
    expect(hear(HANDOVER_LAWS, handover([]))).toEqual(nobody)
  })

  it('is told by kinds and issuers, each once, and by the weakest proof where none is named', () => {
    const all = [binding('1'), binding('2'), binding('3', { kind: 'key', issuer: 'self' })]
    expect(takenByOf(handover(all))).toEqual({
      bindingKinds: ['oidc', 'key'],
      issuers: ['https://a', 'self'],
      minStrength: 'bearer',
    })
    expect(takenByOf(handover(all, { issuers: ['self'], minStrength: 'attested' }))).toEqual({
      bindingKinds: ['key'],
      issuers: ['self'],
      minStrength: 'attested',
    })
  })

  it('is narrowed by the grant and by who hands it on, each', () => {
    const narrowed = (grant: Handover['takenBy'], wish: Handover['takenBy']): Handover['takenBy'] =>
      narrowHandover(handover([], wish), grant).takenBy
    expect(narrowed(undefined, undefined)).toEqual({ issuers: undefined, minStrength: undefined })
    expect(narrowed({ issuers: ['a', 'b'] }, { issuers: ['b', 'c'] })?.issuers).toEqual(['b'])
    expect(narrowed({ issuers: ['a'] }, undefined)?.issuers).toEqual(['a'])
    expect(narrowed(undefined, { issuers: ['c'] })?.issuers).toEqual(['c'])
    expect(narrowed({ minStrength: 'bearer' }, { minStrength: 'attested' })?.minStrength).toBe('attested')
    expect(narrowed({ minStrength: 'key-bound' }, { minStrength: 'bearer' })?.minStrength).toBe('key-bound')
    expect(narrowed({ minStrength: 'key-bound' }, undefined)?.minStrength).toBe('key-bound')
  })

  it('rests on a grant by which it can be taken, and on the weakest proof before the most hops', () => {
    const [a, b] = [binding('1'), binding('2', { issuer: 'https://b' })]
    const behind = (takers: Handover, ...more: readonly object[]): string | undefined => {
      const grants = more.map((each, at) => kept(newGrant({ id: `dlg_${at}`, ...each })))
      return grantBehind({ hop: { ...hop(), grants, takers }, wish })?.id
    }
    const elsewhere = { issuers: ['https://c'], depthMax: 3 }
    expect(behind(handover([a]), elsewhere, { depthMax: 0 })).toBe('dlg_1')
    expect(behind(handover([a]), elsewhere)).toBe('dlg_0')
    expect(behind(handover([a, b]), { depthMax: 3 }, { issuers: ['https://b'], depthMax: 0 })).toBe('dlg_1')
    const strong = { minStrength: 'attested', depthMax: 3 } as const
    expect(behind(handover([a]), strong, { depthMax: 0 })).toBe('dlg_1')
    expect(behind(handover([a], { minStrength: 'attested' }), strong, { depthMax: 0 })).toBe('dlg_0')
  })
})
