import type { Callback } from './approval/access-callback.ts'
import type { Approval, ApprovalUse } from './approval/approval.ts'
import { type ChainAct, chainActKey } from './counters/chain-act.ts'
import type { Limit } from './counters/limit.ts'
import type { Tally } from './counters/tally.ts'
import type { Credential, HeldAssertion, SeenProof, SigningKey } from './credential.ts'
import type { Cutoff } from './cutoff.ts'
import type { EntryDraft } from './log-entry.ts'
import type { PersonLogin } from './person/person-login.ts'
import type { PolicyDomain, PolicyVersion } from './policy.ts'
import type { Binding } from './register/binding.ts'
import type { AuthorizationCode } from './register/client.ts'
import type { DelegationGrant } from './register/delegation-grant.ts'
import type { Entitlement } from './register/entitlement.ts'
import type { Identity } from './register/identity.ts'
import type { LoginLink, Person, Session } from './register/person.ts'
import type { PersonRight } from './register/person-right.ts'
import type { Catalogue, Purpose, ResourceRule, ToolRule } from './register/purpose.ts'
import type { TrustBundle, WatchedSource } from './register/trust-bundle.ts'
import type { Task, TaskUsage } from './task.ts'

/** A big or personal payload that stands beside the log; the entry holds its digest, salted where it is personal. */
export interface Payload {
  /** Hex SHA-256 over salt and body; behind `questions-` where it holds what policies were asked. */
  readonly id: string
  /** Empty for what is no secret: the text of a policy set stands under its own digest. */
  readonly salt: string
  readonly body: string
}

/** Every state table and what a row of it is. */
export interface Tables {
  identities: Identity
  bindings: Binding
  persons: Person
  person_logins: PersonLogin
  login_links: LoginLink
  sessions: Session
  purposes: Purpose
  resource_rules: ResourceRule
  catalogues: Catalogue
  tool_rules: ToolRule
  entitlements: Entitlement
  person_rights: PersonRight
  delegation_grants: DelegationGrant
  approvals: Approval
  approval_uses: ApprovalUse
  callbacks: Callback
  tasks: Task
  task_usage: TaskUsage
  chain_acts: ChainAct
  tallies: Tally
  limits: Limit
  credentials: Credential
  authorization_codes: AuthorizationCode
  cutoffs: Cutoff
  seen_proofs: SeenProof
  held_assertions: HeldAssertion
  signing_keys: SigningKey
  trust_bundles: TrustBundle
  watched_sources: WatchedSource
  payloads: Payload
  policy_versions: PolicyVersion
  policy_domains: PolicyDomain
}
export type TableName = keyof Tables

/** A row as it is kept: with the number of its version (from 1) and the index of the entry that explains it. */
export type Kept<Row> = Row & { readonly version: number; readonly entry: number }

/** Puts a new row; a row with the same key is a conflict. */
export interface Insert<T extends TableName = TableName> {
  readonly op: 'insert'
  readonly table: T
  readonly row: Tables[T]
}

/** Replaces a row whose version is still `ifVersion`; another version, or none, is a conflict. */
export interface Update<T extends TableName = TableName> {
  readonly op: 'update'
  readonly table: T
  readonly row: Tables[T]
  readonly ifVersion: number
}

/** Counters that may be metered: whole numbers of their own column. */
export interface Meters {
  task_usage: 'calls' | 'writes' | 'bytes' | 'pivots' | 'confidentiality' | 'integrity'
  approval_uses: 'uses' | 'spent'
  catalogues: 'rules'
  tallies: 'total'
  chain_acts: 'permitted' | 'succeeded' | 'lastMs' | 'succeededMs'
}

/** Adds to counters, and raises others to at least a value; passing `atMost` is a conflict. One atomic step. */
export interface Meter<T extends keyof Meters = keyof Meters> {
  readonly op: 'meter'
  readonly table: T
  readonly key: string
  readonly add: Readonly<Partial<Record<Meters[T], number>>>
  readonly raise: Readonly<Partial<Record<Meters[T], number>>>
  readonly atMost: Readonly<Partial<Record<Meters[T], number>>>
}

/** Holds only while a row still has this version: a decision that raced a change is a conflict. */
export interface Require<T extends TableName = TableName> {
  readonly op: 'require'
  readonly table: T
  readonly key: string
  /** 0: there must be no such row. */
  readonly version: number
}

/** Any change of any table. */
export type Change =
  | { [T in TableName]: Insert<T> | Update<T> | Require<T> }[TableName]
  | { [T in keyof Meters]: Meter<T> }[keyof Meters]

