import { describe, expect, it } from 'vitest'
import { keep, sampleEntitlement, sampleIdentity, sampleMs, samplePurpose } from '../../test/register/samples.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import { RemitError } from '../ground/errors.ts'
import { createIds } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import {
  type EntitlementProfile,
  endEntitlement,
  type Narrowing,
  narrowEntitlement,
  proposeEntitlement,
} from './entitlement.ts'

const by = {
  actor: { kind: 'person', id: 'psn_ann' },
  personId: 'psn_ann',
  ids: createIds(() => sampleMs),
  atMs: sampleMs,
} as const
const profile: EntitlementProfile = {
  scope: [{ action: 'docs/read', resource: 'docs:*' }],
  classes: ['read'],
  ceiling: 'public',
  approval: 'none',
  approvers: 1,
  reason: 'It reads.',
  days: 2,
}

function propose(more: Partial<EntitlementProfile> = {}, entitlements: readonly Entitlement[] = []) {
  return proposeEntitlement(sampleIdentity(), { purpose: samplePurpose, entitlements }, { ...profile, ...more }, by)
}

describe('a proposed entitlement', () => {
  it('counts for nothing yet, ends by itself, and is in the log with all of its terms', () => {
    const { entitlement, fact } = propose()
    expect(entitlement).toMatchObject({ state: 'proposed', startsMs: sampleMs, endsMs: sampleMs + 2 * 86_400_000 })
    expect(entitlement).not.toHaveProperty('days')
    expect(fact.entry).toMatchObject({
      kind: 'entitlement.proposed',
      subject: { kind: 'identity', id: 'idn_reader' },
      data: { entitlementId: entitlement.id, scope: profile.scope, classes: ['read'], endsMs: entitlement.endsMs },
    })
    expect(fact.changes).toMatchObject([
      { op: 'update', table: 'identities', ifVersion: 1 },
      { op: 'insert', table: 'entitlements', row: entitlement },
    ])
  })

  it.each<[string, Partial<EntitlementProfile>, object]>([
    ['a class that the purpose lacks', { classes: ['read', 'deploy', 'delete'] }, { classes: ['delete', 'deploy'] }],
    ['data above the purpose', { ceiling: 'confidential' }, { ceiling: 'internal' }],
    ['restricted data', { ceiling: 'restricted' }, { ceiling: 'internal' }],
  ])('%s is refused, saying what goes too far', (_, more, facts) => {
    expect(() => propose(more)).toThrow(RemitError)
    try {
      propose(more)
    } catch (error) {
      expect(error).toMatchObject({ code: 'purpose_exceeded', facts })
    }
  })

  it('may go as far as the purpose', () => {
    expect(propose({ classes: samplePurpose.classes, ceiling: samplePurpose.ceiling }).entitlement.state).toBe(
      'proposed',
    )
  })

  it('does not change what it was given, nor keep a scope twice', () => {
    const grant = { action: 'docs/read', resource: 'docs:*' }
    const scope = [grant, grant, { action: 'docs/read', resource: 'docs:public/*' }]
    expect(propose({ scope }).entitlement.scope).toEqual([grant])
    expect(scope).toHaveLength(3)
  })
})

describe('the tier that follows', () => {
  it.each<[string, Partial<EntitlementProfile>, readonly Entitlement[], string]>([
    ['reading internal data', { ceiling: 'internal' }, [], 'T1'],
    ['writing', { classes: ['write'] }, [], 'T2'],
    ['reading beside an entitlement to write', {}, [sampleEntitlement({ classes: ['write'] })], 'T2'],
    [
      'reading beside one to write that has ended',
      {},
      [sampleEntitlement({ classes: ['write'], state: 'ended' })],
      'T1',
    ],
  ])('%s', (_, more, entitlements, tier) => {
    const { fact } = propose(more, entitlements)
    expect(fact.entry.data['tier']).toBe(tier)
    expect(fact.entry.data['tierReasons']).not.toEqual([])
    expect(fact.changes[0]).toMatchObject({ row: { tier, tierReasons: fact.entry.data['tierReasons'] } })
  })
})

