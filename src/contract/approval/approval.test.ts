import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import type { ApprovalSeat } from '../register/tier.ts'
import {
  type Approval,
  findClosedFault,
  findOverFault,
  findVoteFault,
  findYes,
  newApproval,
  openSeats,
  type SinceGiven,
  tallyVotes,
  type Vote,
} from './approval.ts'

const SEATS: readonly ApprovalSeat[] = ['owner', 'sponsor', 'security']
const PEOPLE = ['ann', 'bob', 'cy', 'dee']

function askFor(more: Partial<Approval> = {}): Approval {
  return {
    id: 'apr_1',
    subject: 'identity',
    subjectId: 'idn_1',
    digest: '00',
    asked: {},
    requestedBy: ['ann'],
    seats: ['owner', 'security'],
    votes: [],
    state: 'pending',
    usesMax: 1,
    createdMs: 0,
    expiresMs: 100,
    ...more,
  }
}

const vote = (personId: string, seat: ApprovalSeat, verdict: Vote['verdict'] = 'approve'): Vote => {
  return { personId, seat, verdict, reason: 'because', atMs: 1 }
}

const votes = fc.record({
  personId: fc.constantFrom(...PEOPLE),
  seat: fc.constantFrom(...SEATS),
  verdict: fc.constantFrom<Vote['verdict']>('approve', 'approve', 'approve', 'deny'),
  reason: fc.constant('because'),
  atMs: fc.nat(150),
})
const asked = fc
  .record({
    seats: fc.array(fc.constantFrom(...SEATS), { minLength: 1, maxLength: 3 }),
    requestedBy: fc.subarray(PEOPLE, { minLength: 1, maxLength: 2 }),
  })
  .map(askFor)

/** Lets people vote as the register does: whoever may, in the seat that they say. */
function hold(approval: Approval, said: readonly Vote[]): Approval {
  let now = approval
  for (const each of said) {
    if (findVoteFault(now, each.personId, each.seat, SEATS, each.atMs) !== null) continue
    const heard = { ...now, votes: [...now.votes, each] }
    now = { ...heard, state: tallyVotes(heard) }
  }
  return now
}

it('a question that nobody has answered is no yes, and a yes to it counts once', () => {
  const { votes: _votes, state: _state, usesMax: _usesMax, ...question } = askFor()
  const approval = newApproval(question)
  expect(approval).toEqual(askFor())
  expect(tallyVotes(approval)).toBe('pending')
})

