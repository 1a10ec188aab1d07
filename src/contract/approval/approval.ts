import type { PersonId } from '../register/person.ts'
import type { ApprovalSeat } from '../register/tier.ts'
import type { AccessCallback, AccessRequest } from './access-request.ts'
import type { AskedCall, Envelope } from './envelope.ts'

/** What a person is asked to say yes to. */
export const APPROVAL_SUBJECTS = ['identity', 'binding', 'task', 'call', 'policy', 'delegation'] as const
export type ApprovalSubject = (typeof APPROVAL_SUBJECTS)[number]

/** Where an approval can stand. It counts in `approved` only. */
export const APPROVAL_STATES = ['pending', 'approved', 'denied', 'used', 'expired', 'cancelled'] as const

/** One person's word. */
export interface Vote {
  readonly personId: PersonId
  readonly seat: ApprovalSeat
  readonly verdict: 'approve' | 'deny'
  readonly reason: string
  readonly atMs: number
}

/** A question to people, bound to the digest of exactly what was asked. Single use unless `usesMax` says more. */
export interface Approval {
  readonly id: string
  readonly subject: ApprovalSubject
  /** The identity, also where it is about a binding of it, task, task of the call, policy version, or grant to act for another. */
  readonly subjectId: string
  /** Hex SHA-256 over the canonical form of what was asked. */
  readonly digest: string
  /** What was asked, in words and facts, for the person who decides. */
  readonly asked: Readonly<Record<string, unknown>>
  /** Who may not answer: the requester, and the owner's estate where separation of duties asks for it. */
  readonly requestedBy: readonly string[]
  readonly seats: readonly ApprovalSeat[]
  readonly votes: readonly Vote[]
  readonly state: (typeof APPROVAL_STATES)[number]
  readonly usesMax: number
  /** Of a call: what an envelope is held against. */
  readonly call?: AskedCall
  /**
   * Of a call: for which identity it was put, and by whom where that is somebody else; of a task, who asks for it. Questions are counted by
   * it.
   */
  readonly asker?: string
  /** What the first yes was given to, beyond exactly what was asked, once; every further yes is to the same. */
  readonly envelope?: Envelope
  /** What the asker would like the yes to be to; it counts for nothing until somebody says yes to it. */
  readonly proposed?: Envelope
  /** Where it came in as an access request. */
  readonly request?: AccessRequest
  /** Of a task that waits: where and of what whoever opened it wants to be told. */
  readonly callback?: AccessCallback
  readonly createdMs: number
  readonly expiresMs: number
}

/** What people are asked, until when. */
export type Question = Omit<Approval, 'votes' | 'state' | 'usesMax' | 'envelope'>

/** Gives the approval of a question that nobody has answered yet; a yes to it counts once. */
export function newApproval(question: Question): Approval {
  return { ...question, votes: [], state: 'pending', usesMax: 1 }
}

/** Why a vote is not taken: a code of the error table, and a sentence for the person. */
export interface VoteFault {
  readonly code: 'self_approval' | 'seat_missing' | 'approval_closed' | 'request_invalid' | 'conflict'
  readonly sentence: string
}

/** Gives the seats that nobody has filled yet. A requester fills none, and nobody fills two, whatever was written. */
export function openSeats(approval: Pick<Approval, 'seats' | 'votes' | 'requestedBy'>): readonly ApprovalSeat[] {
  const left = [...approval.seats]
  const heard = new Set<PersonId>(approval.requestedBy)
  for (const vote of approval.votes) {
    const at = left.indexOf(vote.seat)
    if (vote.verdict !== 'approve' || heard.has(vote.personId) || at < 0) continue
    heard.add(vote.personId)
    left.splice(at, 1)
  }
  return left
}

/** The state after the votes so far: one no denies, every seat filled approves. Without a seat nothing is approved. */
export function tallyVotes(
  approval: Pick<Approval, 'seats' | 'votes' | 'requestedBy'>,
): 'pending' | 'approved' | 'denied' {
  if (approval.votes.some((vote) => vote.verdict === 'deny')) return 'denied'
  return approval.seats.length > 0 && openSeats(approval).length === 0 ? 'approved' : 'pending'
}

/**
 * Says why this person may not vote in this seat now, or null where they may. `held` are the seats that this person may
 * fill, `because` why what it is about has ended, where that is known. Yes and no are held alike: a requester has no vote,
 * nobody has two, and a late one does not count.
 */