describe('one entitlement more', () => {
  const some = (count: number, state: Entitlement['state']): readonly Entitlement[] =>
    Array.from({ length: count }, (_, at) => sampleEntitlement({ id: `ent_${at}`, state }))

  it('than an identity may have is refused, whether the others count already or wait', () => {
    for (const state of ['granted', 'proposed'] as const)
      expect(() => propose({}, some(LIMITS.entitlementsMax, state))).toThrow(
        expect.objectContaining({ code: 'request_invalid', detail: expect.stringContaining('at most 100') }),
      )
    expect(() => propose({}, some(100_000, 'granted'))).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  it('is the last that it may have, however many have ended', () => {
    const known = [...some(LIMITS.entitlementsMax - 1, 'granted'), ...some(10_000, 'ended')]
    expect(propose({}, known).entitlement.state).toBe('proposed')
  })
})

describe('an ended entitlement', () => {
  it('ends now, and never later than it would have', () => {
    const kept = keep(sampleEntitlement({ state: 'granted' }), 3)
    const early = endEntitlement(kept, 'done', by.actor, sampleMs + 5)
    expect(early.changes).toMatchObject([{ ifVersion: 3, row: { state: 'ended', endsMs: sampleMs + 5 } }])
    const late = endEntitlement(kept, 'done', by.actor, kept.endsMs + 5)
    expect(late.changes).toMatchObject([{ row: { state: 'ended', endsMs: kept.endsMs } }])
    expect(early.entry).toMatchObject({ kind: 'entitlement.ended', data: { entitlementId: kept.id, reason: 'done' } })
  })
})

describe('a narrowed entitlement', () => {
  const actor = { kind: 'person', id: 'psn_ann' } as const
  const whole = propose({ classes: ['read', 'write'], ceiling: 'internal', days: 10 }).entitlement
  const granted = keep<Entitlement>({ ...whole, state: 'granted' })
  const narrow = (more: Partial<Narrowing>, kept = granted) =>
    narrowEntitlement(kept, { reason: 'It needs less.', ...more }, actor, sampleMs)

  it('keeps what is not said, counts at once, and leaves the tier to those who approve', () => {
    const { entitlement, fact } = narrow({ classes: ['read'], days: 1, ceiling: undefined })
    expect(entitlement).toEqual({
      ...propose({ days: 10 }).entitlement,
      id: granted.id,
      state: 'granted',
      ceiling: 'internal',
      endsMs: sampleMs + 86_400_000,
    })
    expect(fact.entry).toMatchObject({
      kind: 'entitlement.narrowed',
      actor,
      subject: { kind: 'identity', id: granted.identityId },
      data: {
        entitlementId: granted.id,
        classes: ['read'],
        ceiling: 'internal',
        approvers: 1,
        reason: 'It needs less.',
      },
    })
    expect(fact.changes).toMatchObject([{ op: 'update', table: 'entitlements', ifVersion: granted.version }])
  })

  it.each<[string, Partial<Narrowing>, string]>([
    ['a wider scope', { scope: [{ action: '*', resource: '*' }] }, 'scope_exceeded'],
    ['a class more', { classes: ['read', 'deploy'] }, 'scope_exceeded'],
    ['a higher ceiling', { ceiling: 'restricted' }, 'scope_exceeded'],
    ['a later end', { days: 11 }, 'scope_exceeded'],
    ['less in one place and more in another', { ceiling: 'public', classes: ['administer'] }, 'scope_exceeded'],
    ['nothing', {}, 'request_invalid'],
    ['what it is', { classes: ['write', 'read'], days: 10 }, 'request_invalid'],
    ['several approvers of calls that nobody approves', { approvers: 2 }, 'request_invalid'],
  ])('is refused where it says %s', (_, more, code) => {
    expect(() => narrow(more)).toThrow(
      expect.objectContaining({ code, facts: { ask: { sentence: expect.stringMatching(/\S/) } } }),
    )
  })

  it.each<[string, Partial<Entitlement>]>([
    ['only proposed', { state: 'proposed' }],
    ['ended', { state: 'ended' }],
    ['over', { endsMs: sampleMs }],
  ])('is refused where it is %s', (_, more) => {
    expect(() => narrow({ classes: ['read'] }, { ...granted, ...more })).toThrow(
      expect.objectContaining({ code: 'not_found' }),
    )
  })
})
