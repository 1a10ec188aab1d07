import { describe, expect, it } from 'vitest'
import { atMs, newEntitlement, newMember, newPurpose, newToolRule } from '../../../test/decide/nouns.ts'
import type { ToolRule } from '../../contract/register/purpose.ts'
import { LIMITS } from '../../ground/limits.ts'
import { findBroken } from './law.ts'
import { backingOf, classesAllowed, endOf, termsOf, WISH_LAWS, type Wish } from './wish.ts'

const rule = (tool: string, actionClass: ToolRule['actionClass']): ToolRule => newToolRule({ tool, actionClass })
const reading = { action: 'docs/read', resource: 'docs:/a/*' } as const
const writing = { action: 'docs/write', resource: 'docs:/a/*' } as const

const wish = (more: Partial<Wish> = {}): Wish => ({
  atMs,
  member: newMember(),
  purposes: [newPurpose()],
  rules: [rule('read', 'read'), rule('write', 'write')],
  goal: 'Read it',
  ticket: null,
  scope: [reading],
  ceiling: 'internal',
  budget: { callsMax: 1, writesMax: 0, bytesMax: 1 },
  lifeSeconds: 600,
  ...more,
})

function hear(more: Partial<Wish>): readonly string[] | undefined {
  const facts = wish(more)
  const broken = findBroken(WISH_LAWS, facts)
  return broken === undefined ? undefined : [broken.rule, broken.code, broken.says(facts), broken.ask(facts)]
}

const entitled = (...rows: readonly Parameters<typeof newEntitlement>[0][]) =>
  newMember({}, { entitlements: rows.map((row) => newEntitlement(row)) })
const most = LIMITS.scopeGrantsMax
/** Grants of all the characters that there may be, each a pattern that is no longer than one may be. */
const fullScope = Array.from({ length: LIMITS.scopeCharsMax / 512 }, () => {
  return { action: 'docs/read', resource: `docs:/a/${'x'.repeat(512 - 'docs/readdocs:/a/'.length)}` }
})