export function findVoteFault(
  approval: Approval,
  personId: PersonId,
  seat: ApprovalSeat,
  held: readonly ApprovalSeat[],
  atMs: number,
  because?: string,
): VoteFault | null {
  return findFault([
    ...closedRows(approval, atMs, because),
    [approval.requestedBy.includes(personId), 'self_approval', sayOwn(approval, personId)],
    [
      approval.votes.some((vote) => vote.personId === personId),
      'seat_missing',
      'You have voted already; nobody fills two seats.',
    ],
    [!held.includes(seat), 'seat_missing', `The seat \`${seat}\` is not yours to fill.`],
    [!openSeats(approval).includes(seat), 'seat_missing', `No seat \`${seat}\` is open.`],
  ])
}

/** Why it is this person's own: they need not have asked for it. Of an act, whoever answers for its identity may not say so either. */
function sayOwn({ subject, asked }: Pick<Approval, 'subject' | 'asked'>, personId: PersonId): string {
  if (asked['onBehalfOf'] === personId)
    return 'It acts on your behalf, and nobody approves what is done for themselves.'
  return subject === 'call' || subject === 'task'
    ? 'You asked for it, or wrote what the identity may do, or answer for it where it takes several: somebody else has to answer.'
    : 'Nobody approves what they asked for themselves.'
}

/** The yes of a person that a no of theirs takes back while the question is open; undefined where they gave none. */
export function findYes({ votes }: Pick<Approval, 'votes'>, personId: PersonId): Vote | undefined {
  return votes.find((vote) => vote.personId === personId && vote.verdict === 'approve')
}

/** What has become of a yes since it was given. `isStanding`: everybody who gave it is there, with the role by which they did. */
export interface SinceGiven {
  readonly atMs: number
  readonly uses: number
  readonly isStanding: boolean
}

/** Says why a yes to calls lets nothing through any more, whatever the call; null while it may. */
export function findOverFault(
  { expiresMs, usesMax }: Pick<Approval, 'expiresMs' | 'usesMax'>,
  { atMs, uses, isStanding }: SinceGiven,
): string | null {
  if (atMs >= expiresMs) return 'its time is over'
  if (uses >= usesMax) return 'it is used up'
  return isStanding ? null : 'somebody who gave it has left, or has not held the role for it ever since'
}

/** Says why a question takes no answer any more, or null while it does: all that stands against taking a yes back. */
export function findClosedFault(approval: Closable, atMs: number, because?: string): VoteFault | null {
  return findFault(closedRows(approval, atMs, because))
}

type Closable = Pick<Approval, 'subject' | 'state' | 'expiresMs' | 'seats' | 'votes' | 'requestedBy'>

/** With what a question is closed before its time is over. */
const CLOSED_WITH: Readonly<Record<ApprovalSubject, string>> = {
  identity: 'the identity was suspended, sent back or retired meanwhile, or is not what was put up any more',
  binding: 'what it was to replace, or the identity, is not as it was any more',
  task: 'the task has ended',
  call: 'the task of the call has ended, or people were asked anew as somebody who had said yes was gone',
  policy: 'what was put up has been taken back',
  delegation: 'the grant has ended',
}

type FaultRow = readonly [broken: boolean, code: VoteFault['code'], sentence: string]

function closedRows(approval: Closable, atMs: number, because?: string): readonly FaultRow[] {
  const { subject, state, expiresMs } = approval
  const why = because ?? CLOSED_WITH[subject]
  const when = tallyVotes(approval) === 'approved' ? 'after people had said yes' : 'before people had decided'
  const early = `This approval was closed ${when}: ${why}. No answer to it counts; what is still wanted is asked anew.`
  return [
    [state === 'expired' && atMs < expiresMs, 'approval_closed', early],
    [state === 'expired', 'approval_closed', 'This approval has expired.'],
    [state !== 'pending', 'approval_closed', `This approval is ${state} already.`],
    [!(atMs < expiresMs), 'approval_closed', 'This approval has expired.'],
  ]
}

function findFault(rows: readonly FaultRow[]): VoteFault | null {
  const found = rows.find(([broken]) => broken)
  return found === undefined ? null : { code: found[1], sentence: found[2] }
}

/** Counts the uses of an approval; kept apart so that a use is one bounded addition. */
export interface ApprovalUse {
  readonly approvalId: string
  readonly uses: number
  /** What the calls came to where an envelope adds something up, in millionths. */
  readonly spent: number
}

/** What followed from an approval. */
export type ApprovalEffect =
  | 'none'
  | 'identity activated'
  | 'identity returned'
  | 'binding rotated'
  | 'binding kept'
  | 'task active'
  | 'task denied'
  | 'call approved'
  | 'call denied'
  | 'policies in force'
  | 'policies refused'
  | 'delegation granted'
  | 'delegation refused'
