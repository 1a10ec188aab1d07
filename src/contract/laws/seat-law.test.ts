import { describe, expect, it } from 'vitest'
import { judgeLaw, type Said } from '../../../test/contract/judge-law.ts'
import type { JsonObject } from '../log-entry.ts'

const roles = (kind: string, id: string, ...held: readonly string[]): Said => ({
  kind,
  subject: { kind: 'person', id },
  data: { personId: id, roles: held },
})
const added = (id: string, ...held: readonly string[]): Said => roles('person.added', id, ...held)
const set = (id: string, ...held: readonly string[]): Said => roles('person.roles-set', id, ...held)
const left = (id: string): Said => ({ kind: 'person.left', subject: { kind: 'person', id }, data: { personId: id } })
const vote = (id: string, seat: string, more: JsonObject = {}): Said => ({
  kind: 'approval.voted',
  actor: { kind: 'person', id },
  data: { approvalId: 'apr_a', subjectId: 'idn_a', seat, verdict: 'approve', state: 'approved', ...more },
})
const submitted: Said = { kind: 'identity.submitted', data: { identityId: 'idn_a', approvalId: 'apr_a' } }
const carried = (kind: string): Said => ({ kind, data: { identityId: 'idn_a', approvalId: 'apr_a' } })
const used: Said = { kind: 'decision.permit', data: { taskId: 'tsk_a' }, touched: ['approval_uses/apr_a'] }

const ann = [added('psn_ann', 'approver'), added('psn_bob', 'owner')]
const lost = 'it rests on the yes of psn_ann to apr_a, who had not held the role approver ever since'

describe('a yes', () => {
  it.each<[string, readonly Said[], string | null]>([
    ['of somebody with the role', [...ann, vote('psn_ann', 'security')], null],
    [
      'of somebody without it',
      [...ann, vote('psn_bob', 'security')],
      'psn_bob says yes to it, who had not held the role approver ever since',
    ],
    [
      'of an approver in the seat of administrators',
      [...ann, vote('psn_ann', 'admin')],
      'psn_ann says yes to it, who had not held the role admin ever since',
    ],
    ['of an owner, who answers for it by no role', [...ann, vote('psn_bob', 'owner')], null],
    [
      'of somebody whom nobody added',
      [...ann, vote('psn_eve', 'owner')],
      'psn_eve says yes to it, whom nobody had added',
    ],
    [
      'of somebody who left',
      [...ann, left('psn_bob'), vote('psn_bob', 'owner')],
      'psn_bob says yes to it, who had left',
    ],
    ['that is a no', [...ann, vote('psn_bob', 'security', { verdict: 'deny', state: 'denied' })], null],
    ['in a log that tells of nobody', [vote('psn_eve', 'security')], null],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('seat', lines)).toBe(fault)
  })
})

describe.each([
  ['an identity', [submitted], carried('identity.activated')],
  ['a rotation', [], carried('binding.rotated')],
  ['a task', [], carried('task.activated')],
  ['policies', [], carried('policy.published')],
  ['a grant', [], carried('delegation.granted')],
  ['a call', [], used],
])('%s', (_, before, after) => {
  const yes = [...ann, ...before, vote('psn_ann', 'security')]

  it('rests on people who are there and hold the role', () => {
    expect(judgeLaw('seat', [...yes, after])).toBeNull()
    expect(
      judgeLaw('seat', [...yes, set('psn_ann', 'approver', 'owner'), set('psn_bob'), left('psn_bob'), after]),
    ).toBeNull()
  })

  it('rests on nobody who lost the role since, or was given it back, or left', () => {
    expect(judgeLaw('seat', [...yes, set('psn_ann', 'owner'), after])).toBe(lost)
    expect(judgeLaw('seat', [...yes, set('psn_ann'), set('psn_ann', 'approver'), after])).toBe(lost)
    expect(judgeLaw('seat', [...yes, left('psn_ann'), after])).toBe(
      'it rests on the yes of psn_ann to apr_a, who had left',
    )
  })

  it('is held to who left in a part of a log too, and not to a role that may have come back', () => {
    expect(judgeLaw('seat', [...yes, set('psn_ann'), after], false)).toBeNull()
    expect(judgeLaw('seat', [...yes, left('psn_ann'), after], false)).toContain('had left')
  })
})

describe.each([
  ['an identity', submitted, carried('identity.activated')],
  ['a rotation', null, carried('binding.rotated')],
  ['a grant', null, { kind: 'delegation.granted', data: { from: 'idn_b', to: 'idn_a', approvalId: 'apr_a' } }],
])('%s of which its owner is asked', (_, before, after) => {
  const owned = (kind: string, owner: string): Said => ({
    kind,
    data: { identityId: 'idn_a', owner, sponsor: 'psn_sam' },
  })
  const yes = (id: string): readonly Said[] => [
    ...ann,
    added('psn_sam', 'owner'),
    owned('identity.drafted', 'psn_bob'),
    ...(before === null ? [] : [before]),
    vote(id, 'owner'),
  ]

  it('rests on who answers for it, or on an approver in their place', () => {
    for (const id of ['psn_bob', 'psn_sam', 'psn_ann']) expect(judgeLaw('seat', [...yes(id), after])).toBeNull()
  })

  it('rests on nobody else, nor on who answers for it no more', () => {
    const stranger = 'who does not answer for idn_a, and had not held the role approver ever since'
    const said = (id: string): string => `it rests on the yes of ${id} to apr_a, ${stranger}`
    expect(judgeLaw('seat', [added('psn_eve', 'owner', 'admin'), ...yes('psn_eve'), after])).toBe(said('psn_eve'))
    expect(judgeLaw('seat', [...yes('psn_bob'), owned('identity.reassigned', 'psn_ann'), after])).toBe(said('psn_bob'))
    expect(judgeLaw('seat', [...yes('psn_ann'), set('psn_ann'), set('psn_ann', 'approver'), after])).toBe(
      said('psn_ann'),
    )
    expect(judgeLaw('seat', [added('psn_eve', 'owner'), ...yes('psn_eve'), after], false)).toBeNull()
  })
})