describe('an approval', () => {
  it('is given only by as many people as it has seats, none of whom asked for it', () => {
    let given = 0
    fc.assert(
      fc.property(asked, fc.array(votes, { maxLength: 12 }), (approval, said) => {
        const ended = hold(approval, said)
        const yes = ended.votes.filter((each) => each.verdict === 'approve')
        expect(yes.filter((each) => approval.requestedBy.includes(each.personId))).toEqual([])
        expect(new Set(ended.votes.map((each) => each.personId)).size).toBe(ended.votes.length)
        if (ended.state !== 'approved') return
        given += 1
        expect(yes.map((each) => each.seat).sort()).toEqual([...approval.seats].sort())
      }),
      RUNS,
    )
    expect(given).toBeGreaterThan(RUNS.numRuns / 100)
  })

  it('counts no requester and nobody twice, even where such votes were written', () => {
    let short = 0
    fc.assert(
      fc.property(asked, fc.array(votes, { maxLength: 8 }), (approval, said) => {
        const others = said.filter(
          (each) => each.verdict === 'approve' && !approval.requestedBy.includes(each.personId),
        )
        const people = new Set(others.map((each) => each.personId)).size
        const filled = approval.seats.length - openSeats({ ...approval, votes: said }).length
        expect(filled).toBeLessThanOrEqual(people)
        if (people >= approval.seats.length) return
        short += 1
        expect(tallyVotes({ ...approval, votes: said })).not.toBe('approved')
      }),
      RUNS,
    )
    expect(short).toBeGreaterThan(RUNS.numRuns / 100)
  })

  it('stays denied after one no, whatever follows', () => {
    fc.assert(
      fc.property(asked, fc.array(votes), fc.array(votes), (approval, before, after) => {
        const said = [...before, vote('dee', 'owner', 'deny'), ...after]
        return tallyVotes({ ...approval, votes: said }) === 'denied'
      }),
      RUNS,
    )
  })

  it('takes nothing more once it is closed', () => {
    fc.assert(
      fc.property(asked, fc.array(votes, { maxLength: 12 }), votes, (approval, said, late) => {
        const ended = hold(approval, said)
        return ended.state === 'pending' || hold(ended, [late]) === ended
      }),
      RUNS,
    )
  })

  it.each<[string, Partial<Approval>, string]>([
    ['nobody has voted', {}, 'pending'],
    ['one of two seats is filled', { votes: [vote('bob', 'owner')] }, 'pending'],
    ['both seats are filled', { votes: [vote('bob', 'owner'), vote('cy', 'security')] }, 'approved'],
    ['a seat is filled that nobody asked for', { votes: [vote('bob', 'owner'), vote('cy', 'sponsor')] }, 'pending'],
    ['one person fills both', { votes: [vote('bob', 'owner'), vote('bob', 'security')] }, 'pending'],
    ['its requester fills one', { votes: [vote('bob', 'owner'), vote('ann', 'security')] }, 'pending'],
    ['one said no', { votes: [vote('bob', 'owner'), vote('cy', 'security', 'deny')] }, 'denied'],
    ['it has no seats at all', { seats: [] }, 'pending'],
  ])('where %s is what the tally says: %#', (_, more, state) => {
    expect(tallyVotes(askFor(more))).toBe(state)
  })

  it('of two security seats needs two people', () => {
    const approval = askFor({ seats: ['security', 'security'] })
    expect(tallyVotes({ ...approval, votes: [vote('bob', 'security'), vote('bob', 'security')] })).toBe('pending')
    expect(tallyVotes({ ...approval, votes: [vote('bob', 'security'), vote('cy', 'security')] })).toBe('approved')
  })
})

describe('a vote', () => {
  const all: readonly ApprovalSeat[] = SEATS
  it.each<
    [
      string,
      Partial<Approval>,
      Parameters<typeof findVoteFault> extends [unknown, ...infer Rest] ? Rest : never,
      string | null,
    ]
  >([
    ['in an open seat of theirs is taken', {}, ['bob', 'owner', ['owner'], 1], null],
    ['of the requester is refused', {}, ['ann', 'owner', all, 1], 'self_approval'],
    [
      'of anyone else who asked is refused',
      { requestedBy: ['bob', 'ann'] },
      ['ann', 'security', all, 1],
      'self_approval',
    ],
    ['in a seat that is not theirs is refused', {}, ['bob', 'security', ['owner'], 1], 'seat_missing'],
    ['of somebody without a seat is refused', {}, ['bob', 'owner', [], 1], 'seat_missing'],
    ['in a seat that was not asked for is refused', {}, ['bob', 'sponsor', all, 1], 'seat_missing'],
    ['in a seat that is filled is refused', { votes: [vote('cy', 'owner')] }, ['bob', 'owner', all, 1], 'seat_missing'],
    [
      'of somebody who has voted is refused',
      { votes: [vote('bob', 'owner')] },
      ['bob', 'security', all, 1],
      'seat_missing',
    ],
    ['at the last millisecond is taken', {}, ['bob', 'owner', all, 99], null],
    ['at the end is refused', {}, ['bob', 'owner', all, 100], 'approval_closed'],
    ['at no time is refused', {}, ['bob', 'owner', all, Number.NaN], 'approval_closed'],
    ['on an approved one is refused', { state: 'approved' }, ['bob', 'owner', all, 1], 'approval_closed'],
    [
      'of the requester on a closed one hears that it is closed',
      { state: 'used' },
      ['ann', 'owner', all, 1],
      'approval_closed',
    ],
    ['on a denied one is refused', { state: 'denied' }, ['bob', 'owner', all, 1], 'approval_closed'],
    ['on a used one is refused', { state: 'used' }, ['bob', 'owner', all, 1], 'approval_closed'],
    ['on an expired one is refused', { state: 'expired' }, ['bob', 'owner', all, 1], 'approval_closed'],
  ])('%s', (_, more, asking, code) => {
    expect(findVoteFault(askFor(more), ...asking)?.code ?? null).toBe(code)
  })

  it.each<[string, Partial<Approval>, string, number]>([
    ['This approval is denied already.', { state: 'denied' }, 'bob', 1],
    ['This approval has expired.', {}, 'bob', 100],
    ['Nobody approves what they asked for themselves.', {}, 'ann', 1],
    [
      'It acts on your behalf, and nobody approves what is done for themselves.',
      { subject: 'call', asked: { onBehalfOf: 'ann' } },
      'ann',
      1,
    ],
    [
      'You asked for it, or wrote what the identity may do, or answer for it where it takes several: somebody else has to answer.',
      { subject: 'task', asked: { onBehalfOf: 'bob' } },
      'ann',
      1,
    ],
    ['You have voted already; nobody fills two seats.', { votes: [vote('bob', 'owner')] }, 'bob', 1],
    ['The seat `sponsor` is not yours to fill.', {}, 'bob', 1],
    ['No seat `security` is open.', { votes: [vote('cy', 'security')] }, 'dee', 1],
  ])('that is not taken is told why: %s', (sentence, more, personId, atMs) => {
    const seat = sentence.includes('sponsor') ? 'sponsor' : 'security'
    expect(findVoteFault(askFor(more), personId, seat, ['owner', 'security'], atMs)?.sentence).toBe(sentence)
  })

  it('fills a seat beside those that others have filled', () => {
    expect(findVoteFault(askFor({ votes: [vote('cy', 'owner')] }), 'bob', 'security', all, 1)).toBeNull()
  })
})