/** What happened and what it changes: written together or not at all. */
export interface Fact {
  readonly entry: EntryDraft
  readonly changes: readonly Change[]
  /**
   * What is written with it, right after it and by the place that it is given, as its outcome is. It is followed by nothing. Where
   * it can be written for one place it can be for any: what fails only later would take along all that shares its commit.
   */
  readonly followedBy?: ((index: number) => Fact) | undefined
}

/** Gives the change that puts a new row. */
export function insert<T extends TableName>(table: T, row: Tables[T]): Change {
  return { op: 'insert', table, row: bareRow(row) } as Change // the union is over the same T
}

/** Gives the changes that put an approval, with the count of its uses. */
export function insertApproval(approval: Approval): readonly Change[] {
  return [insert('approvals', approval), insert('approval_uses', { approvalId: approval.id, uses: 0, spent: 0 })]
}

/** Gives the change that replaces `kept` by `row`, unless somebody else has changed it meanwhile. */
export function update<T extends TableName>(table: T, kept: Kept<Tables[T]>, row: Tables[T]): Change {
  return { op: 'update', table, row: bareRow(row), ifVersion: kept.version } as Change // the union is over the same T
}

/** Drops the two columns of the store from a row that was spread from a kept one. */
export function bareRow<Row extends object>(row: Row): Row {
  const { version: _version, entry: _entry, ...bare } = row as Row & { version?: number; entry?: number }
  return bare as unknown as Row // Row has neither column of its own
}

/** Gives the guard that `kept` is still as it was read. */
export function requireVersion<T extends TableName>(table: T, kept: Kept<Tables[T]>): Change {
  return { op: 'require', table, key: rowKey(table, kept), version: kept.version } as Change // the union is over the same T
}

/** Gives the guard that there is no row of this key. */
export function requireAbsent<T extends TableName>(table: T, key: string): Change {
  return { op: 'require', table, key, version: 0 } as Change // the union is over the same T
}

/** Gives the change that adds to counters and raises others, inside their bounds. */
export function meter<T extends keyof Meters>(
  table: T,
  key: string,
  by: Pick<Meter<T>, 'add' | 'raise' | 'atMost'>,
): Change {
  return { op: 'meter', table, key, ...by } as Change // the union is over the same T
}

const KEYS: { readonly [T in TableName]: (row: Tables[T]) => string } = {
  identities: (row) => row.id,
  bindings: (row) => row.id,
  persons: (row) => row.id,
  person_logins: (row) => row.id,
  login_links: (row) => row.id,
  sessions: (row) => row.id,
  purposes: (row) => row.code,
  resource_rules: (row) => row.pattern,
  catalogues: (row) => row.name,
  tool_rules: (row) => `${row.server}/${row.tool}`,
  entitlements: (row) => row.id,
  person_rights: (row) => row.id,
  delegation_grants: (row) => row.id,
  approvals: (row) => row.id,
  approval_uses: (row) => row.approvalId,
  callbacks: (row) => row.id,
  tasks: (row) => row.id,
  task_usage: (row) => row.taskId,
  chain_acts: (row) => chainActKey(row.rootId, row.name),
  tallies: (row) => row.id,
  limits: (row) => row.name,
  credentials: (row) => row.id,
  authorization_codes: (row) => row.id,
  cutoffs: (row) => row.id,
  seen_proofs: (row) => row.id,
  held_assertions: (row) => row.id,
  signing_keys: (row) => row.id,
  trust_bundles: (row) => row.domain,
  watched_sources: (row) => row.name,
  payloads: (row) => row.id,
  policy_versions: (row) => row.id,
  policy_domains: (row) => row.name,
}

/** Gives the key of a row: one text, unique in its table. */
export function rowKey<T extends TableName>(table: T, row: Tables[T]): string {
  return KEYS[table](row)
}

/** Gives the key of the row that a change puts, moves or looks at. */
export function changeKey(change: Change): string {
  return 'key' in change ? change.key : rowKey(change.table, change.row as never) // the row is of its table
}

/**
 * Gives how `touched` of an entry names the change: `table/key@version#digest` where a row is put or replaced, with the
 * digest of that row; `table/key` where counters move, as nobody knows yet to what; null for a guard, which touches nothing.
 */
export function touchedBy(change: Change, digest: string): string | null {
  if (change.op === 'require') return null
  const name = `${change.table}/${changeKey(change)}`
  return change.op === 'meter' ? name : `${name}@${change.op === 'insert' ? 1 : change.ifVersion + 1}#${digest}`
}
