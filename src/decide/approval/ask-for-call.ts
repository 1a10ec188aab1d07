import { type Approval, newApproval } from '../../contract/approval/approval.ts'
import { type Envelope, findEnvelopeFault, isTold } from '../../contract/approval/envelope.ts'
import { findEnvelopeWidening } from '../../contract/approval/narrower.ts'
import { type Change, insertApproval, type Kept, update } from '../../contract/change.ts'
import type { Denial, Reason } from '../../contract/decision.ts'
import type { Task } from '../../contract/task.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestText } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import { shortenText, type UsedFacts } from '../facts/fit-data.ts'
import { deny, type Hearing } from '../hearing.ts'
import { APPROVING_SEAT } from '../new-task.ts'
import type { PolicyVerdict } from '../policy/ask-policies.ts'
import type { CallWish } from '../requests.ts'
import { askedPerTaskMax, askerOf, findRefusal, findRoom, noRoom, type Room } from './find-refusal.ts'
import { barredBy, bindCall, bindPolicies, findUnspoilt, type HeldCall } from './usable.ts'

/** A call that lacks an approval, with what the asker says to the people who are asked. */
export type AskedForCall = HeldCall & { readonly verdict: PolicyVerdict; readonly wish: CallWish }

/**
 * Denies for now, and puts the question to people; once, however often the call is repeated meanwhile, and not again once one of
 * them has said no. Until the first of them has answered, the asker may say anew what it proposes, as long as that is no more than they were shown.
 */
export async function askForCall(
  hearing: Hearing<'call'>,
  asked: AskedForCall,
  used: UsedFacts,
  uncovered: string | null,
): Promise<Denial<'call'>> {
  const taskId = asked.lineage.own.task.id
  const pending = await hearing.store.pendingApprovalsOf(taskId, askedPerTaskMax)
  const open = pending.filter((row) => hearing.atMs < row.expiresMs)
  const alike = open.filter((row) => isSame(hearing, row, asked))
  const same = await findUnspoilt(hearing, alike)
  const spoilt = same === undefined ? alike.filter((row) => row.request === undefined) : []
  const no = { code: 'approval_required', reasons: asked.needs, asked: asked.verdict.asked } as const
  const approval = proposeAnew(hearing, same ?? makeQuestion(hearing, asked), asked.wish)
  const waiting = open.filter((row) => !spoilt.includes(row))
  const room = same === undefined ? await findPlace(hearing, asked, waiting) : ASKED_ALREADY
  const stop = room.crowd ?? findUnreadable(asked.arguments) ?? findProposalFault(approval)
  if (stop !== null) return deny(hearing, { ...no, facts: used, ask: { sentence: stop } })
  return deny(hearing, {
    ...no,
    facts: {
      ...used,
      approvalId: approval.id,
      ...(approval === same ? {} : tellProposal(approval)),
      ...(spoilt.length === 0 ? {} : { inPlaceOf: spoilt.map(({ id }) => id) }),
    },
    ask: { sentence: sayWay(asked, approval, sayLess(same, asked.wish) ?? uncovered), approvalId: approval.id },
    changes:
      same === undefined
        ? [...putQuestion(asked.lineage.own.task, approval, room.taken), ...spoilt.map(closeSpoilt)]
        : renew(same, approval),
  })
}

/** Where people are asked already, no room is taken. */
const ASKED_ALREADY: Room = { crowd: null, taken: [] }

/** Finds room for a new question, where people may be asked about it at all. */
async function findPlace(hearing: Hearing, asked: AskedForCall, open: readonly Approval[]): Promise<Room> {
  const refusal = await findRefusal(hearing, asked)
  return refusal === null ? await findRoom(hearing, asked, open) : noRoom(refusal)
}

/** Nobody is told something else than what others have said yes to, nor something more while they think. */
function proposeAnew({ atMs }: Hearing, approval: Approval, wish: CallWish): Approval {
  const { envelope, justification } = wish
  const isSaid = envelope !== undefined || justification !== undefined
  const isLate = approval.votes.length > 0 || atMs >= approval.expiresMs
  if (!isSaid || isLate || sayLess(approval, wish) !== null) return approval
  const words = justification === undefined ? {} : { justification: shortenText(justification, LIMITS.textCharsMax) }
  const next = {
    ...approval,
    asked: { ...approval.asked, ...words },
    ...(envelope === undefined ? {} : { proposed: envelope }),
  }
  return canonicalJson(next) === canonicalJson(approval) ? approval : next
}

/** Says that people were shown less than is proposed now: a yes to what was proposed is one to what they have seen. */
function sayLess(shown: Approval | undefined, { envelope }: CallWish): string | null {
  if (shown?.proposed === undefined || envelope === undefined) return null
  if (findEnvelopeFault(shown.call, envelope) !== null) return null // it is told what is wrong with it
  const wider = findEnvelopeWidening(shown.proposed, envelope)
  return wider === null ? null : `People were shown less than you propose now, and that stands: ${wider}`
}

function findProposalFault(approval: Approval): string | null {
  const fault = approval.proposed === undefined ? null : findEnvelopeFault(approval.call, approval.proposed)
  return fault === null ? null : `People cannot give the envelope that you propose: ${fault} Propose another, or none.`
}

