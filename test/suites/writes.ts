import { type Change, insert, type Tables } from '../../src/contract/change.ts'
import { sha256 } from '../../src/ground/digest.ts'
import type { CloseBatch, LogHead, RecordStore, SealedChange, Write, Written } from '../../src/record/store.ts'

/** A write whose entry says `words` and its index, so that a test can tell entries apart. */
export function writing(words: string, ...changes: readonly Change[]): Write {
  return writingAll([words, ...changes])
}

/** A write of several entries, of which each says its words and its index. */
export function writingAll(...facts: readonly (readonly [words: string, ...changes: readonly Change[]])[]): Write {
  const sealed = facts.map(([, ...changes]) => changes.map(sealing))
  return {
    entries: facts.length,
    seal: (index) =>
      facts.map(([words], after) => {
        const bytes = new TextEncoder().encode(`${index + after} ${words}`)
        return { bytes, leaf: sha256(bytes), changes: sealed[after] ?? [] }
      }),
  }
}

/** Seals a change as it is, with less care than the log takes: so that what no engine can keep comes as far as one. */
export function sealing(change: Change): SealedChange {
  return { change, row: 'row' in change ? { body: JSON.stringify(change.row), salt: 'salt' } : null }
}

/** Closes a batch with a head that says its size, and one tile root for each leaf. */
export const closing: CloseBatch = (firstIndex, leaves) => ({
  head: { size: firstIndex + leaves.length, note: `note of ${firstIndex + leaves.length}` },
  tileRoots: leaves.map((hash, at) => ({ level: 1, n: firstIndex + at, hash })),
})

/** Commits after whatever stands in the log now. */
export async function commit(record: RecordStore, ...writes: readonly Write[]): Promise<readonly Written[]> {
  return record.commit((await record.readHead()).size, writes, closing)
}

/** What a log says: its head, and its entries as text. */
export async function readLog(record: RecordStore): Promise<{ head: LogHead; entries: string[] }> {
  const head = await record.readHead()
  const entries = await record.readEntries(0, head.size + 10)
  return { head, entries: entries.map((bytes) => new TextDecoder().decode(bytes)) }
}

export function purpose(code: string, title = code): Tables['purposes'] {
  return { code, title, classes: ['read'], ceiling: 'internal' }
}

export function identity(id: string, name = id): Tables['identities'] {
  return {
    id,
    name,
    kind: 'agent',
    runtime: 'own',
    vendor: null,
    state: 'draft',
    owner: null,
    sponsor: null,
    purpose: null,
    autonomy: 'bounded',
    reach: 'team',
    tier: 'T1',
    tierReasons: [],
    requestedBy: null,
    authors: [],
    createdMs: 1,
    activatedMs: null,
    rehearsedMs: null,
    suspendedBecause: null,
  }
}

export function person(id: string, email: string): Tables['persons'] {
  return { id, name: id, email, roles: ['owner'], state: 'active', createdMs: 1 }
}

export function binding(id: string, more: Partial<Tables['bindings']> = {}): Tables['bindings'] {
  return {
    id,
    identityId: 'idn_1',
    kind: 'oidc',
    issuer: 'https://issuer.test',
    subject: 'workload',
    claims: {},
    keys: [],
    createdMs: 1,
    endedMs: null,
    ...more,
  }
}

export function usage(taskId: string, more: Partial<Tables['task_usage']> = {}): Tables['task_usage'] {
  return {
    taskId,
    identityId: 'idn_1',
    calls: 0,
    writes: 0,
    bytes: 0,
    pivots: 0,
    confidentiality: 0,
    integrity: 0,
    ...more,
  }
}

export function task(id: string, more: Partial<Tables['tasks']> = {}): Tables['tasks'] {
  return {
    id,
    identityId: 'idn_1',
    parentId: null,
    rootId: id,
    chain: [],
    purpose: 'help',
    goal: 'to test',
    ticket: null,
    scope: [],
    ceiling: 'internal',
    budget: { callsMax: 9, writesMax: 9, bytesMax: 9 },
    labels: { confidentiality: 'public', integrity: 'trusted' },
    delegationDepthLeft: 1,
    onBehalfOf: null,
    approvalId: null,
    bindingId: null,
    state: 'active',
    createdMs: 1,
    endsMs: 100,
    endedMs: null,
    endedBecause: null,
    ...more,
  }
}

export function credential(id: string, state: Tables['credentials']['state']): Tables['credentials'] {
  return {
    id,
    kind: 'access_token',
    identityId: 'idn_1',
    taskId: 'tsk_1',
    audience: 'docs',
    keyThumbprint: null,
    issuedMs: 1,
    expiresMs: 50,
    state,
  }
}

export function approval(id: string, state: Tables['approvals']['state'], digest: string): Tables['approvals'] {
  return {
    id,
    subject: 'call',
    subjectId: 'tsk_1',
    digest,
    asked: {},
    requestedBy: [],
    seats: ['owner'],
    votes: [],
    state,
    usesMax: 1,
    createdMs: 1,
    expiresMs: 50,
  }
}

export function delegationGrant(
  id: string,
  more: Partial<Tables['delegation_grants']> = {},
): Tables['delegation_grants'] {
  return {
    id,
    from: 'idn_1',
    to: 'idn_2',
    fromOwner: 'psn_1',
    toOwner: 'psn_2',
    scope: [{ action: 'docs/*', resource: 'docs:*' }],
    classes: ['read'],
    ceiling: 'internal',
    depthMax: 1,
    reason: 'They work together',
    approvalId: null,
    createdMs: 1,
    startsMs: 1,
    endsMs: 2,
    state: 'granted',
    ...more,
  }
}

export function toolRule(server: string, tool: string): Tables['tool_rules'] {
  return {
    server,
    tool,
    actionClass: 'read',
    resourceArgument: null,
    resourceKind: 'text',
    resourcePrefix: 'docs:',
    resourceRoot: '/',
    resultIntegrity: 'trusted',
    definitionDigest: null,
    state: 'active',
  }
}

export function signingKey(id: string, retiresMs: number | null): Tables['signing_keys'] {
  return {
    id,
    use: 'token',
    algorithm: 'ES256',
    publicJwk: {},
    sealed: 'sealed',
    createdMs: 1,
    activatesMs: 1,
    retiresMs,
  }
}

/** Commits batches of several sizes, each row a new one. Gives how many rows it made. */
export async function commitInSizes(record: RecordStore, from: number): Promise<number> {
  let made = from
  for (const count of [1, 2, 3, 5, 8, 40]) {
    const names = Array.from({ length: count }, () => `p${++made}`)
    await commit(record, ...names.map((name) => writing(name, insert('purposes', purpose(name)))))
  }
  return made
}
