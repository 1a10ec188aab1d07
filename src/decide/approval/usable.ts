import { type Approval, type ApprovalUse, findOverFault } from '../../contract/approval/approval.ts'
import {
  countMillionths,
  countSpent,
  type Envelope,
  findUncovered,
  type GivenCall,
} from '../../contract/approval/envelope.ts'
import { quoteText } from '../../contract/approval/quote.ts'
import { type Change, type Kept, meter, requireVersion, update } from '../../contract/change.ts'
import type { JudgedAction, Reason } from '../../contract/decision.ts'
import { type Person, rolesSince } from '../../contract/register/person.ts'
import type { ToolRule } from '../../contract/register/purpose.ts'
import { digestOf } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import type { Hearing } from '../hearing.ts'
import { isUsable } from '../laws/act.ts'
import type { Lineage } from '../lineage.ts'
import { askersOf } from '../new-task.ts'

/** An approval that covers this call, with its count, who gave it, and what of its total the call takes. */
export interface UsableApproval {
  readonly approval: Kept<Approval>
  readonly use: Kept<ApprovalUse>
  readonly voters: readonly Kept<Person>[]
  /** In millionths; 0 where nothing is added up. */
  readonly spends: number
}

/** A call that needs an approval. */
export interface HeldCall {
  readonly action: JudgedAction
  readonly rule: Kept<ToolRule> | undefined
  /** The arguments that name the resources. */
  readonly naming: readonly string[]
  readonly arguments: Readonly<Record<string, unknown>>
  /** Why a person has to approve. */
  readonly needs: readonly Reason[]
  readonly lineage: Lineage
  /** How many different people must say yes. */
  readonly approvers: number
}

/** What was looked for: an approval that counts, or why the newest envelope of the task does not cover the call. */
export interface Sought {
  readonly usable: UsableApproval | undefined
  readonly uncovered: string | null
}

/** Nothing was looked for. */
export const NOTHING_SOUGHT: Sought = { usable: undefined, uncovered: null }

/** Finds an approval of exactly this call, or else an envelope around it, that still counts. */
export async function findUsable(hearing: Hearing, held: HeldCall): Promise<Sought> {
  const { store } = hearing
  const given = describeGiven(bindPolicies(hearing), held)
  const subjectId = held.lineage.own.task.id
  const same = await store.approvalsFor(subjectId, held.action.digest)
  const exact = await findAmong(
    hearing,
    held,
    given,
    same.filter((row) => row.envelope === undefined),
  )
  if (exact !== undefined) return { usable: exact, uncovered: null }
  const open = await store.approvedOf(subjectId, LIMITS.openEnvelopesMax)
  const envelopes = open.filter((row) => row.envelope !== undefined)
  const usable = await findAmong(hearing, held, given, envelopes)
  if (usable !== undefined) return { usable, uncovered: null }
  const newest = envelopes.at(0) ?? (await findUsedAround(hearing, subjectId, given))
  return { usable, uncovered: await sayUncovered(hearing, newest, given) }
}

/** Gives the approval of this id, where it covers this call and still counts. */
export async function findUsableById(
  hearing: Hearing,
  held: HeldCall,
  id: string,
): Promise<UsableApproval | undefined> {
  const approval = await hearing.store.approval(id)
  return await findAmong(
    hearing,
    held,
    describeGiven(bindPolicies(hearing), held),
    approval === undefined ? [] : [approval],
  )
}

/** Gives what was used last in the task, where it is an envelope that was around this call. */
async function findUsedAround(
  { store }: Hearing,
  taskId: string,
  given: GivenCall,
): Promise<Kept<Approval> | undefined> {
  const [last] = await store.usedOf(taskId, 1)
  if (last?.envelope === undefined || last.call === undefined) return undefined
  return findUncovered(last.call, last.envelope, given) === null ? last : undefined
}

async function findAmong(
  { store, atMs }: Hearing,
  held: HeldCall,
  given: GivenCall,
  approvals: readonly Kept<Approval>[],
): Promise<UsableApproval | undefined> {
  if (approvals.length === 0) return undefined
  const { uses, people } = await readAround(store, approvals)
  const chain = barredBy(held)
  for (const approval of approvals) {
    const use = uses.find((row) => row.approvalId === approval.id)
    const voters = people.filter((person) => isPresent(approval, person))
    const spends = approval.envelope === undefined ? 0 : countSpent(approval.envelope, given)
    if (use === undefined || spends === null) continue
    const present = voters.map((person) => person.id)
    const { digest } = held.action
    const { approvers } = held
    if (
      isUsable(approval, {
        subjectId: held.lineage.own.task.id,
        digest,
        given,
        atMs,
        use,
        spends,
        chain,
        present,
        approvers,
      })
    )
      return { approval, use, voters, spends }
  }
  return undefined
}

/** Reads what was used of these approvals, and who gave them. */
async function readAround(store: Hearing['store'], approvals: readonly Approval[]) {
  const [uses, people] = await Promise.all([
    store.approvalUses(approvals.map((row) => row.id)),
    store.persons(unique(approvals.flatMap((row) => row.votes.map((vote) => vote.personId)))),
  ])
  return { uses, people }
}

