import {
  type Approval,
  findClosedFault,
  findVoteFault,
  findYes,
  newApproval,
  openSeats,
  type Question,
  tallyVotes,
  type Vote,
  type VoteFault,
} from '../contract/approval/approval.ts'
import { type Envelope, findEnvelopeFault } from '../contract/approval/envelope.ts'
import { findEnvelopeWidening } from '../contract/approval/narrower.ts'
import { type Change, type Fact, insertApproval, type Kept, requireVersion, update } from '../contract/change.ts'
import type { Actor, JsonObject } from '../contract/log-entry.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Person } from '../contract/register/person.ts'
import type { ApprovalSeat } from '../contract/register/tier.ts'
import { canonicalJson } from '../ground/canonical-json.ts'
import { RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { unique } from '../ground/unique.ts'

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
 * `security` belongs to the role `approver`, and for policies `admin` to that role. Where owner or sponsor asked, their seat falls to the other one of the
 * two, or to an approver: somebody else who is accountable says yes in their place.
 */
export function seatsOf(
  person: Person,
  approval: Pick<Approval, 'requestedBy' | 'subject'>,
  identity: Pick<Identity, 'owner' | 'sponsor'>,
): readonly ApprovalSeat[] {
  const asked = (personId: string | null): boolean => personId !== null && approval.requestedBy.includes(personId)
  const isApprover = person.roles.includes('approver')
  const rows: readonly (readonly [ApprovalSeat, boolean])[] = [
    ['owner', identity.owner === person.id],
    ['sponsor', identity.sponsor === person.id],
    ['owner', asked(identity.owner) && identity.sponsor === person.id],
    ['sponsor', asked(identity.sponsor) && identity.owner === person.id],
    ['admin', approval.subject === 'policy' && person.roles.includes('admin')],
    ['security', isApprover],
    ['owner', asked(identity.owner) && isApprover],
    ['sponsor', asked(identity.sponsor) && isApprover],
  ]
  return unique(rows.filter(([, holds]) => holds).map(([seat]) => seat))
}

/** A person's answer. */
export interface Answer {
  readonly person: Kept<Person>
  readonly actor: Actor
  readonly verdict: Vote['verdict']
  readonly reason: string
  /** What the yes is to, where it is to more than exactly what was asked, once. */
  readonly envelope?: Envelope | undefined
  /** True where nobody is left who can say yes, and whoever administers may end it by a no. */
  readonly endsUnfilled?: boolean
  /** Why what it is about has ended, where that is known. */
  readonly closedBecause?: string | undefined
  /** When the task of a call ends: no yes lasts longer. */
  readonly latestMs?: number | undefined
  readonly atMs: number
}

/**
 * Gives the fact of a vote. Whoever said yes may say no as long as the question is open: it ends it; so does an administrator
 * where nobody is left who can say yes. Errors: `approval_closed` (answered, used or expired), `self_approval` (the requester),
 * `seat_missing` (no open seat is theirs, or they have voted: one person fills one seat), `request_invalid` (an envelope
 * that cannot be given), `conflict` (another envelope than those who said yes before gave).
 */
export function castVote(
  approval: Kept<Approval>,
  identity: Pick<Identity, 'owner' | 'sponsor'>,
  answer: Answer,
): { readonly approval: Approval; readonly fact: Fact } {
  const held = seatsOf(answer.person, approval, identity)
  const open = openSeats(approval)
  const yes = answer.verdict === 'deny' ? findYes(approval, answer.person.id) : undefined
  const mine = yes?.seat ?? held.find((each) => open.includes(each))
  const isEnding = mine === undefined && isEndedBy(approval, answer)
  const seat = mine ?? (isEnding ? 'admin' : (open[0] ?? 'security'))
  const late =
    yes === undefined && !isEnding
      ? findVoteFault(approval, answer.person.id, seat, held, answer.atMs, answer.closedBecause)
      : findClosedFault(approval, answer.atMs, answer.closedBecause)
  const fault = late ?? findTermsFault(approval, answer)
  if (fault !== null) throw new RemitError(fault.code, { detail: fault.sentence, facts: { open } })
  const vote: Vote = {
    personId: answer.person.id,
    seat,
    verdict: answer.verdict,
    reason: answer.reason,
    atMs: answer.atMs,
  }
  const voted: Approval = { ...approval, votes: [...approval.votes, vote] }
  const state = tallyVotes(voted)
  const next: Approval = { ...voted, state, ...termsOf(approval, answer, state) }
  return {
    approval: next,
    fact: {
      entry: describeVote(next, vote, answer.actor, isEnding ? { unfilled: true } : {}),
      changes: [update('approvals', approval, next), requireVersion('persons', answer.person)],
    },
  }
}

/** Without a seat of theirs it is not their word on what is asked; whoever asked it takes it back in other ways. */
function isEndedBy({ requestedBy }: Approval, { endsUnfilled = false, verdict, person }: Answer): boolean {
  return endsUnfilled && verdict === 'deny' && person.roles.includes('admin') && !requestedBy.includes(person.id)
}

/** Everybody who says yes says it to the same: what the first of them said yes to. */
function findTermsFault(approval: Approval, { verdict, envelope }: Answer): VoteFault | null {
  if (verdict === 'deny')
    return envelope === undefined ? null : { code: 'request_invalid', sentence: 'A no has no envelope.' }
  const isFirst = approval.votes.length === 0
  if (!isFirst && canonicalJson(envelope ?? null) !== canonicalJson(approval.envelope ?? null))
    return { code: 'conflict', sentence: 'The others said yes to something else; say yes to just that, or no.' }
  const sentence = envelope === undefined ? null : findEnvelopeFault(approval.call, envelope)
  return sentence === null ? null : { code: 'request_invalid', sentence }
}

/** An envelope counts from the last yes on, and never longer than the task. */
function termsOf(approval: Approval, answer: Answer, state: Approval['state']): Partial<Approval> {
  const { envelope, atMs, latestMs = approval.expiresMs } = answer
  if (envelope === undefined) return {}
  const expiresMs = state === 'approved' ? Math.min(atMs + envelope.lifeSeconds * 1000, latestMs) : approval.expiresMs
  return { envelope, usesMax: envelope.usesMax, expiresMs }
}

function tellEnvelope({ usesMax, lifeSeconds, terms, resources, total }: Envelope): JsonObject {
  return { usesMax, lifeSeconds, terms: terms.map((term) => ({ ...term })), resources, total: total && { ...total } }
}

/** Who asked had proposed an envelope: the entry says what of it this is a yes to. */
function comparedWith({ proposed, envelope }: Approval, { verdict }: Vote): JsonObject {
  if (proposed === undefined || verdict === 'deny') return {}
  if (envelope === undefined) return { proposal: 'only the call' }
  if (canonicalJson(envelope) === canonicalJson(proposed)) return { proposal: 'as proposed' }
  return { proposal: findEnvelopeWidening(proposed, envelope) === null ? 'less than proposed' : 'other than proposed' }
}

function describeVote(approval: Approval, vote: Vote, actor: Actor, more: JsonObject): Fact['entry'] {
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
      usesMax: approval.usesMax,
      expiresMs: approval.expiresMs,
      ...(approval.envelope === undefined ? {} : { envelope: tellEnvelope(approval.envelope) }),
      ...comparedWith(approval, vote),
      requestedBy: approval.requestedBy,
      open: openSeats(approval),
      ...more,
    },
  }
}