describe('a yes that was given', () => {
  it('is found by whose it is, and is no no', () => {
    const votes = [vote('bob', 'security', 'deny'), vote('cy', 'owner'), vote('dee', 'security')]
    expect(findYes({ votes }, 'cy')).toBe(votes[1])
    expect(findYes({ votes }, 'bob')).toBeUndefined()
    expect(findYes({ votes }, 'ann')).toBeUndefined()
  })

  it('lets nothing through once it is over, used up, or of somebody who is gone', () => {
    const say = (more: Partial<SinceGiven>) =>
      findOverFault(askFor({ usesMax: 3 }), { atMs: 99, uses: 2, isStanding: true, ...more })
    expect(say({})).toBeNull()
    expect(say({ atMs: 100 })).toBe('its time is over')
    expect(say({ uses: 3 })).toBe('it is used up')
    expect(say({ isStanding: false })).toMatch(/^somebody who gave it has left, /)
  })

  it('can be taken back while the question is open', () => {
    expect(findClosedFault(askFor(), 99)).toBeNull()
    expect(findClosedFault(askFor(), 100)).toEqual({ code: 'approval_closed', sentence: 'This approval has expired.' })
    expect(findClosedFault(askFor({ state: 'expired' }), 100)?.sentence).toBe('This approval has expired.')
    const early = askFor({ state: 'expired', subject: 'call' })
    expect(findClosedFault(early, 99)?.sentence).toMatch(
      /^This approval was closed .*: the task of the call has ended, or people were asked anew .*\. /,
    )
    const given = {
      personId: 'bob',
      seat: early.seats[0] ?? 'owner',
      verdict: 'approve',
      reason: 'fine',
      atMs: 1,
    } as const
    const answered = { ...early, seats: [given.seat], votes: [given] }
    expect(findClosedFault(answered, 99)?.sentence).toMatch(/^This approval was closed after people had said yes: /)
    expect(findClosedFault(early, 99)?.sentence).toMatch(/^This approval was closed before people had decided: /)
    expect(findClosedFault(early, 99, 'it was cut off')?.sentence).toContain('decided: it was cut off. ')
    expect(findClosedFault(askFor({ state: 'denied' }), 0)).toEqual({
      code: 'approval_closed',
      sentence: 'This approval is denied already.',
    })
  })
})
