import type { Meters, TableName, Tables } from '../contract/change.ts'
import type { Json } from '../contract/log-entry.ts'
import type { Binding } from '../contract/register/binding.ts'
import { digestOf } from '../ground/digest.ts'
import type { Value } from './engine.ts'

/**
 * The table of tables: the columns by which rows are found, and how each is taken out of its row. Every table also
 * has `org`, `key`, `body` (the row as JSON), `salt`, `version` and `entry`. What must be unique stands in the
 * migrations.
 */
export const COLUMNS = {
  identities: {
    name: (row) => row.name,
    state: (row) => row.state,
    owner: (row) => row.owner,
    sponsor: (row) => row.sponsor,
    vendor: (row) => row.vendor,
    // only while nobody answers for it
    found_at: (row) => (row.state === 'discovered' ? (row.foundAt ?? null) : null),
  },
  bindings: {
    issuer: (row) => row.issuer,
    subject: (row) => row.subject,
    identity_id: (row) => row.identityId,
    live_proof: (row) => (row.endedMs === null ? digestOf(liveProofOf(row)) : null),
  },
  persons: { email: (row) => emailKey(row.email), state: (row) => row.state },
  person_logins: {
    person_id: (row) => row.personId,
    // no two that count are of the same subject; it is found by this
    live_login: (row) => (row.endedMs === null ? nameLogin(row.issuer, row.subject) : null),
  },
  login_links: { person_id: (row) => row.personId, expires_ms: (row) => row.expiresMs },
  sessions: { person_id: (row) => row.personId, expires_ms: (row) => row.expiresMs },
  purposes: {},
  resource_rules: {},
  catalogues: { rules: (row) => row.rules },
  tool_rules: { server: (row) => row.server },
  entitlements: { identity_id: (row) => row.identityId, state: (row) => row.state },
  person_rights: { person_id: (row) => row.personId, state: (row) => row.state },
  delegation_grants: { from_id: (row) => row.from, to_id: (row) => row.to },
  approvals: {
    subject_id: (row) => row.subjectId,
    digest: (row) => row.digest,
    state: (row) => row.state,
    asker: (row) => row.asker ?? null,
  },
  // rows of before envelopes do not say what was spent
  approval_uses: { uses: (row) => row.uses, spent: (row) => row.spent ?? 0 },
  callbacks: { state: (row) => row.state },
  tasks: {
    identity_id: (row) => row.identityId,
    parent_id: (row) => row.parentId,
    root_id: (row) => row.rootId,
    binding_id: (row) => row.bindingId,
    state: (row) => row.state,
    ends_ms: (row) => row.endsMs,
    from_credential_id: (row) => row.fromCredentialId ?? null,
    grant_id: (row) => row.grantId ?? null,
    // of the tasks that people opened themselves; what is below falls with them
    opened_for: (row) => (row.rightIds === undefined ? null : row.onBehalfOf),
  },
  task_usage: {
    identity_id: (row) => row.identityId,
    calls: (row) => row.calls,
    writes: (row) => row.writes,
    bytes: (row) => row.bytes,
    pivots: (row) => row.pivots,
    confidentiality: (row) => row.confidentiality,
    integrity: (row) => row.integrity,
  },
  chain_acts: {
    root_id: (row) => row.rootId,
    permitted: (row) => row.permitted,
    lastMs: (row) => row.lastMs,
    succeeded: (row) => row.succeeded,
    succeededMs: (row) => row.succeededMs,
  },
  limits: {},
  tallies: { total: (row) => row.total },
  credentials: {
    task_id: (row) => row.taskId,
    identity_id: (row) => row.identityId,
    state: (row) => row.state,
    expires_ms: (row) => row.expiresMs,
  },
  authorization_codes: { person_id: (row) => row.personId, expires_ms: (row) => row.expiresMs },
  cutoffs: { target: (row) => row.target, target_id: (row) => row.targetId },
  seen_proofs: { expires_ms: (row) => row.expiresMs },
  held_assertions: { expires_ms: (row) => row.expiresMs },
  signing_keys: { use: (row) => row.use },
  trust_bundles: {},
  watched_sources: {},
  payloads: {},
  policy_versions: { domain: (row) => row.domain, state: (row) => row.state },
  policy_domains: {},
} as const satisfies { readonly [T in TableName]: Takers<T> }

type Takers<T extends TableName> = Readonly<Record<string, (row: Tables[T]) => Value>>

/** The columns by which rows of a table can be found. */
export type ColumnOf<T extends TableName> = keyof (typeof COLUMNS)[T] & string

/** The tables whose columns are counters: there the column counts, not the body. */
export const METERED = {
  task_usage: ['calls', 'writes', 'bytes', 'pivots', 'confidentiality', 'integrity'],
  approval_uses: ['uses', 'spent'],
  catalogues: ['rules'],
  tallies: ['total'],
  chain_acts: ['permitted', 'succeeded', 'lastMs', 'succeededMs'],
} as const satisfies { readonly [T in keyof Meters]: readonly Meters[T][] }

/** All tables in the order in which the auditor walks them. */
export const TABLE_NAMES = (Object.keys(COLUMNS) as TableName[]).sort()

/** The columns by which rows of a table are found, in its order. */
export function columnNames(table: TableName): readonly string[] {
  return Object.keys(COLUMNS[table])
}

/** What a row says in these columns, in the order of `columnNames`. */
export function columnValues<T extends TableName>(table: T, row: Tables[T]): readonly Value[] {
  const takers: readonly ((row: never) => Value)[] = Object.values(COLUMNS[table])
  return takers.map((take) => take(row as never)) // it is of its table
}

/**
 * What no two living bindings have in common. One that was put in the place of another may prove the same for a while, and
 * a subject by pattern is not that of its head.
 */
function liveProofOf({ kind, issuer, subject, claims, subjectPattern, replacesId }: Binding): readonly Json[] {
  const more = [subjectPattern ?? null, replacesId ?? null]
  return [kind, issuer, subject, claims, ...(more.every((each) => each === null) ? [] : more)]
}

/** What a login that counts is found by. */
export function nameLogin(issuer: string, subject: string): string {
  return digestOf([issuer, subject])
}

/** Addresses differ in case only by accident; a person without one (erased) collides with nobody. */
function emailKey(email: string): string | null {
  return email === '' ? null : email.toLowerCase()
}
