import type { Approval } from '../../src/contract/approval/approval.ts'
import type { Kept } from '../../src/contract/change.ts'
import type { Credential } from '../../src/contract/credential.ts'
import { CLEAN_LABELS } from '../../src/contract/label.ts'
import type { Binding } from '../../src/contract/register/binding.ts'
import type { DelegationGrant } from '../../src/contract/register/delegation-grant.ts'
import type { Entitlement } from '../../src/contract/register/entitlement.ts'
import type { Identity } from '../../src/contract/register/identity.ts'
import type { Person } from '../../src/contract/register/person.ts'
import type { Purpose } from '../../src/contract/register/purpose.ts'
import type { Task } from '../../src/contract/task.ts'
import type { Surroundings } from '../../src/register/lifecycle.ts'

/** When samples were made: 2026-03-01. */
export const sampleMs = 1_772_323_200_000

/** Gives a row as it is kept for the first time. */
export function keep<Row extends object>(row: Row, version = 1): Kept<Row> {
  return { ...row, version, entry: 0 }
}

/** A T1 identity that Ann answers for and Bob sponsors, in draft. */
export function sampleIdentity(more: Partial<Identity> = {}): Kept<Identity> {
  return keep({
    id: 'idn_reader',
    name: 'reader',
    kind: 'agent',
    runtime: 'own',
    vendor: null,
    state: 'draft',
    owner: 'psn_ann',
    sponsor: 'psn_bob',
    purpose: 'summarise',
    autonomy: 'bounded',
    reach: 'team',
    tier: 'T1',
    tierReasons: ['it works outside a sandbox'],
    requestedBy: 'psn_ann',
    authors: [],
    createdMs: sampleMs,
    activatedMs: null,
    rehearsedMs: null,
    suspendedBecause: null,
    ...more,
  })
}

export function samplePerson(id: string, roles: Person['roles'] = [], more: Partial<Person> = {}): Kept<Person> {
  return keep({ id, name: id, email: `${id}@example.org`, roles, state: 'active', createdMs: sampleMs, ...more })
}

export const samplePurpose: Kept<Purpose> = keep({
  code: 'summarise',
  title: 'Summarise documents',
  classes: ['read', 'write'],
  ceiling: 'internal',
})

export function sampleBinding(more: Partial<Binding> = {}): Kept<Binding> {
  return keep({
    id: 'bnd_reader',
    identityId: 'idn_reader',
    kind: 'oidc',
    issuer: 'https://issuer.example',
    subject: 'workload:reader',
    claims: {},
    keys: [],
    createdMs: sampleMs,
    endedMs: null,
    ...more,
  })
}

export function sampleEntitlement(more: Partial<Entitlement> = {}): Kept<Entitlement> {
  return keep({
    id: 'ent_reader',
    identityId: 'idn_reader',
    scope: [{ action: 'docs/read', resource: 'docs:*' }],
    classes: ['read'],
    ceiling: 'internal',
    approval: 'none',
    reason: 'It reads.',
    requestedBy: 'psn_ann',
    startsMs: sampleMs,
    endsMs: sampleMs + 86_400_000,
    state: 'proposed',
    ...more,
  })
}

/** A pending approval of the sample identity, asked for by Ann. */
export function sampleApproval(more: Partial<Approval> = {}): Kept<Approval> {
  return keep({
    id: 'apr_reader',
    subject: 'identity',
    subjectId: 'idn_reader',
    digest: 'd'.repeat(64),
    asked: {},
    requestedBy: ['psn_ann'],
    seats: ['owner'],
    votes: [],
    state: 'pending',
    usesMax: 1,
    createdMs: sampleMs,
    expiresMs: sampleMs + 86_400_000,
    ...more,
  })
}

/** All that the sample identity needs for every transition. */
export function sampleSurroundings(more: Partial<Surroundings> = {}): Surroundings {
  return {
    bindings: [sampleBinding()],
    entitlements: [sampleEntitlement()],
    approval: sampleApproval({ state: 'approved' }),
    ownerActive: true,
    sponsorActive: true,
    purposeKnown: true,
    atMs: sampleMs + 1000,
    ...more,
  }
}

/** An active task of an identity, under `above` where that is given. */
export function sampleTask(id: string, identityId: string, above?: Task, more: Partial<Task> = {}): Kept<Task> {
  return keep({
    id,
    identityId,
    parentId: above?.id ?? null,
    rootId: above?.rootId ?? id,
    chain: [...(above?.chain ?? []), { identityId, name: `name of ${identityId}`, taskId: id }],
    purpose: 'summarise',
    goal: 'Summarise the handbook',
    ticket: null,
    scope: [{ action: 'docs/read', resource: 'docs:*' }],
    ceiling: 'internal',
    budget: { callsMax: 10, writesMax: 0, bytesMax: 1_000 },
    labels: CLEAN_LABELS,
    delegationDepthLeft: 2,
    onBehalfOf: null,
    approvalId: null,
    bindingId: 'bnd_reader',
    ...(above === undefined ? {} : { grantId: `dlg_${id}` }),
    state: 'active',
    createdMs: sampleMs,
    endsMs: sampleMs + 3_600_000,
    endedMs: null,
    endedBecause: null,
    ...more,
  })
}

/** The grant under which a sample of a task was handed on, by somebody who answers for both. */
export function sampleGrant({ id, chain }: Task, more: Partial<DelegationGrant> = {}): Kept<DelegationGrant> {
  return keep({
    id: `dlg_${id}`,
    from: chain.at(-2)?.identityId ?? '',
    to: chain.at(-1)?.identityId ?? '',
    fromOwner: 'psn_ann',
    toOwner: 'psn_ann',
    scope: [{ action: 'docs/*', resource: 'docs:*' }],
    classes: ['read'],
    ceiling: 'internal',
    depthMax: 2,
    reason: 'They work together.',
    approvalId: 'apr_grant',
    createdMs: sampleMs,
    startsMs: sampleMs,
    endsMs: sampleMs + 3_600_000,
    state: 'granted',
    ...more,
  })
}

export function sampleCredential(id: string, task: Task, more: Partial<Credential> = {}): Kept<Credential> {
  return keep({
    id,
    kind: 'access_token',
    identityId: task.identityId,
    taskId: task.id,
    audience: 'https://remit.example',
    keyThumbprint: null,
    issuedMs: sampleMs + 1000,
    expiresMs: sampleMs + 1_801_000,
    state: 'issued',
    ...more,
  })
}
