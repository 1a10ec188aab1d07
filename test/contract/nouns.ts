import type { Credential } from '../../src/contract/credential.ts'
import type { Identity } from '../../src/contract/register/identity.ts'
import type { Task } from '../../src/contract/task.ts'

/** An active identity, but for what is said of it. */
export function newIdentity(more: Partial<Identity> = {}): Identity {
  return {
    id: 'idn_1',
    name: 'reader',
    kind: 'agent',
    runtime: 'own',
    vendor: null,
    state: 'active',
    owner: 'psn_1',
    sponsor: 'psn_2',
    purpose: 'work',
    autonomy: 'supervised',
    reach: 'team',
    tier: 'T1',
    tierReasons: [],
    requestedBy: 'psn_1',
    authors: ['psn_1'],
    createdMs: 0,
    activatedMs: 0,
    rehearsedMs: null,
    suspendedBecause: null,
    ...more,
  }
}

/** An active task at the root of its chain, but for what is said of it. */
export function newTask(more: Partial<Task> = {}): Task {
  return {
    id: 'tsk_1',
    identityId: 'idn_1',
    parentId: null,
    rootId: 'tsk_1',
    chain: [],
    purpose: 'work',
    goal: 'Do it',
    ticket: null,
    scope: [],
    ceiling: 'internal',
    budget: { callsMax: 1, writesMax: 1, bytesMax: 1 },
    labels: { confidentiality: 'public', integrity: 'trusted' },
    delegationDepthLeft: 0,
    onBehalfOf: null,
    approvalId: null,
    bindingId: null,
    state: 'active',
    createdMs: 0,
    endsMs: 1,
    endedMs: null,
    endedBecause: null,
    ...more,
  }
}

/** A token that was given out, but for what is said of it. */
export function newCredential(more: Partial<Credential> = {}): Credential {
  return {
    id: 'crd_1',
    kind: 'access_token',
    identityId: 'idn_1',
    taskId: 'tsk_1',
    audience: 'https://remit.test',
    keyThumbprint: null,
    issuedMs: 0,
    expiresMs: 1,
    state: 'issued',
    ...more,
  }
}
