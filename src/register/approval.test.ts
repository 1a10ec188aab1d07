import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { keep, sampleApproval, sampleIdentity, sampleMs, samplePerson } from '../../test/register/samples.ts'
import type { Approval } from '../contract/approval/approval.ts'
import type { Kept } from '../contract/change.ts'
import type { Person } from '../contract/register/person.ts'
import { type ApprovalSeat, TIER_TERMS, TIERS } from '../contract/register/tier.ts'
import { RemitError } from '../ground/errors.ts'
import { createIds } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { askApproval, castVote, seatsOf } from './approval.ts'

const identity = sampleIdentity()
const ann = samplePerson('psn_ann', ['owner'])
const bob = samplePerson('psn_bob', ['owner'])
const sec = samplePerson('psn_sec', ['approver'])
const guard = samplePerson('psn_guard', ['approver'])
const nobody = samplePerson('psn_nobody', ['admin', 'auditor', 'responder', 'owner'])

type Verdict = 'approve' | 'deny'

function cast(approval: Kept<Approval>, person: Kept<Person>, verdict: Verdict = 'approve', atMs = sampleMs + 1) {
  const actor = { kind: 'person', id: person.id } as const
  return castVote(approval, identity, { person, actor, verdict, reason: 'known', atMs })
}

