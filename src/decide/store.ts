import type { Approval, ApprovalUse } from '../contract/approval/approval.ts'
import type { Kept } from '../contract/change.ts'
import type { ChainAct } from '../contract/counters/chain-act.ts'
import type { Limit } from '../contract/counters/limit.ts'
import type { Tally } from '../contract/counters/tally.ts'
import type { Credential } from '../contract/credential.ts'
import type { Cutoff } from '../contract/cutoff.ts'
import type { PersonLogin } from '../contract/person/person-login.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { DelegationGrant } from '../contract/register/delegation-grant.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Person } from '../contract/register/person.ts'
import type { PersonRight } from '../contract/register/person-right.ts'
import type { Catalogue, Purpose, ResourceRule, ToolRule } from '../contract/register/purpose.ts'
import type { Task, TaskLabels, TaskUsage } from '../contract/task.ts'

/** Every resource rule, and the row that moves with each of them; undefined while there has never been one. */
export interface ResourceRules {
  readonly catalogue: Kept<Catalogue> | undefined
  readonly rules: readonly ResourceRule[]
}

/** Every limit, ended ones included, and the row that moves with each of them; undefined while there has never been one. */
export interface KnownLimits {
  readonly catalogue: Kept<Catalogue> | undefined
  readonly rules: readonly Limit[]
}

/**
 * What deciding reads. It writes nothing: what a decision changes stands in its `changes`, and every row that a permit
 * relied on is guarded there by its version, so that a row that moved after it was read is a conflict in the commit and
 * never a permit.
 *
 * Consistency: committed state, at least as new as every commit that this process has acknowledged. The answers of
 * several calls need not be of one moment; the guards hold them together. Counters (`usages`, `approvalUses`) give the
 * metered values, not those at birth.
 * Cost: each call asks for a bounded number of keys, and is answered by key or by index; none may grow with the number
 * of identities or the length of the log.
 * Absent rows are undefined, or left out of a list; lists come in any order, without repeats, also where an id was
 * asked for twice; an empty list of ids gives an empty list. Errors: `store_failed`, `store_damaged`, which
 * deny. Safe to call concurrently.
 */
export interface DecideStore {
  /**
   * Moves with every commit that may have changed a row of any table: while it stands still, each of the reads below gives
   * what it gave. Null where others write too, and this process is not told of it.
   */
  readonly moves: () => number | null
  /** As `moves`, of what tokens rest on alone. */
  readonly standingMoves: () => number | null
  identities(ids: readonly string[]): Promise<readonly Kept<Identity>[]>
  identityNamed(name: string): Promise<Kept<Identity> | undefined>
  persons(ids: readonly string[]): Promise<readonly Kept<Person>[]>
  purposes(codes: readonly string[]): Promise<readonly Kept<Purpose>[]>
  /** Every entitlement of these identities whose state is `granted`, whether or not it has begun or ended. */
  entitlementsOf(identityIds: readonly string[]): Promise<readonly Kept<Entitlement>[]>
  /** Every right of these people whose state is `granted`, whether or not it has begun or ended. */
  rightsOf(personIds: readonly string[]): Promise<readonly Kept<PersonRight>[]>
  tasks(ids: readonly string[]): Promise<readonly Kept<Task>[]>
  usages(taskIds: readonly string[]): Promise<readonly Kept<TaskUsage>[]>
  /**
   * What the chain of this root has done, or what of it to one resource, a row each tool and class: at most `LIMITS.chainActsMax` and a
   * few.
   */
  chainActs(rootId: ChainAct['rootId']): Promise<readonly Kept<ChainAct>[]>
  /** The tallies of these ids; one to which nothing was added yet is left out. */
  tallies(ids: readonly string[]): Promise<readonly Kept<Tally>[]>
  /**
   * For each rank of each label but the lowest one task that has it, where there is one, of those of this identity that were made at
   * `sinceMs` or later.
   */
  labelsSince(identityId: string, sinceMs: number): Promise<readonly TaskLabels[]>
  credential(id: string): Promise<Kept<Credential> | undefined>
  credentials(ids: readonly string[]): Promise<readonly Kept<Credential>[]>
  /** By their ids, in any state. */
  rights(ids: readonly string[]): Promise<readonly Kept<PersonRight>[]>
  grants(ids: readonly string[]): Promise<readonly Kept<DelegationGrant>[]>
  logins(ids: readonly string[]): Promise<readonly Kept<PersonLogin>[]>
  /** Grants by which one identity may act for another, in any state. */
  grantsBetween(from: string, to: string): Promise<readonly Kept<DelegationGrant>[]>
  /** Every binding of these identities, ended ones included. */
  bindingsOf(identityIds: readonly string[]): Promise<readonly Kept<Binding>[]>
  bindings(ids: readonly string[]): Promise<readonly Kept<Binding>[]>
  toolRule(server: string, tool: string): Promise<Kept<ToolRule> | undefined>
  /** Every rule of these servers, quarantined ones included. */
  toolRulesOf(servers: readonly string[]): Promise<readonly Kept<ToolRule>[]>
  /** All of them, held in memory and read again when their catalogue has moved: they are at least as new as it says. */
  resourceRules(): Promise<ResourceRules>
  /** All of them, held in memory like the resource rules. */
  limits(): Promise<KnownLimits>
  /** By `cutoffId`. */
  cutoffs(ids: readonly string[]): Promise<readonly Kept<Cutoff>[]>
  approval(id: string): Promise<Kept<Approval> | undefined>
  /** Every approval about this subject with exactly this digest, in any state. */
  approvalsFor(subjectId: string, digest: string): Promise<readonly Kept<Approval>[]>
  /** Approvals about this subject in state `pending`, at most `limit`. */
  pendingApprovalsOf(subjectId: string, limit: number): Promise<readonly Kept<Approval>[]>
  /** Approvals about this subject in state `approved`, the newest first, at most `limit`. */
  approvedOf(subjectId: string, limit: number): Promise<readonly Kept<Approval>[]>
  /** Approvals about this subject in state `used`, the newest first, at most `limit`. */
  usedOf(subjectId: string, limit: number): Promise<readonly Kept<Approval>[]>
  /** Approvals that this asker put at `sinceMs` or later, in state `denied`, at most `limit`. */
  deniedTo(asker: string, sinceMs: number, limit: number): Promise<readonly Kept<Approval>[]>
  /** Approvals that this asker put at `sinceMs` or later, in state `pending`, at most `limit`. */
  pendingBy(asker: string, sinceMs: number, limit: number): Promise<readonly Kept<Approval>[]>
  approvalUses(approvalIds: readonly string[]): Promise<readonly Kept<ApprovalUse>[]>
}
