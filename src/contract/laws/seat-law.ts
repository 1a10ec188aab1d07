import type { LogEntry } from '../log-entry.ts'
import { identityIdOf, usesOf } from '../told/about.ts'
import { textIn } from '../told/data.ts'
import type { ToldIdentity } from '../told/identity.ts'
import type { Told } from '../told/told.ts'
import type { EntryLaw, Judged } from './entry-law.ts'

/** The law of who may say yes: nobody who is not there, or does not hold the role for it. */
export const SEAT_LAWS: readonly EntryLaw[] = [
  {
    name: 'seat',
    promise:
      'a yes is said, and counts as it is used, only by people who are there, and have held the role for it ever since or answer for it',
    findFault: (judged) => findVoterFault(judged) ?? findLostFault(judged),
  },
]

/** The role by which a seat is filled; owner and sponsor fill theirs by answering for the identity, or an approver does in their place. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ['security', 'approver'],
  ['admin', 'admin'],
])

/** What carries out an approval that it names. */
const CARRIES_OUT: ReadonlySet<string> = new Set([
  'binding.rotated',
  'task.activated',
  'policy.published',
  'delegation.granted',
])

/** More votes than any question has seats: what says more breaks the law of votes. */
const votesHeldMax = 32

/** A no may take back a yes that nobody could say any more. */
function findVoterFault({ entry, index, told, whole }: Judged): string | null {
  if (entry.kind !== 'approval.voted' || textIn(entry.data, 'verdict') !== 'approve') return null
  const vote = { personId: entry.actor.id, seat: textIn(entry.data, 'seat') ?? '', entry: index }
  const lost = findLoss(told, vote, whole)
  return lost === null ? null : `${vote.personId} says yes to it, ${lost}`
}

function findLostFault({ entry, told, whole }: Judged): string | null {
  const identity = told.identities.get(answeredFor(entry) ?? '')
  for (const id of approvalsCarriedOut(entry, told))
    for (const vote of told.approvals.get(id)?.votes.slice(0, votesHeldMax) ?? []) {
      const lost = vote.verdict === 'approve' ? findLoss(told, vote, whole, identity) : null
      if (lost !== null) return `it rests on the yes of ${vote.personId} to ${id}, ${lost}`
    }
  return null
}

function approvalsCarriedOut(entry: LogEntry, told: Told): readonly string[] {
  const { kind, data } = entry
  if (kind === 'identity.activated')
    return [told.identities.get(identityIdOf(entry) ?? entry.subject.id)?.submitted?.approvalId ?? '']
  return CARRIES_OUT.has(kind) ? [textIn(data, 'approvalId') ?? ''] : usesOf(entry)
}

/** The identity whose owner and sponsor were asked: of a grant, the one that would act. */
function answeredFor(entry: LogEntry): string | null {
  return entry.kind === 'delegation.granted' ? textIn(entry.data, 'to') : identityIdOf(entry)
}

/** A log of which no entry tells of people is held to nothing; a part of one may leave out that a role was given back. */
function findLoss(
  { people, fallen }: Told,
  { personId, seat, entry }: { readonly personId: string; readonly seat: string; readonly entry: number },
  whole: boolean,
  identity?: ToldIdentity,
): string | null {
  if (fallen.has(personId)) return 'who had left'
  if (!whole || people.size === 0) return null
  const roles = people.get(personId)
  if (roles === undefined) return 'whom nobody had added'
  const holds = (one: string): boolean => (roles.get(one) ?? Number.POSITIVE_INFINITY) <= entry
  const role = ROLES.get(seat)
  if (role !== undefined) return holds(role) ? null : `who had not held the role ${role} ever since`
  if (identity === undefined || identity.owner === null || holds('approver')) return null
  return [identity.owner, identity.sponsor].includes(personId)
    ? null
    : `who does not answer for ${identity.id}, and had not held the role approver ever since`
}
