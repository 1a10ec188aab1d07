import type { Approval } from '../contract/approval/approval.ts'
import {
  type Change,
  type Fact,
  insert,
  type Kept,
  type Payload,
  requireAbsent,
  requireVersion,
  update,
} from '../contract/change.ts'
import type { Actor, EntryDraft, JsonObject } from '../contract/log-entry.ts'
import { type PolicyApprover, type PolicyDomain, type PolicyVersion, policyVersionId } from '../contract/policy.ts'
import { digestOf } from '../ground/digest.ts'

/** Gives the digest that an approval of a version is bound to: what would decide, and what it would take the place of. */
export function digestPolicies({ id, digest, basis, effect }: PolicyVersion): string {
  return digestOf({ kind: 'policy', id, digest, basis, effect })
}

/** Gives a version that somebody puts up, or has put into force at once. */
export function newVersion(
  made: Pick<PolicyVersion, 'domain' | 'number' | 'digest' | 'files' | 'effect' | 'basis' | 'reason' | 'proposedMs'> &
    Partial<PolicyVersion>,
): PolicyVersion {
  return {
    id: policyVersionId(made.domain, made.number),
    source: 'published',
    state: 'proposed',
    bringsBack: null,
    proposedBy: null,
    approvalId: null,
    approvedBy: [],
    inForceMs: null,
    endedMs: null,
    refusedBecause: null,
    ...made,
  }
}

/** What stands in force in a domain, as it was read together. */
export interface PolicyStanding {
  readonly domain: Kept<PolicyDomain>
  readonly enforced: Kept<PolicyVersion>
  readonly shadow: Kept<PolicyVersion> | null
}

/** The text of a set, to be kept under its digest, and the row that keeps it already. */
export interface SetPayload {
  readonly version: string
  readonly text: string
  readonly kept: Kept<Payload> | undefined
}

/** Puts the text of a set, or puts it again: packs show the latest first. */
export function keepSet({ version, text, kept }: SetPayload): Change {
  const payload: Payload = { id: version, salt: '', body: text }
  return kept === undefined ? insert('payloads', payload) : update('payloads', kept, payload)
}

/** A version that is to be put up, with what is kept beside it. */
export interface Proposal {
  readonly version: PolicyVersion
  /** Null for the first version of its domain. */
  readonly standing: PolicyStanding | null
  readonly texts: readonly Change[]
  readonly approval: Approval
  readonly approvalChanges: readonly Change[]
  /** Ids of policies by what happens to them. */
  readonly changed: JsonObject
  readonly actor: Actor
}

/** Gives the fact that a version is put up for approval. It is a conflict where another one came into force meanwhile. */
export function proposePolicies(proposal: Proposal): Fact {
  const { version, standing, texts, approval, approvalChanges, changed, actor } = proposal
  const asked = { approvalId: approval.id, requestedBy: approval.requestedBy, seats: approval.seats }
  return {
    entry: describe('policy.proposed', version, actor, { ...asked, changed }),
    changes: [
      standing === null
        ? requireAbsent('policy_domains', version.domain)
        : requireVersion('policy_domains', standing.domain),
      insert('policy_versions', version),
      ...texts,
      ...approvalChanges,
    ],
  }
}

/** Gives the fact that a version is observed from here on; another one that was is not any more. It decides nothing. */
export function shadowPolicies({
  version,
  standing,
  texts,
  changed,
  actor,
}: Omit<Proposal, 'approval' | 'approvalChanges' | 'standing'> & { readonly standing: PolicyStanding }): Fact {
  const { domain, shadow } = standing
  return {
    entry: describe('policy.shadowed', version, actor, { changed }),
    changes: [
      update('policy_domains', domain, { ...domain, shadow: version.number }),
      insert('policy_versions', version),
      ...(shadow === null ? [] : [supersede(shadow, version.proposedMs)]),
      ...texts,
    ],
  }
}

/** What came of an approval, and when. */
export interface Settlement {
  readonly version: Kept<PolicyVersion>
  readonly approval: Kept<Approval>
  /** Null for the first version of its domain. */
  readonly standing: PolicyStanding | null
  readonly actor: Actor
  readonly atMs: number
}

/** Gives the fact that a version that people approved decides from here on. */
export function enforcePolicies({ version, approval, standing, actor, atMs }: Settlement, set: SetPayload): Fact {
  const approvedBy = approversOf(approval)
  const next: PolicyVersion = { ...version, state: 'enforced', approvedBy, inForceMs: atMs }
  const told = {
    approvalId: approval.id,
    approvedBy: approvedBy.map(({ person, seat, atMs: saidMs }) => ({ person, seat, atMs: saidMs })),
    requestedBy: approval.requestedBy,
  }
  return {
    entry: describe('policy.published', next, actor, told),
    changes: [
      ...(standing === null ? [insert('policy_domains', beginDomain(version))] : takePlace(standing, version, atMs)),
      update('policy_versions', version, next),
      update('approvals', approval, { ...approval, state: 'used' }),
      keepSet(set),
    ],
  }
}

function beginDomain({ domain: name, number: enforced, digest }: PolicyVersion): PolicyDomain {
  return { name, enforced, digest, shadow: null, folder: null, isPublished: true }
}

function takePlace(
  { domain, enforced, shadow }: PolicyStanding,
  version: PolicyVersion,
  atMs: number,
): readonly Change[] {
  const isObserved = shadow?.digest === version.digest
  return [
    update('policy_domains', domain, {
      ...domain,
      enforced: version.number,
      digest: version.digest,
      shadow: isObserved ? null : domain.shadow,
      isPublished: true,
    }),
    supersede(enforced, atMs),
    ...(isObserved ? [supersede(shadow, atMs)] : []),
  ]
}

/** Gives the fact that a version does not come into force, and why. */
export function refusePolicies(
  { version, approval, actor, atMs }: Omit<Settlement, 'standing'>,
  because: string,
): Fact {
  const next: PolicyVersion = { ...version, state: 'refused', endedMs: atMs, refusedBecause: because }
  const state = approval.state === 'denied' ? 'denied' : 'expired'
  return {
    entry: describe('policy.refused', next, actor, { approvalId: approval.id, because }),
    changes: [
      update('policy_versions', version, next),
      ...(approval.state === state ? [] : [update('approvals', approval, { ...approval, state })]),
    ],
  }
}

function approversOf({ votes }: Approval): readonly PolicyApprover[] {
  return votes
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ personId, seat, atMs }) => ({ person: personId, seat, atMs }))
}

/** Gives the change by which another version takes the place of one. */
export function supersede(version: Kept<PolicyVersion>, atMs: number): Change {
  return update('policy_versions', version, { ...version, state: 'superseded', endedMs: atMs })
}

function describe(kind: EntryDraft['kind'], version: PolicyVersion, actor: Actor, more: JsonObject): EntryDraft {
  const { id, domain, number, digest, effect, basis, bringsBack, reason } = version
  return {
    kind,
    actor,
    subject: { kind: 'policy', id },
    data: { domain, number, version: digest, effect, basis, bringsBack, reason, ...more },
    policy: digest,
  }
}
