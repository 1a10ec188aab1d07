import { describe, expect, it } from 'vitest'
import type { Approval, Vote } from '../../contract/approval/approval.ts'
import { type ApprovalLook, isUsable } from './act.ts'

const yes = (personId: string, more: Partial<Vote> = {}): Vote => ({
  personId,
  seat: 'security',
  verdict: 'approve',
  reason: 'It is known.',
  atMs: 1,
  ...more,
})

const call = { server: 'docs', tool: 'write', arguments: {}, policyVersion: 'p1', needs: ['law:each-call'] }

const approval: Approval = {
  call: call as never, // of what was asked no more is looked at
  id: 'apr_1',
  subject: 'call',
  subjectId: 'tsk_1',
  digest: 'aa',
  asked: {},
  requestedBy: ['psn_asker'],
  seats: ['security'],
  votes: [yes('psn_voter')],
  state: 'approved',
  usesMax: 2,
  createdMs: 0,
  expiresMs: 1_000,
}

const look: ApprovalLook = {
  subjectId: 'tsk_1',
  digest: 'aa',
  given: call as never,
  atMs: 999,
  use: { approvalId: 'apr_1', uses: 1, spent: 0 },
  spends: 0,
  chain: ['idn_1', 'psn_author'],
  approvers: 1,
  present: ['psn_voter', 'psn_other'],
}

describe('an approval of a call', () => {
  it('counts for exactly that call, to its last use and millisecond', () => {
    expect(isUsable(approval, look)).toBe(true)
  })

  it('counts with every seat filled by somebody of their own', () => {
    const seats = ['security', 'security'] as const
    expect(isUsable({ ...approval, seats, votes: [yes('psn_voter'), yes('psn_other')] }, look)).toBe(true)
    expect(isUsable({ ...approval, seats, votes: [yes('psn_voter'), yes('psn_voter')] }, look)).toBe(false)
    expect(isUsable({ ...approval, seats }, look)).toBe(false)
  })

  it.each<[string, Partial<Approval>]>([
    ['that is still asked', { state: 'pending' }],
    ['that was denied', { state: 'denied' }],
    ['that is used up', { state: 'used' }],
    ['of a task', { subject: 'task' }],
    ['of another task', { subjectId: 'tsk_2' }],
    ['of another call', { digest: 'bb' }],
    ['that has ended', { expiresMs: 999 }],
    ['whose uses are all gone', { usesMax: 1 }],
    ['that has no seat', { seats: [], votes: [] }],
    ['that nobody gave', { votes: [] }],
    ['that one person denied', { votes: [yes('psn_voter'), yes('psn_other', { verdict: 'deny' })] }],
    ['that is all denials', { votes: [yes('psn_voter', { verdict: 'deny' })] }],
    ['that its requester gave', { requestedBy: ['psn_voter'] }],
    ['that somebody gave beside one who has left', { votes: [yes('psn_voter'), yes('psn_left')] }],
  ])('does not count %s', (_, more) => {
    expect(isUsable({ ...approval, ...more }, look)).toBe(false)
  })

  it.each<[string, Partial<ApprovalLook>]>([
    ['by somebody who has left', { present: [] }],
    ['by an author of the chain', { chain: ['psn_voter'] }],
    ['by fewer people than it takes now', { approvers: 2 }],
    ['under other policies', { given: { ...call, policyVersion: 'p2' } as never }],
    [
      'for a reason beside which there is another one now',
      { given: { ...call, needs: [...call.needs, 'law:flow'] } as never },
    ],
  ])('does not count where it was given %s', (_, more) => {
    expect(isUsable(approval, { ...look, ...more })).toBe(false)
  })
})

describe('an approval with an envelope around it', () => {
  const argument = (size: number) => ({ name: 'size', digest: `${size}`, number: size })
  const asked: NonNullable<Approval['call']> = {
    action: {
      name: 'disk/write',
      actionClass: 'write',
      resources: [{ id: 'disk:/a', sensitivity: 'internal' }],
      resultIntegrity: 'trusted',
      definitionDigest: null,
    },
    ruleVersion: 1,
    naming: [],
    arguments: [argument(1)],
    policyVersion: 'p1',
    needs: ['law:each-call'],
  }
  const envelope: NonNullable<Approval['envelope']> = {
    usesMax: 2,
    lifeSeconds: 60,
    terms: [{ name: 'size', atMost: 5 }],
    resources: [],
    total: { name: 'size', atMost: 8 },
  }
  const given = (size: number): ApprovalLook['given'] => ({
    ...asked,
    arguments: [{ ...argument(size), value: size }],
  })
  const wide: Approval = { ...approval, call: asked, envelope }
  const millions = (spent: number, spends: number): Partial<ApprovalLook> => ({
    digest: 'of another call',
    given: given(spends),
    use: { approvalId: 'apr_1', uses: 1, spent: spent * 1_000_000 },
    spends: spends * 1_000_000,
  })

  it('counts for another call inside it, to the last of its total', () => {
    expect(isUsable(wide, { ...look, ...millions(0, 5) })).toBe(true)
    expect(isUsable(wide, { ...look, ...millions(3, 5) })).toBe(true)
    expect(isUsable(wide, { ...look, ...millions(4, 5) })).toBe(false)
  })

  it('counts without a total while nothing is added up', () => {
    const plain: Approval = { ...wide, envelope: { ...envelope, total: null } }
    const spent = (much: number): ApprovalLook => ({ ...look, ...millions(0, 5), spends: much })
    expect(isUsable(plain, spent(0))).toBe(true)
    expect(isUsable(plain, spent(1))).toBe(false)
  })

  it('does not count for a call outside it, even with the digest of the one that was asked', () => {
    expect(isUsable(wide, { ...look, ...millions(0, 6), digest: approval.digest })).toBe(false)
  })

  it('does not count where the call that was asked about is not kept, or its total is no amount', () => {
    const { call: _call, ...lost } = wide
    expect(isUsable(lost, { ...look, ...millions(0, 5), digest: approval.digest })).toBe(false)
    const odd: Approval = { ...wide, envelope: { ...envelope, total: { name: 'size', atMost: -1 } } }
    expect(isUsable(odd, { ...look, ...millions(0, 0) })).toBe(false)
  })
})