/** A question of which a yes was lost is put anew, and waits for nobody any more. */
function closeSpoilt(approval: Kept<Approval>): Change {
  return update('approvals', approval, { ...approval, state: 'expired' })
}

function renew(before: Kept<Approval>, next: Approval): readonly Change[] {
  return next === before ? [] : [update('approvals', before, next)]
}

/** The log says what was proposed, whatever becomes of it. */
function tellProposal({ proposed }: Approval): UsedFacts {
  return proposed === undefined ? {} : { proposed }
}

function sayWay({ approvers }: AskedForCall, { id, proposed, call }: Approval, uncovered: string | null): string {
  const who = approvers === 1 ? 'A person' : `${approvers} different people`
  const what = proposed === undefined ? 'exactly this call' : 'exactly this call, or the envelope that you propose'
  const way = `${who} with the role approver can approve ${what} (${id}); then send it again, unchanged.`
  const isOpen = proposed === undefined && findEnvelopeFault(call, LEAST) === null
  const more = isOpen ? ' To ask for more than one, send it with an envelope in _meta dev.remit/envelope.' : ''
  return `${uncovered === null ? '' : `${uncovered} `}${way}${more}`
}

/** The least that can be proposed: where not even that can be given, nobody is told of envelopes. */
const LEAST: Envelope = { usesMax: 1, lifeSeconds: 1, terms: [], resources: [], total: null }

/** What of a call tells whether people are asked about it already. */
type SameParts = Pick<HeldCall, 'action' | 'approvers' | 'needs'>

const ruleOf = ({ rule }: Reason): string => rule

/** True for a question that is open about just this, and a yes to which would count. */
export function isSame(hearing: Hearing, row: Approval, asked: SameParts): boolean {
  return (
    row.subject === 'call' &&
    row.digest === asked.action.digest &&
    row.call?.policyVersion === bindPolicies(hearing) &&
    row.seats.length >= asked.approvers &&
    isTold(row.call, asked.needs.map(ruleOf))
  )
}

/** The task goes on by a version, so that of calls that ask at once one puts the question and the others find it. */
export function putQuestion(task: Kept<Task>, approval: Approval, room: readonly Change[]): readonly Change[] {
  return [...insertApproval(approval), update('tasks', task, task), ...room]
}

/** Makes the question about a call or an evaluation, as people are shown it. */
export function makeQuestion(hearing: Hearing, asked: HeldCall, more: UsedFacts = {}): Approval {
  const { own, links } = asked.lineage
  return newApproval({
    id: hearing.ids.next('approval'),
    subject: 'call',
    subjectId: own.task.id,
    digest: asked.action.digest,
    asked: {
      action: asked.action.name,
      actionClass: asked.action.actionClass,
      resources: asked.action.resources,
      resultIntegrity: asked.action.resultIntegrity,
      definitionDigest: asked.action.definitionDigest,
      arguments: showArguments(asked.arguments),
      because: asked.needs.map((need) => need.sentence),
      identity: own.identity.name,
      identityId: own.identity.id,
      chain: links.map((link) => link.identity.name),
      taskId: own.task.id,
      purpose: own.task.purpose,
      goal: own.task.goal,
      ticket: own.task.ticket,
      onBehalfOf: own.task.onBehalfOf,
      policy: hearing.policies.version,
      ...more,
    },
    call: bindCall(hearing, asked),
    asker: askerOf(hearing, asked),
    requestedBy: barredBy(asked),
    seats: Array.from({ length: asked.approvers }, () => APPROVING_SEAT),
    createdMs: hearing.atMs,
    expiresMs: Math.min(hearing.atMs + LIMITS.callApprovalSeconds * 1000, ...links.map((link) => link.task.endsMs)),
  })
}

/** Says why no person could oversee these arguments, or null where they can be shown, each by its name. */
function findUnreadable(args: HeldCall['arguments']): string | null {
  const names = Object.keys(args)
  if (names.length > LIMITS.shownArgumentsMax)
    return `No person oversees more than ${LIMITS.shownArgumentsMax} arguments; send fewer.`
  return names.some((name) => name.length > LIMITS.nameCharsMax)
    ? `No person oversees an argument whose name has more than ${LIMITS.nameCharsMax} characters.`
    : null
}

/**
 * Shows arguments whole where a person can read them; of a longer one, its beginning, length and digest. Each has the
 * same share of the room, so that a long one leaves no other in the dark.
 */
function showArguments(args: HeldCall['arguments']): Readonly<Record<string, unknown>> {
  const all = Object.entries(args)
  const shareBytes = Math.min(LIMITS.textCharsMax, Math.floor(LIMITS.shownArgumentsBytesMax / all.length))
  return Object.fromEntries(all.map(([name, value]) => [name, showValue(value, shareBytes)]))
}

function showValue(value: unknown, shareBytes: number): unknown {
  if (countBytes(value) <= shareBytes) return value
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  let begins = text.slice(0, shareBytes).toWellFormed()
  while (countBytes(begins) > shareBytes) begins = begins.slice(0, begins.length / 2).toWellFormed()
  return { begins, characters: text.length, sha256: digestText(text) }
}

function countBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? 'null')
}
