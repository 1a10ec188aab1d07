import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Change } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import {
  describeNote,
  ownDomain,
  POLICY_SEATS,
  type PolicyChange,
  type PolicyNote,
  type PolicyVersion,
  policyVersionId,
} from '../../contract/policy.ts'
import { comparePolicies, type PolicyDifference } from '../../decide/policy/check/compare-policies.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import type { Candidate } from '../../decide/policy/policy-sets.ts'
import { RemitError } from '../../ground/errors.ts'
import { askApproval } from '../../register/approval.ts'
import {
  digestPolicies,
  keepSet,
  newVersion,
  type PolicyStanding,
  proposePolicies,
  shadowPolicies,
} from '../../register/policy.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'
import { hasDecisionSince } from '../replay/visit-decisions.ts'
import { lookAtVersion } from './look-at-version.ts'
import { refuseFaults } from './refuse-faults.ts'
import { nextNumber, packFiles, readFiles, requireStanding } from './standing.ts'
import { findFailures } from './test-policies.ts'

/** What a person wants published, and why; in shadow it is observed and decides nothing. */
export interface Publication {
  readonly files: readonly PolicyFile[]
  readonly reason: string
  readonly shadow: boolean
  /** Number of an older version whose files these are. */
  readonly bringsBack: number | null
}

/** A version that was put up, the approval that it waits for (null in shadow), and what deserves a second look. */
export interface Published {
  readonly version: PolicyVersion
  readonly approval: Approval | null
  readonly changes: readonly PolicyChange[]
  readonly warnings: readonly PolicyNote[]
  readonly cautions: Cautions
  readonly entry: number
}

/**
 * Puts a version up for approval by what it may do, or under observation at once. Errors: `role_missing`,
 * `policies_invalid` (facts: every fault, and every test case that fails), `already_exists` where just this is in force, `conflict` where another
 * version was put up or came into force in this moment.
 */
export async function publishPolicies(house: House, caller: PersonCaller, wanted: Publication): Promise<Published> {
  requireRole(caller.person, ['admin', 'approver'])
  const candidate = await house.policies.sets.read(wanted.files)
  refuseFaults(candidate.checked.faults)
  if (wanted.bringsBack === null) refuseFaults(await findFailures(candidate, wanted.files))
  const standing = await requireStanding(house.register)
  if (candidate.version === standing.domain.digest && !wanted.shadow)
    throw new RemitError('already_exists', {
      detail: `Just these policies are in force, as version ${standing.domain.enforced}.`,
    })
  const difference = comparePolicies(await policiesOf(house, standing), candidate.checked.policies)
  const proposed = await draft(house, caller, wanted, { candidate, standing, difference })
  const { version, approval } = proposed
  const recorded = await house.log.record(proposed.fact)
  if (approval === null) await house.policies.refresh()
  const warnings = [
    ...candidate.checked.warnings,
    ...(wanted.shadow ? [] : await noteUnobserved(house, standing, candidate.version)),
  ]
  const cautions = await lookAtVersion(house, standing, proposed)
  return { version, approval, changes: difference.changes, warnings, cautions, entry: recorded.index }
}

/** Warns of a version that is promoted out of the shadow before a single decision was made beside it. */
export async function noteUnobserved(
  house: House,
  { shadow, domain }: PolicyStanding,
  digest: string,
): Promise<readonly PolicyNote[]> {
  if (
    shadow === null ||
    shadow.digest !== digest ||
    (await hasDecisionSince(house, shadow.inForceMs ?? 0, domain.name))
  )
    return []
  const sentence = 'No decision was made beside it in shadow yet, so that nobody knows what it would change.'
  return [{ file: '', line: 0, column: 0, id: null, kind: 'unobserved', sentence, hint: 'see `remit policy shadow`' }]
}

/**
 * Publishes the files of an older version anew, by the same rules; whatever its test files say now, it did decide.
 * Errors: `not_found`, and as `publishPolicies`.
 */
export async function rollBackPolicies(
  house: House,
  caller: PersonCaller,
  number: number,
  { reason, shadow }: Pick<Publication, 'reason' | 'shadow'>,
): Promise<Published> {
  const older = await house.register.policyVersion(policyVersionId(ownDomain, number))
  if (older === undefined) throw new RemitError('not_found', { detail: `There is no policy version ${number}.` })
  const files = await readFiles(house.register, older)
  return await publishPolicies(house, caller, { files, reason, shadow, bringsBack: number })
}

/** The policies that decide now, read as a candidate is. */
export async function policiesOf(house: House, { enforced }: PolicyStanding) {
  return (await house.policies.sets.read(await readFiles(house.register, enforced))).checked.policies
}

interface Judged {
  readonly candidate: Candidate
  readonly standing: PolicyStanding
  readonly difference: PolicyDifference
}

async function draft(house: House, caller: PersonCaller, wanted: Publication, judged: Judged) {
  const { candidate, standing, difference } = judged
  const [number, kept] = await Promise.all([nextNumber(house.register), house.register.payload(candidate.version)])
  const nowMs = house.clock.nowMs()
  const packed = packFiles(wanted.files, house.ids)
  const version = newVersion({
    domain: ownDomain,
    number,
    digest: candidate.version,
    files: packed.id,
    effect: difference.effect,
    basis: standing.enforced.number,
    bringsBack: wanted.bringsBack,
    reason: wanted.reason,
    proposedBy: caller.person.id,
    proposedMs: nowMs,
    ...(wanted.shadow ? { state: 'shadow', inForceMs: nowMs } : {}),
  })
  const texts: readonly Change[] = [...packed.changes, keepSet({ ...candidate, kept })]
  const parts = { standing, texts, changed: idsOf(difference), actor: actorOf(caller) }
  if (wanted.shadow) return { version, approval: null, fact: shadowPolicies({ ...parts, version }) }
  const asked = askApproval(question(version, difference, candidate, caller), house.ids, nowMs)
  const approval = asked.approval
  const waiting = { ...version, approvalId: approval.id }
  const fact = proposePolicies({ ...parts, version: waiting, approval, approvalChanges: asked.changes })
  return { version: waiting, approval, fact }
}

/** What people are asked, bound to what exactly would decide, and to what it would take the place of. */
function question(version: PolicyVersion, difference: PolicyDifference, candidate: Candidate, caller: PersonCaller) {
  const { id, number, domain, digest, basis, effect, reason, bringsBack } = version
  const { warnings } = candidate.checked
  return {
    subject: 'policy',
    subjectId: id,
    digest: digestPolicies(version),
    asked: {
      domain,
      number,
      effect,
      reason,
      takesThePlaceOf: basis,
      ...(bringsBack === null ? {} : { bringsBack }),
      changes: difference.changes
        .slice(0, shownMax)
        .map(({ change, id: policy, because }) => `${change} ${policy}: ${because}`),
      changesInAll: difference.changes.length,
      warnings: warnings.slice(0, shownMax).map(describeNote),
      version: digest,
    },
    requestedBy: [caller.person.id],
    seats: POLICY_SEATS[effect],
  } as const
}

/** As many changes as a person reads, and as an entry holds; `remit policy diff` shows all. */
const shownMax = 100

function idsOf({ changes }: PolicyDifference): JsonObject {
  const ids = (change: PolicyChange['change']): readonly string[] =>
    changes.filter((each) => each.change === change).map(({ id }) => id)
  const kinds = ['added', 'removed', 'changed'] as const
  return Object.fromEntries(kinds.map((kind) => [kind, { ids: ids(kind).slice(0, shownMax), count: ids(kind).length }]))
}