/** Gives the first of these questions of which everybody who said yes is still who they were then: of the others no yes counts. */
export async function findUnspoilt(
  { store }: Pick<Hearing, 'store'>,
  questions: readonly Kept<Approval>[],
): Promise<Kept<Approval> | undefined> {
  const said = unique(questions.flatMap((row) => row.votes.map((vote) => vote.personId)))
  if (said.length === 0) return questions[0]
  const people = await store.persons(said)
  return questions.find((row) => areAllPresent(row, people))
}

/** True where everybody who has answered it is among these people, and present. */
function areAllPresent(approval: Approval, people: readonly Person[]): boolean {
  return approval.votes.every((vote) => people.some((each) => each.id === vote.personId && isPresent(approval, each)))
}

/** Whoever said yes is still here, and has held the role by which they said it ever since. */
function isPresent(approval: Approval, person: Person): boolean {
  const vote = approval.votes.find((each) => each.personId === person.id)
  return (
    vote !== undefined &&
    person.state === 'active' &&
    (vote.seat !== 'security' || rolesSince(person, vote.atMs).includes('approver'))
  )
}

/**
 * Who is in the chain or asked for someone in it, and so may not say yes. Where it takes several, those who answer for
 * an identity of the chain do not count among them: duties are separate.
 */
export function barredBy({
  lineage: { links },
  approvers,
}: Pick<HeldCall, 'lineage' | 'approvers'>): readonly string[] {
  return unique([
    ...askersOf(links.map((link) => link.identity)),
    ...links.flatMap((link) => link.task.onBehalfOf ?? []),
    ...(approvers < 2 ? [] : links.flatMap((link) => link.identity.owner ?? [])),
  ])
}

/** What an approval is bound to of the policies: the set, and that it has decided without a break. */
export function bindPolicies({ policies, publication }: Pick<Hearing, 'policies' | 'publication'>): string {
  return `${policies.version}#${publication}`
}

/** Gives a call as envelopes are held against it. */
function describeGiven(policyVersion: string, held: HeldCall): GivenCall {
  const { digest: _digest, ...action } = held.action
  return {
    action,
    ruleVersion: held.rule?.version ?? 0,
    naming: held.naming,
    arguments: Object.entries(held.arguments).map(([name, value]) => ({
      name,
      value,
      digest: digestOf(value),
      ...(typeof value === 'number' ? { number: value } : {}),
    })),
    policyVersion,
    needs: held.needs.map((need) => need.rule),
  }
}

/** What an envelope is held against: the values of the arguments by their digests, so that long ones take no room. */
export function bindCall(hearing: Hearing, asked: HeldCall): NonNullable<Approval['call']> {
  const given = describeGiven(bindPolicies(hearing), asked)
  return { ...given, arguments: given.arguments.map(({ value: _value, ...argument }) => argument) }
}

/** Says of an envelope why a call is not let through by it, as exactly as it can be told; null where there is none. */
async function sayUncovered(
  { store, atMs }: Hearing,
  approval: Kept<Approval> | undefined,
  given: GivenCall,
): Promise<string | null> {
  if (approval?.envelope === undefined || approval.call === undefined) return null
  const { call, envelope } = approval
  const { uses, people } = await readAround(store, [approval])
  const use = uses[0] ?? { uses: 0, spent: 0 }
  const over = findOverFault(approval, { atMs, uses: use.uses, isStanding: areAllPresent(approval, people) })
  const part = over ?? findUncovered(call, envelope, given) ?? saySpent(envelope, use) ?? 'it does not count any more'
  return `The envelope ${approval.id} does not cover it: ${part}.`
}

function saySpent({ total }: Envelope, { spent }: Pick<ApprovalUse, 'spent'>): string | null {
  if (total === null) return null
  return `${quoteText(total.name)} comes to ${total.atMost} at most all together, and ${spent / 1e6} of that is used`
}

/**
 * Gives the changes that use it up: the count inside its bounds, the row as it was read, and those who gave it as they were. The last
 * use closes the row: one that others came before, so that it would be the last unawares, is decided again.
 */
export function spendApproval({ approval, use, voters, spends }: UsableApproval): readonly Change[] {
  const isLast = use.uses + 1 >= approval.usesMax
  const total = approval.envelope?.total ?? null
  const count = meter('approval_uses', approval.id, {
    add: { uses: 1, ...(total === null ? {} : { spent: spends }) },
    raise: {},
    atMost: {
      uses: isLast ? approval.usesMax : approval.usesMax - 1,
      ...(total === null ? {} : { spent: countMillionths(total.atMost) ?? 0 }),
    },
  })
  return [
    isLast ? update('approvals', approval, { ...approval, state: 'used' }) : requireVersion('approvals', approval),
    count,
    ...voters.map((person) => requireVersion('persons', person)),
  ]
}

/** What the entry of a permit says of the approval that it rests on; counts before this use, and what they may come to. */
export function tellUse(sought: UsableApproval | undefined): UsedFacts {
  if (sought === undefined) return {}
  const { approval, use, spends } = sought
  const by = { approvalId: approval.id, approvedBy: approval.votes.map((vote) => vote.personId) }
  if (approval.envelope === undefined) return by
  const { total } = approval.envelope
  const added =
    total === null
      ? {}
      : { total: { name: total.name, before: use.spent / 1e6, by: spends / 1e6, atMost: total.atMost } }
  return { ...by, envelope: { uses: [use.uses, approval.usesMax], ...added } }
}
