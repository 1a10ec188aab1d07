import { describe, expect, it } from 'vitest'
import {
  keep,
  sampleApproval,
  sampleBinding,
  sampleEntitlement,
  sampleIdentity,
  sampleMs,
  sampleSurroundings,
} from '../../test/register/samples.ts'
import { ENTRY_KINDS } from '../contract/log-entry.ts'
import {
  IDENTITY_STATES,
  type Identity,
  type IdentityState,
  LIFECYCLE,
  type LifecycleNeed,
} from '../contract/register/identity.ts'
import { TIER_TERMS, TIERS, type Tier } from '../contract/register/tier.ts'
import { RemitError } from '../ground/errors.ts'
import { isRehearsed, type Move, moveIdentity, refuseMove, type Surroundings } from './lifecycle.ts'

const actor = { kind: 'person', id: 'psn_ann' } as const
const whole = { requestedBy: 'psn_ann', rehearsedMs: sampleMs } satisfies Partial<Identity>
const moves = LIFECYCLE.flatMap((row) => row.from.map((from) => ({ ...row, from })))
const moveBy = (verb: string, more: Partial<Move> = {}): Move => ({ verb, actor, reason: 'because', ...more })

function errorOf(move: () => unknown): RemitError | undefined {
  try {
    move()
    return undefined
  } catch (error) {
    if (error instanceof RemitError) return error
    throw error
  }
}

describe('every row of the lifecycle', () => {
  it.each(LIFECYCLE)('$verb leaves an entry of a kind that the log knows', ({ entry }) => {
    expect(Object.keys(ENTRY_KINDS)).toContain(entry)
  })

  it.each(moves)('$verb leads from $from to $to and says so', ({ verb, from, to, entry }) => {
    const identity = sampleIdentity({ ...whole, state: from })
    const fact = moveIdentity(identity, moveBy(verb), sampleSurroundings())
    expect(fact.entry).toMatchObject({ kind: entry, actor, subject: { kind: 'identity', id: identity.id } })
    expect(fact.entry.data).toMatchObject({ identityId: identity.id, from, to, reason: 'because' })
    const { version: _version, entry: _entry, ...row } = identity
    expect(fact.changes).toEqual([{ op: 'update', table: 'identities', row: { ...row, state: to }, ifVersion: 1 }])
  })

  const verbs = [...new Set(moves.map(({ verb }) => verb))]
  const closed = verbs.flatMap((verb) =>
    IDENTITY_STATES.filter((from) => !moves.some((row) => row.verb === verb && row.from === from)).map(
      (from) => [verb, from] as const,
    ),
  )
  it.each(closed)('%s is refused from %s', (verb, state) => {
    const error = errorOf(() => moveIdentity(sampleIdentity({ ...whole, state }), moveBy(verb), sampleSurroundings()))
    expect(error).toMatchObject({ code: 'transition_invalid', facts: { state, verb } })
  })

  it.each([
    ['suspend', 'draft', 'An identity that is draft cannot be suspended.'],
    ['return', 'active', 'An identity that is active cannot be returned.'],
    ['submit', 'retired', 'An identity that is retired cannot be submitted.'],
  ] as const)('%s from %s is refused in words that people say', (verb, state, detail) => {
    expect(refuseMove(state, verb)).toMatchObject({ code: 'transition_invalid', detail, facts: { state, verb } })
  })

  it.each(['', 'delete', 'discover', 'draft', '__proto__'])('%j leads out of no state', (verb) => {
    for (const state of IDENTITY_STATES)
      expect(errorOf(() => moveIdentity(sampleIdentity({ state }), moveBy(verb), sampleSurroundings()))?.code).toBe(
        'transition_invalid',
      )
  })

  it('nothing leads out of retired', () => {
    expect(moves.filter(({ from }) => from === 'retired')).toEqual([])
  })
})

/** How each need comes to be missing. */
const LACKS: Readonly<
  Record<
    LifecycleNeed,
    readonly {
      readonly how: string
      readonly identity?: object
      readonly around?: Partial<Surroundings>
      readonly move?: object
    }[]
  >
> = {
  owner: [
    { how: 'nobody answers for it', identity: { owner: null } },
    { how: 'its owner has left', around: { ownerActive: false } },
  ],
  sponsor: [
    { how: 'nobody sponsors it', identity: { sponsor: null } },
    { how: 'its owner is its sponsor', identity: { sponsor: 'psn_ann' } },
    { how: 'its sponsor has left', around: { sponsorActive: false } },
  ],
  purpose: [
    { how: 'it is for nothing', identity: { purpose: null } },
    { how: 'its purpose is not on the list', around: { purposeKnown: false } },
  ],
  binding: [
    { how: 'it has no binding', around: { bindings: [] } },
    { how: 'its only binding has ended', around: { bindings: [sampleBinding({ endedMs: sampleMs })] } },
  ],
  entitlement: [
    { how: 'it may ask for nothing', around: { entitlements: [] } },
    { how: 'what it might ask for has ended', around: { entitlements: [sampleEntitlement({ state: 'ended' })] } },
    { how: 'its time to ask is over', around: { entitlements: [sampleEntitlement({ endsMs: sampleMs + 1000 })] } },
  ],
  approvals: [
    { how: 'nobody was asked', around: { approval: undefined } },
    ...(['pending', 'denied', 'used', 'expired'] as const).map((state) => ({
      how: `its approval is ${state}`,
      around: { approval: sampleApproval({ state }) },
    })),
    {
      how: 'its approval is too old',
      around: { approval: sampleApproval({ state: 'approved', expiresMs: sampleMs + 1000 }) },
    },
  ],
  rehearsal: [
    { how: 'taking it back was never rehearsed', identity: { rehearsedMs: null } },
    { how: 'the last rehearsal is too old', identity: { rehearsedMs: sampleMs - 181 * 86_400_000 } },
  ],
  reason: [
    { how: 'no reason is given', move: { reason: undefined } },
    { how: 'the reason is empty', move: { reason: '' } },
  ],
}