describe('a wish', () => {
  it.each<[string, Partial<Wish>]>([
    ['plain', {}],
    ['with a ticket', { ticket: 'REL-1' }],
    ['with a goal of the longest', { goal: 'x'.repeat(LIMITS.textCharsMax) }],
    ['with a ticket of the longest', { ticket: 'x'.repeat(LIMITS.nameCharsMax) }],
    ['for a second', { lifeSeconds: 1 }],
    ['for as long as the tier allows', { lifeSeconds: 8 * 3600, member: entitled({ endsMs: atMs + 8 * 3_600_000 }) }],
    ['with as many grants as there may be', { scope: Array.from({ length: most }, () => reading) }],
    ['with as many characters as there may be', { scope: fullScope }],
    ['with no budget', { budget: { callsMax: 0, writesMax: 0, bytesMax: 0 } }],
    [
      'with all the budget',
      { budget: { callsMax: LIMITS.callsMax, writesMax: LIMITS.callsMax, bytesMax: LIMITS.bytesMax } },
    ],
    ['up to the ceiling of purpose and entitlement', { ceiling: 'confidential' }],
    ['until its entitlement ends', { member: entitled({ endsMs: atMs + 600_000 }) }],
    [
      'that rests on the second entitlement',
      { ceiling: 'confidential', member: entitled({ ceiling: 'public' }, { id: 'ent_2' }) },
    ],
  ])('%s is within the laws', (_, more) => {
    expect(hear(more)).toBeUndefined()
  })

  it.each<[string, Partial<Wish>]>([
    ['Say the goal in at most 2000 characters.', { goal: ' ' }],
    ['Say the goal in at most 2000 characters.', { goal: 'x'.repeat(LIMITS.textCharsMax + 1) }],
    ['Say the goal in at most 2000 characters.', { goal: '\ud800' }],
    ['A ticket has at most 100 characters.', { ticket: 'x'.repeat(LIMITS.nameCharsMax + 1) }],
    ['A ticket has at most 100 characters.', { ticket: '\ud800' }],
    ['The life is a whole number of seconds, at least 1.', { lifeSeconds: 0 }],
    ['The life is a whole number of seconds, at least 1.', { lifeSeconds: -1 }],
    ['The life is a whole number of seconds, at least 1.', { lifeSeconds: 1.5 }],
    ['The life is a whole number of seconds, at least 1.', { lifeSeconds: Number.NaN }],
    ['The life is a whole number of seconds, at least 1.', { lifeSeconds: LIMITS.entitlementDaysMax * 86_400 + 1 }],
    [`A scope has 1 to ${most} grants.`, { scope: [] }],
    [`A scope has 1 to ${most} grants.`, { scope: Array.from({ length: most + 1 }, () => reading) }],
    [
      `A scope has at most ${LIMITS.scopeCharsMax} characters.`,
      { scope: [{ action: 'x'.repeat(LIMITS.scopeCharsMax), resource: 'y' }] },
    ],
    [
      'Each action and resource is a name, or a prefix that ends in a star.',
      { scope: [reading, { ...reading, action: '*x' }] },
    ],
    [
      'Each action and resource is a name, or a prefix that ends in a star.',
      { scope: [reading, { ...reading, resource: '' }] },
    ],
    ['The ceiling is a known sensitivity.', { ceiling: 'secret' as never }],
    ...(['callsMax', 'writesMax', 'bytesMax'] as const).flatMap((name) =>
      [-1, 0.5, Number.NaN, (name === 'bytesMax' ? LIMITS.bytesMax : LIMITS.callsMax) + 1].map(
        (value): [string, Partial<Wish>] => [
          `A budget is of whole numbers, at most ${LIMITS.callsMax} calls and ${LIMITS.bytesMax} bytes.`,
          { budget: { ...wish().budget, [name]: value } },
        ],
      ),
    ),
  ])('out of form is told: %s', (sentence, more) => {
    expect(hear(more)).toEqual(['law:form', 'request_invalid', sentence, 'Ask again in the form that is asked for.'])
  })

  it.each<[string, Partial<Wish>, readonly string[]]>([
    [
      'without a purpose',
      { purposes: [] },
      [
        'law:known-purpose',
        'purpose_exceeded',
        'The purpose is not on the list of the organisation.',
        'Name a purpose of the list; an administrator can define one.',
      ],
    ],
    ['under an unknown purpose', { purposes: [newPurpose(), undefined] }, ['law:known-purpose', 'purpose_exceeded']],
    [
      'for a class that one of its purposes lacks',
      {
        scope: [reading, writing],
        purposes: [newPurpose({ classes: ['read', 'write'] }), newPurpose()],
        member: entitled({ classes: ['read', 'write'] }),
      },
      [
        'law:purpose',
        'purpose_exceeded',
        'The purpose does not cover docs/write (write): that is a pivot.',
        'Name exactly the tools that the purpose covers; an administrator reviews tools and defines purposes.',
      ],
    ],
    [
      'for a tool that nobody has reviewed',
      { rules: [] },
      ['law:purpose', 'purpose_exceeded', 'The purpose does not cover docs/read (administer): that is a pivot.'],
    ],
    [
      'for more pivots than are told',
      { rules: [], scope: Array.from({ length: 7 }, (_, at) => ({ ...reading, action: `docs/t${at}` })) },
      [
        'law:purpose',
        'purpose_exceeded',
        `The purpose does not cover ${[0, 1, 2, 3, 4].map((at) => `docs/t${at} (administer)`).join(', ')}: that is a pivot.`,
      ],
    ],
    [
      'beyond its entitlements',
      { scope: [reading, { ...reading, resource: 'mail:/*' }] },
      [
        'law:containment',
        'scope_exceeded',
        'No entitlement in force of reader covers docs/read on mail:/*.',
        'Ask the owner of reader to propose an entitlement for docs/read on mail:/*.',
      ],
    ],
    [
      'above its purpose',
      { ceiling: 'confidential', purposes: [newPurpose(), newPurpose({ ceiling: 'internal' })] },
      [
        'law:ceiling',
        'ceiling_exceeded',
        'confidential data lies above what purpose and entitlements allow: internal.',
        'Ask with the ceiling internal, or ask the owner to propose a higher entitlement.',
      ],
    ],
    [
      'above its entitlement',
      { ceiling: 'confidential', member: entitled({ ceiling: 'public' }, { id: 'ent_2', ceiling: 'internal' }) },
      [
        'law:ceiling',
        'ceiling_exceeded',
        'confidential data lies above what purpose and entitlements allow: internal.',
      ],
    ],
    [
      'above the entitlement of one of two parts',
      {
        ceiling: 'confidential',
        scope: [reading, { ...reading, resource: 'mail:/x' }],
        member: entitled({}, { id: 'ent_2', scope: [{ action: '*', resource: 'mail:/*' }], ceiling: 'internal' }),
      },
      ['law:ceiling', 'ceiling_exceeded'],
    ],
    [
      'for longer than the entitlement of one of two parts',
      {
        scope: [reading, { ...reading, resource: 'mail:/x' }],
        member: entitled({}, { id: 'ent_2', scope: [{ action: '*', resource: 'mail:/*' }], endsMs: atMs + 1 }),
      },
      ['law:entitlement-end', 'end_exceeded'],
    ],
    [
      'for longer than its tier allows',
      { lifeSeconds: 8 * 3600 + 1 },
      [
        'law:tier-end',
        'end_exceeded',
        'A task of tier T1 lasts at most 28800 seconds.',
        'Ask for at most 28800 seconds.',
      ],
    ],
    [
      'for longer than its entitlement',
      { member: entitled({ endsMs: atMs + 599_999 }) },
      [
        'law:entitlement-end',
        'end_exceeded',
        'The task would outlive the entitlement that it rests on.',
        'Ask for a shorter life, or ask the owner of reader to renew the entitlement.',
      ],
    ],
    [
      'that one entitlement has the ceiling for, and another one the time',
      {
        ceiling: 'confidential',
        member: entitled({ endsMs: atMs + 1 }, { id: 'ent_2', ceiling: 'internal' }),
      },
      ['law:entitlement-end', 'end_exceeded'],
    ],
  ])('%s is denied, and told why', (_, more, told) => {
    expect(hear(more)?.slice(0, told.length)).toEqual(told)
  })

  it.each<[string, Partial<Wish>]>([
    ['a pivot', { scope: [reading, writing] }],
    ['a part without entitlement', { scope: [reading, { ...reading, resource: 'mail:/*' }] }],
    ['a ceiling', { ceiling: 'restricted' }],
    ['a long life', { lifeSeconds: 8 * 3600 + 1 }],
    ['a life beyond the entitlement', { member: entitled({ endsMs: atMs }) }],
  ])('denied for %s is told what of it could be had', (_, more) => {
    const facts = wish(more)
    expect(findBroken(WISH_LAWS, facts)?.nearest?.(facts)).toEqual([reading])
  })
})