function codeOf(approval: Kept<Approval>, person: Kept<Person>, verdict: Verdict = 'approve', atMs = sampleMs + 1) {
  try {
    return cast(approval, person, verdict, atMs).approval.state
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

describe('the seats of a person', () => {
  const rows: readonly (readonly [string, Person, readonly string[], readonly ApprovalSeat[]])[] = [
    ['the owner', ann, ['psn_else'], ['owner']],
    ['the sponsor', bob, ['psn_else'], ['sponsor']],
    ['the sponsor, in place of an owner who asked', bob, ['psn_ann'], ['sponsor', 'owner']],
    ['the owner, in place of a sponsor who asked', ann, ['psn_bob'], ['owner', 'sponsor']],
    ['an approver', sec, ['psn_else'], ['security']],
    ['an approver, in place of an owner who asked', sec, ['psn_ann'], ['security', 'owner']],
    ['an approver, in place of both', sec, ['psn_ann', 'psn_bob'], ['security', 'owner', 'sponsor']],
    ['an owner who approves too', samplePerson('psn_ann', ['approver']), ['psn_else'], ['owner', 'security']],
    ['an administrator who answers for nothing here', nobody, ['psn_ann'], []],
  ]
  it.each(rows)('%s', (_, person, requestedBy, seats) => {
    expect(seatsOf(person, sampleApproval({ requestedBy }), identity)).toEqual(seats)
  })

  it('nobody sits for an identity that nobody owns', () => {
    expect(seatsOf(nobody, sampleApproval(), { owner: null, sponsor: null })).toEqual([])
  })
})

describe('a question', () => {
  it('is pending, counts once, and is open for a day', () => {
    const question = {
      subject: 'identity',
      subjectId: identity.id,
      digest: 'd'.repeat(64),
      asked: { name: 'reader' },
      requestedBy: ['psn_ann'],
      seats: ['owner'],
    } as const
    const { approval, changes } = askApproval(
      question,
      createIds(() => sampleMs),
      sampleMs,
    )
    expect(approval).toMatchObject({ ...question, votes: [], state: 'pending', usesMax: 1, createdMs: sampleMs })
    expect(approval.expiresMs).toBe(sampleMs + LIMITS.approvalSeconds * 1000)
    expect(changes).toEqual([
      { op: 'insert', table: 'approvals', row: approval },
      { op: 'insert', table: 'approval_uses', row: { approvalId: approval.id, uses: 0, spent: 0 } },
    ])
  })
})

describe('a vote', () => {
  it('fills the seat and says who, what for, and on which digest', () => {
    const approval = sampleApproval()
    const { approval: next, fact } = cast(approval, bob)
    expect(next).toMatchObject({ state: 'approved', votes: [{ personId: 'psn_bob', seat: 'owner' }] })
    expect(fact.entry).toMatchObject({
      kind: 'approval.voted',
      actor: { kind: 'person', id: 'psn_bob' },
      data: { approvalId: approval.id, digest: approval.digest, seat: 'owner', verdict: 'approve', state: 'approved' },
    })
    expect(fact.changes[0]).toMatchObject({
      op: 'update',
      table: 'approvals',
      ifVersion: 1,
      row: { state: 'approved' },
    })
  })

  const closed = (['approved', 'denied', 'used', 'expired'] as const).map(
    (state) => [`on one that is ${state}`, sampleApproval({ state }), bob, 'approval_closed'] as const,
  )
  const late = sampleApproval({ expiresMs: sampleMs + 1 })
  const two = sampleApproval({ seats: ['security', 'security'], requestedBy: ['psn_ann'] })
  const once = keep({
    ...two,
    votes: [{ personId: 'psn_sec', seat: 'security', verdict: 'approve', reason: '', atMs: sampleMs }],
  }) as Kept<Approval>
  const rows: readonly (readonly [string, Kept<Approval>, Kept<Person>, string])[] = [
    ...closed,
    ['at the moment of its end', late, bob, 'approval_closed'],
    ['by who asked, though the seat is theirs', sampleApproval({ seats: ['owner'] }), ann, 'self_approval'],
    ['by one of several who asked', sampleApproval({ requestedBy: ['psn_x', 'psn_bob'] }), bob, 'self_approval'],
    ['by who has no seat', sampleApproval(), nobody, 'seat_missing'],
    [
      'by security, where only the owner is asked and did not ask',
      sampleApproval({ requestedBy: ['psn_x'] }),
      sec,
      'seat_missing',
    ],
    [
      'by the sponsor, where neither the owner asked nor a sponsor is needed',
      sampleApproval({ requestedBy: ['psn_x'] }),
      bob,
      'seat_missing',
    ],
  ]
  it.each(rows)('%s is refused, yes and no alike', (_, approval, person, code) => {
    expect([codeOf(approval, person), codeOf(approval, person, 'deny')]).toEqual([code, code])
  })

  it('one no of a seat decides', () => {
    const approval = sampleApproval({ seats: ['owner', 'security'] })
    expect(codeOf(approval, sec, 'deny')).toBe('denied')
  })

  it('nobody says yes twice, and a no of who said yes ends the question, while it is open', () => {
    expect(codeOf(once, sec)).toBe('seat_missing')
    const { approval } = cast(once, sec, 'deny')
    expect(approval).toMatchObject({ state: 'denied', votes: [{ verdict: 'approve' }, { seat: 'security' }] })
    expect([codeOf(keep(approval), sec, 'deny'), codeOf(keep(approval), guard)]).toEqual([
      'approval_closed',
      'approval_closed',
    ])
    expect(codeOf(once, sec, 'deny', once.expiresMs)).toBe('approval_closed')
    expect(codeOf({ ...once, state: 'approved' }, sec, 'deny')).toBe('approval_closed')
  })

  it('who may sit in two seats fills one of them', () => {
    const both = samplePerson('psn_bob', ['approver'])
    const { approval } = cast(sampleApproval({ seats: ['owner', 'security'] }), both)
    expect(approval).toMatchObject({ state: 'pending', votes: [{ seat: 'owner' }] })
    expect(codeOf(keep(approval), both)).toBe('seat_missing')
  })

  it('T2 is not stuck where its owner asked: the sponsor and an approver say yes', () => {
    const asked = sampleApproval({ seats: TIER_TERMS.T2.activationSeats })
    const first = cast(asked, bob).approval
    expect([first.state, codeOf(keep(first), bob), codeOf(keep(first), sec)]).toEqual([
      'pending',
      'seat_missing',
      'approved',
    ])
  })

  it('T4 needs the owner and two of security, and no one of them twice', () => {
    const asked = sampleApproval({ seats: TIER_TERMS.T4.activationSeats })
    const first = cast(asked, sec).approval
    expect(codeOf(keep(first), sec)).toBe('seat_missing')
    const second = cast(keep(first), bob).approval
    expect([first.state, second.state]).toEqual(['pending', 'pending'])
    expect(codeOf(keep(second), guard)).toBe('approved')
  })
})

describe('any run of votes', () => {
  const people = [ann, bob, sec, guard, nobody, samplePerson('psn_both', ['approver', 'owner'])]
  const votes = fc.array(fc.tuple(fc.constantFrom(...people), fc.constantFrom<Verdict>('approve', 'approve', 'deny')), {
    maxLength: 8,
  })

  it('approves only by different people who did not ask, one a seat', () => {
    const tried = fc.property(fc.constantFrom(...TIERS), fc.constantFrom(...people), votes, (tier, asker, answers) => {
      const { activationSeats } = TIER_TERMS[tier]
      let approval = sampleApproval({ seats: activationSeats, requestedBy: [asker.id] })
      for (const [person, verdict] of answers) {
        try {
          approval = keep(cast(approval, person, verdict).approval)
        } catch (error) {
          if (!(error instanceof RemitError)) throw error
        }
      }
      const voices = approval.votes.map((vote) => `${vote.personId} says ${vote.verdict}`)
      expect(new Set(voices).size).toBe(voices.length)
      expect(approval.votes.map((vote) => vote.personId)).not.toContain(asker.id)
      const isDenied = approval.votes.some((vote) => vote.verdict === 'deny')
      expect(isDenied).toBe(approval.state === 'denied')
      if (approval.state === 'approved')
        expect(approval.votes.map((vote) => vote.seat).sort()).toEqual([...activationSeats].sort())
    })
    fc.assert(tried, RUNS)
  })
})

describe('the no of an administrator where nobody is left who can say yes', () => {
  const end = (approval: Kept<Approval>, person = nobody, verdict: Verdict = 'deny', atMs = sampleMs + 1) =>
    castVote(approval, identity, {
      person,
      actor: { kind: 'person', id: person.id },
      verdict,
      reason: 'nobody is left',
      endsUnfilled: true,
      atMs,
    })

  it('ends the question in no seat that was asked, and the entry says why it could', () => {
    const { approval, fact } = end(keep(sampleApproval()))
    expect(approval).toMatchObject({
      state: 'denied',
      votes: [{ personId: nobody.id, seat: 'admin', verdict: 'deny' }],
    })
    expect(fact.entry.data).toMatchObject({ seat: 'admin', verdict: 'deny', unfilled: true })
  })

  it('in a seat of their own is a no like any other', () => {
    const { fact } = end(
      keep(sampleApproval({ requestedBy: ['psn_else'] })),
      samplePerson('psn_ann', ['admin', 'owner']),
    )
    expect(fact.entry.data).toMatchObject({ seat: 'owner' })
    expect(fact.entry.data).not.toHaveProperty('unfilled')
  })

  it.each<[string, () => unknown, string]>([
    [
      'of nobody without that role',
      () => end(keep(sampleApproval()), samplePerson('psn_x', ['auditor'])),
      'seat_missing',
    ],
    ['of nobody who asked', () => end(keep(sampleApproval({ requestedBy: [nobody.id] }))), 'self_approval'],
    ['and no yes', () => end(keep(sampleApproval()), nobody, 'approve'), 'seat_missing'],
    ['of no closed one', () => end(keep(sampleApproval({ state: 'used' }))), 'approval_closed'],
    [
      'of no late one',
      () => end(keep(sampleApproval()), nobody, 'deny', sampleApproval().expiresMs),
      'approval_closed',
    ],
  ])('is that %s', (_, run, code) => {
    expect(run).toThrow(expect.objectContaining({ code }))
  })
})
