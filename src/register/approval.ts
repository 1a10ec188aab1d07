import {
  type Approval,
  findVoteFault,
  newApproval,
  openSeats,
  type Question,
  tallyVotes,
  type Vote,
} from '../contract/approval.ts'
import { type Change, type Fact, insertApproval, type Kept, requireVersion, update } from '../contract/change.ts'
import type { Identity } from '../contract/identity.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { Person } from '../contract/person.ts'
import type { ApprovalSeat } from '../contract/tier.ts'
import { RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'

/** Gives a pending approval and the changes that keep it. */
export function askApproval(
  question: Omit<Question, 'id' | 'createdMs' | 'expiresMs'>,
  ids: Ids,
  atMs: number,
): { readonly approval: Approval; readonly changes: readonly Change[] } {
  const expiresMs = atMs + LIMITS.approvalSeconds * 1000
  const approval = newApproval({ ...question, id: ids.next('approval'), createdMs: atMs, expiresMs })
  return { approval, changes: insertApproval(approval) }
}

/**
 * Gives the seats that a person may fill for an identity, their own first. `owner` and `sponsor` are those people's,
 * `security` belongs to the role `approver`. Where owner or sponsor asked, their seat falls to the other one of the
 * two, or to an approver: somebody else who is accountable says yes in their place.
 */
export function seatsOf(
  person: Person,
  approval: Pick<Approval, 'requestedBy'>,
  identity: Pick<Identity, 'owner' | 'sponsor'>,
): readonly ApprovalSeat[] {
  const asked = (personId: string | null): boolean => personId !== null && approval.requestedBy.includes(personId)
  const isApprover = person.roles.includes('approver')
  const rows: readonly (readonly [ApprovalSeat, boolean])[] = [
    ['owner', identity.owner === person.id],
    ['sponsor', identity.sponsor === person.id],
    ['owner', asked(identity.owner) && identity.sponsor === person.id],
    ['sponsor', asked(identity.sponsor) && identity.owner === person.id],
    ['security', isApprover],
    ['owner', asked(identity.owner) && isApprover],
    ['sponsor', asked(identity.sponsor) && isApprover],
  ]
  return [...new Set(rows.filter(([, holds]) => holds).map(([seat]) => seat))]
}

/** A person's answer. */
export interface Answer {
  readonly person: Kept<Person>
  readonly actor: Actor
  readonly verdict: Vote['verdict']
  readonly reason: string
  readonly atMs: number
}

/**
 * Gives the fact of a vote. Errors: `approval_closed` (answered, used or expired), `self_approval` (the requester),
 * `seat_missing` (no open seat is theirs, or they have voted: one person fills one seat).
 */
export function castVote(
  approval: Kept<Approval>,
  identity: Pick<Identity, 'owner' | 'sponsor'>,
  answer: Answer,
): { readonly approval: Approval; readonly fact: Fact } {
  const held = seatsOf(answer.person, approval, identity)
  const open = openSeats(approval)
  const seat = held.find((mine) => open.includes(mine)) ?? open[0] ?? 'security'
  const fault = findVoteFault(approval, answer.person.id, seat, held, answer.atMs)
  if (fault !== null) throw new RemitError(fault.code, { detail: fault.sentence, facts: { open } })
  const vote: Vote = {
    personId: answer.person.id,
    seat,
    verdict: answer.verdict,
    reason: answer.reason,
    atMs: answer.atMs,
  }
  const voted: Approval = { ...approval, votes: [...approval.votes, vote] }
  const next: Approval = { ...voted, state: tallyVotes(voted) }
  return {
    approval: next,
    fact: {
      entry: describeVote(next, vote, answer.actor),
      changes: [update('approvals', approval, next), requireVersion('persons', answer.person)],
    },
  }
}

function describeVote(approval: Approval, vote: Vote, actor: Actor): Fact['entry'] {
  return {
    kind: 'approval.voted',
    actor,
    subject: { kind: approval.subject, id: approval.subjectId },
    data: {
      approvalId: approval.id,
      approvalSubject: approval.subject,
      subjectId: approval.subjectId,
      digest: approval.digest,
      seat: vote.seat,
      verdict: vote.verdict,
      reason: vote.reason,
      state: approval.state,
      requestedBy: approval.requestedBy,
      open: openSeats(approval),
    },
  }
}
