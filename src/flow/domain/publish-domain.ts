import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import { ownDomain, POLICY_SEATS, type PolicyNote, type PolicyVersion } from '../../contract/policy.ts'
import type { CheckedDomain } from '../../decide/domain/check/check-domain-apart.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
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
import { lookAtVersion } from '../policy/look-at-version.ts'
import { noteUnobserved } from '../policy/publish-policies.ts'
import { refuseFaults } from '../policy/refuse-faults.ts'
import { nextNumber, packFiles, readFiles, readStanding, refuseUnknown } from '../policy/standing.ts'
import { findDomainFailures } from './check-domain.ts'
import { requireDomainVersion } from './show-version.ts'

/** What somebody wants published as a domain; in shadow it is observed and decides nothing. */
export interface DomainPublication {
  readonly domain: string
  readonly files: readonly PolicyFile[]
  readonly reason: string
  readonly shadow: boolean
  /** Number of an older version whose files these are. */
  readonly bringsBack: number | null
}

/** A version of a domain that waits for its approval (null in shadow), and what deserves a second look. */
export interface DomainPublished {
  readonly version: PolicyVersion
  readonly approval: Approval | null
  readonly warnings: readonly PolicyNote[]
  readonly cautions: Cautions
  readonly entry: number
}

/**
 * Puts a version of a domain up for approval, or under observation at once. Whatever changes in a domain may allow what was
 * denied before: its policies and its entities decide together, so that it always takes an administrator and an approver.
 * Errors: `role_missing`, `policies_invalid` (a test case that fails too), `already_exists` where just this is in force,
 * `not_found` where nothing decides beside which it could be observed, `conflict` where another version was put up in this
 * moment, `request_invalid` where there are too many domains.
 */
export async function publishDomain(
  house: House,
  caller: PersonCaller,
  wanted: DomainPublication,
): Promise<DomainPublished> {
  requireRole(caller.person, ['admin', 'approver'])
  const domain = await house.domains.check(wanted.domain, wanted.files, wanted.bringsBack === null ? 'asked' : 'none')
  refuseFaults(findDomainFailures(domain), domain.name)
  const standing = (await readStanding(house.register, domain.name)) ?? null
  if (standing?.domain.digest === domain.version && !wanted.shadow)
    throw new RemitError('already_exists', {
      detail: `Exactly this is in force already, as version ${standing.domain.enforced} of the domain ${domain.name}.`,
    })
  if (standing === null) await refuseTooMany(house)
  const proposed = await draft(house, caller, wanted, { domain, standing })
  const { version, approval } = proposed
  const recorded = await house.log.record(proposed.fact)
  if (approval === null) await house.domains.refresh()
  const unobserved = standing === null || wanted.shadow ? [] : await noteUnobserved(house, standing, domain.version)
  const warnings = [...domain.warnings, ...unobserved]
  return {
    version,
    approval,
    warnings,
    cautions: await lookAtVersion(house, standing, proposed),
    entry: recorded.index,
  }
}

/** Publishes the files of an older version of a domain anew, by the same rules. Errors: `not_found`, and as `publishDomain`. */
export async function rollBackDomain(
  house: House,
  caller: PersonCaller,
  { domain, number, ...why }: Pick<DomainPublication, 'domain' | 'reason' | 'shadow'> & { readonly number: number },
): Promise<DomainPublished> {
  requireRole(caller.person, ['admin', 'approver'])
  const files = await readFiles(house.register, await requireDomainVersion(house, domain, number))
  return await publishDomain(house, caller, { domain, files, ...why, bringsBack: number })
}

async function refuseTooMany({ register }: House): Promise<void> {
  const rows = await register.policyDomains({ limit: LIMITS.domainsMax + 1 })
  if (rows.filter(({ name }) => name !== ownDomain).length >= LIMITS.domainsMax)
    throw new RemitError('request_invalid', { detail: `There are ${LIMITS.domainsMax} domains already.` })
}

interface Judged {
  readonly domain: CheckedDomain
  readonly standing: PolicyStanding | null
}

async function draft(house: House, caller: PersonCaller, wanted: DomainPublication, { domain, standing }: Judged) {
  const [number, kept] = await Promise.all([
    nextNumber(house.register, domain.name),
    house.register.payload(domain.version),
  ])
  const nowMs = house.clock.nowMs()
  const packed = packFiles(wanted.files, house.ids)
  const version = newVersion({
    domain: domain.name,
    number,
    digest: domain.version,
    files: packed.id,
    effect: 'loosens',
    basis: standing?.enforced.number ?? null,
    bringsBack: wanted.bringsBack,
    reason: wanted.reason,
    proposedBy: caller.person.id,
    proposedMs: nowMs,
    ...(wanted.shadow ? { state: 'shadow', inForceMs: nowMs } : {}),
  })
  const texts = [...packed.changes, keepSet({ version: domain.version, text: domain.text, kept })]
  const parts = { texts, changed: countParts(domain), actor: actorOf(caller) }
  if (wanted.shadow) {
    if (standing === null)
      throw refuseUnknown(
        domain.name,
        `No version of the domain ${domain.name} decides beside which this could be observed.`,
      )
    return { fact: shadowPolicies({ ...parts, version, standing }), version, approval: null }
  }
  const asked = askApproval(question(version, domain, caller), house.ids, nowMs)
  const waiting = { ...version, approvalId: asked.approval.id }
  const fact = proposePolicies({
    ...parts,
    version: waiting,
    standing,
    approval: asked.approval,
    approvalChanges: asked.changes,
  })
  return { fact, version: waiting, approval: asked.approval }
}

/** What people are asked, bound to what exactly would decide, and to what it would take the place of. */
function question(version: PolicyVersion, domain: CheckedDomain, caller: PersonCaller) {
  const { id, number, digest, basis, effect, reason, bringsBack } = version
  return {
    subject: 'policy',
    subjectId: id,
    digest: digestPolicies(version),
    asked: {
      domain: domain.name,
      number,
      effect,
      reason,
      takesThePlaceOf: basis,
      ...(bringsBack === null ? {} : { bringsBack }),
      ...countParts(domain),
      version: digest,
    },
    requestedBy: [caller.person.id],
    seats: POLICY_SEATS[effect],
  } as const
}

function countParts({ policies, entities, hasSchema }: CheckedDomain) {
  return { policies, entities, hasSchema }
}
