import { type Approval, openSeats } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { Person, PersonId } from '../../contract/register/person.ts'
import type { ApprovalSeat } from '../../contract/register/tier.ts'
import { isError } from '../../ground/errors.ts'
import { beginTurn } from '../../ground/in-turns.ts'
import { seatsOf } from '../../register/approval.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'
import { NOBODY, readAbout } from './read-about.ts'
import { findLost, readVoters } from './voters.ts'

/** An approval that waits and that nobody who is there can say yes to so that it counts, and the seats that are open in it. */
export interface Unfilled {
  readonly approval: Kept<Approval>
  readonly seats: readonly ApprovalSeat[]
  /** Whose yes does not count any more, so that nothing that others say lets it count. */
  readonly lost: readonly PersonId[]
}

/** Takes people one after another; true once other people than those who asked or answered can fill every open seat. */
type SeatLook = (person: Person) => boolean

/** Begins to look for who could fill what is open; one person fills one seat. */
function lookForSeats(approval: Approval, identity: Pick<Identity, 'owner' | 'sponsor'>): SeatLook {
  const open = openSeats(approval)
  const without = new Set([...approval.requestedBy, ...approval.votes.map((vote) => vote.personId)])
  const candidates: (readonly ApprovalSeat[])[] = []
  let isFilled = open.length === 0
  return (person) => {
    if (isFilled || person.state !== 'active' || without.has(person.id)) return isFilled
    const held = seatsOf(person, approval, identity).filter((seat) => open.includes(seat))
    // more of one kind than there are seats change nothing
    const alike = candidates.filter((other) => other.join() === held.join())
    if (held.length === 0 || alike.length >= open.length) return false
    candidates.push(held)
    isFilled = canSeat(open, candidates)
    return isFilled
  }
}

function canSeat(seats: readonly ApprovalSeat[], candidates: readonly (readonly ApprovalSeat[])[]): boolean {
  const [seat, ...others] = seats
  if (seat === undefined) return true
  return candidates.some((held, at) => held.includes(seat) && canSeat(others, candidates.toSpliced(at, 1)))
}

/** Says, as people are asked, that nobody who is there could say yes so that it counts: nobody else sees to it before it expires. */
export async function lookForPeople(
  { register }: Pick<House, 'register'>,
  approval: Approval,
  identity: Pick<Identity, 'owner' | 'sponsor'> = NOBODY,
): Promise<Cautions> {
  if (
    await canBeFilled(
      approval,
      identity,
      allRows((page) => register.persons(page)),
    )
  )
    return []
  const seats = approval.seats.join(', ')
  return [
    `Nobody else has the roles to say yes to it (${seats}): whoever asked for it may not, and one person fills one seat. \`remit approvals\` says what to do.`,
  ]
}

async function canBeFilled(
  approval: Approval,
  identity: Pick<Identity, 'owner' | 'sponsor'>,
  people: AsyncIterable<Person>,
): Promise<boolean> {
  const isFilledBy = lookForSeats(approval, identity)
  for await (const person of people) if (isFilledBy(person)) return true
  return openSeats(approval).length === 0
}

/** Of these approvals, those that nobody who is there can say yes to so that it counts. Goes through people until the others are known. */
export async function findUnfilled(
  house: Pick<House, 'register' | 'clock'>,
  approvals: readonly Kept<Approval>[],
): Promise<readonly Unfilled[]> {
  const atMs = house.clock.nowMs()
  const waiting = approvals.filter(({ state, expiresMs }) => state === 'pending' && atMs < expiresMs)
  const looks = (await Promise.all(waiting.map((approval) => beginLook(house, approval)))).flatMap((look) => look ?? [])
  const unseated = await findUnseated(
    house,
    looks.filter(({ lost }) => lost.length === 0),
  )
  return looks
    .filter((look) => look.lost.length > 0 || unseated.includes(look))
    .map(({ approval, lost }) => ({ approval, seats: openSeats(approval), lost }))
}

/** What is looked for of one approval. */
interface Look extends Pick<Unfilled, 'approval' | 'lost'> {
  readonly isSeatedBy: SeatLook
}

/** Gives those of which people who are there cannot fill the open seats. */
async function findUnseated(house: Pick<House, 'register'>, looks: readonly Look[]): Promise<readonly Look[]> {
  let left = looks
  if (left.length === 0) return []
  const turn = beginTurn()
  for await (const person of allRows((page) => house.register.persons(page))) {
    if (turn.isOver()) await turn.next()
    left = left.filter(({ isSeatedBy }) => !isSeatedBy(person))
    if (left.length === 0) return []
  }
  return left
}

/** Null where what it is about is gone: that takes no answer whoever is there. */
async function beginLook(house: Pick<House, 'register'>, approval: Kept<Approval>): Promise<Look | null> {
  try {
    const { identity } = await readAbout(house, approval)
    const isSeatedBy = lookForSeats(approval, identity)
    const lost = findLost(approval, identity, await readVoters(house, approval)).map(({ personId }) => personId)
    return { approval, isSeatedBy, lost }
  } catch (error) {
    if (isError(error, 'not_found')) return null
    throw error
  }
}