describe('what a transition needs', () => {
  const cases = moves.flatMap(({ verb, from, needs }) =>
    needs.flatMap((need) => LACKS[need].map((lack) => ({ verb, from, need, ...lack }))),
  )
  it.each(cases)('$verb from $from is refused where $how, naming $need', ({ verb, from, need, ...lack }) => {
    const identity = keep({ ...sampleIdentity({ ...whole, state: from }), ...lack.identity })
    const error = errorOf(() =>
      moveIdentity(identity, moveBy(verb, lack.move ?? {}), sampleSurroundings(lack.around ?? {})),
    )
    expect(error).toMatchObject({ code: 'transition_needs', facts: { missing: [need] } })
  })

  it('all that is missing is named at once', () => {
    const around = sampleSurroundings({ bindings: [], entitlements: [], approval: undefined, purposeKnown: false })
    const identity = sampleIdentity({ state: 'pending', owner: null })
    expect(errorOf(() => moveIdentity(identity, moveBy('activate'), around))?.facts['missing']).toEqual([
      'owner',
      'purpose',
      'binding',
      'entitlement',
      'approvals',
      'rehearsal',
    ])
  })

  it('what a move brings along counts as there', () => {
    const found = sampleIdentity({ state: 'discovered', owner: null, sponsor: null, purpose: null })
    const set = { owner: 'psn_ann', sponsor: 'psn_bob', purpose: 'summarise' }
    const { changes } = moveIdentity(found, moveBy('adopt', { set }), sampleSurroundings())
    expect(changes[0]).toMatchObject({ row: { ...set, state: 'draft' } })
  })

  it('a move does not choose where it leads', () => {
    const set = { state: 'active' } satisfies Partial<Identity>
    const { changes } = moveIdentity(sampleIdentity(), moveBy('submit', { set }), sampleSurroundings())
    expect(changes[0]).toMatchObject({ row: { state: 'pending' } })
  })

  it('changes that belong to a move are written with it', () => {
    const more = { op: 'require', table: 'persons', key: 'psn_ann', version: 1 } as const
    const { changes } = moveIdentity(sampleIdentity(), moveBy('submit', { changes: [more] }), sampleSurroundings())
    expect(changes).toHaveLength(2)
    expect(changes[1]).toEqual(more)
  })
})

describe('who may', () => {
  it.each(LIFECYCLE)('$verb is for $roles, and an auditor changes nothing', ({ roles }) => {
    expect(roles).not.toContain('auditor')
    expect(roles.length).toBeGreaterThan(0)
  })

  it('only Remit itself activates and discovers', () => {
    const own = LIFECYCLE.filter(({ roles }) => roles.every((role) => role === 'system')).map(({ verb }) => verb)
    expect(own).toEqual(['discover', 'activate'])
  })

  it('a responder suspends, and moves nothing else', () => {
    expect(LIFECYCLE.filter(({ roles }) => roles.includes('responder')).map(({ verb }) => verb)).toEqual(['suspend'])
  })

  it('every way to active asks for approvals and a rehearsal', () => {
    for (const row of LIFECYCLE.filter(({ to }) => to === 'active'))
      expect(row.needs).toEqual(expect.arrayContaining(['approvals', 'rehearsal', 'owner', 'binding']))
  })

  it('where no row leads to active, nothing becomes so', () => {
    const states: readonly IdentityState[] = LIFECYCLE.filter(({ verb }) => verb !== 'activate').map(({ to }) => to)
    expect(states).not.toContain('active')
  })
})

describe('a rehearsal', () => {
  const daysOf = (tier: Tier): number => TIER_TERMS[tier].rehearsalEveryDays ?? 0

  it.each(TIERS.filter((tier) => TIER_TERMS[tier].rehearsalEveryDays !== undefined))(
    'counts for %s until the day that the tier says, and not on it',
    (tier) => {
      const identity = sampleIdentity({ tier, rehearsedMs: sampleMs })
      const endMs = sampleMs + daysOf(tier) * 86_400_000
      expect([isRehearsed(identity, endMs - 1), isRehearsed(identity, endMs)]).toEqual([true, false])
    },
  )

  it('is not asked of a sandbox', () => {
    expect(isRehearsed(sampleIdentity({ tier: 'T0' }), sampleMs)).toBe(true)
  })
})