describe('what bounds a wish', () => {
  it('are the terms of the tier of who would act, and the end', () => {
    expect(termsOf(wish({ member: newMember({ tier: 'T4' }) })).name).toBe('critical')
    expect(endOf(wish())).toBe(atMs + 600_000)
  })

  it('are the classes that every purpose has', () => {
    const classes = (...lists: readonly (readonly ('read' | 'write' | 'delete')[])[]) =>
      classesAllowed(wish({ purposes: lists.map((list) => newPurpose({ classes: list })) }))
    expect(classes(['read', 'write', 'delete'], ['delete', 'read'])).toEqual(['read', 'delete'])
    expect(classes(['read'], [])).toEqual([])
    expect(classes()).toEqual([])
    expect(classesAllowed(wish({ purposes: [newPurpose(), undefined] }))).toEqual([])
  })

  it('is for each grant the entitlement that has class, ceiling and time for it', () => {
    const rows = entitled(
      { ceiling: 'public' },
      { id: 'ent_2', endsMs: atMs },
      { id: 'ent_3', classes: ['write'] },
      { id: 'ent_4' },
    )
    expect(backingOf(wish({ member: rows }), reading)?.id).toBe('ent_4')
    expect(backingOf(wish({ member: rows }), writing)?.id).toBe('ent_3')
    expect(backingOf(wish({ member: rows }), { ...writing, resource: 'mail:/*' })).toBeUndefined()
  })
})
