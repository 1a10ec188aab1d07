import type { Callback } from '../contract/approval/access-callback.ts'
import type { Approval, ApprovalUse } from '../contract/approval/approval.ts'
import type { Kept, Payload } from '../contract/change.ts'
import type { Limit } from '../contract/counters/limit.ts'
import type { PersonLogin } from '../contract/person/person-login.ts'
import type { PolicyDomain, PolicyVersion } from '../contract/policy.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { AuthorizationCode } from '../contract/register/client.ts'
import type { DelegationGrant } from '../contract/register/delegation-grant.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import type { Identity, IdentityState } from '../contract/register/identity.ts'
import type { Person, Session } from '../contract/register/person.ts'
import type { PersonRight } from '../contract/register/person-right.ts'
import type { Catalogue, Purpose, ResourceRule, ToolRule } from '../contract/register/purpose.ts'
import type { Task, TaskState, TaskUsage } from '../contract/task.ts'

/** A page of rows by ascending key, or the newest first: those after `after` (exclusive), at most `limit`. */
export interface Page {
  readonly after?: string
  readonly limit: number
  /** By descending key, for rows whose id says when they were made. */
  readonly newestFirst?: true
}

/**
 * What the register reads. Every answer is committed state, as of the moment of the call; a change that is based on
 * it carries the row's version, so that a row that moved meanwhile is a conflict and never lost. Lists are ordered by
 * key and bounded by their page. Errors: `store_failed`, `store_damaged`.
 */
export interface RegisterStore {
  identity(id: string): Promise<Kept<Identity> | undefined>
  identityNamed(name: string): Promise<Kept<Identity> | undefined>
  identities(state: IdentityState | undefined, page: Page): Promise<readonly Kept<Identity>[]>
  /** How many there are, counted where they lie. */
  identityCount(state: IdentityState): Promise<number>
  /** How many that nobody answers for were seen at this issuer or trust domain. */
  discoveredAt(issuer: string): Promise<number>
  /** Those that nobody answers for and that were seen at this issuer or trust domain. */
  identitiesFoundAt(issuer: string, page: Page): Promise<readonly Kept<Identity>[]>
  identitiesOfVendor(vendor: string, page: Page): Promise<readonly Kept<Identity>[]>
  identitiesOwnedBy(personId: string, state: IdentityState, page: Page): Promise<readonly Kept<Identity>[]>
  /** How many identities these people own, in these states where some are given: counted where they lie. */
  ownedCount(personIds: readonly string[], states?: readonly IdentityState[]): Promise<number>
  /** How many identities these people sponsor in these states: counted where they lie. */
  sponsoredCount(personIds: readonly string[], states: readonly IdentityState[]): Promise<number>
  binding(id: string): Promise<Kept<Binding> | undefined>
  bindingsOf(identityId: string): Promise<readonly Kept<Binding>[]>
  /** Living and ended bindings of this issuer whose `subject`, a whole one or the head of a pattern, is one of these. */
  bindingsFor(issuer: string, subjects: readonly string[]): Promise<readonly Kept<Binding>[]>
  bindingsOfIssuer(issuer: string, page: Page): Promise<readonly Kept<Binding>[]>
  entitlementsOf(identityId: string): Promise<readonly Kept<Entitlement>[]>
  person(id: string): Promise<Kept<Person> | undefined>
  persons(page: Page): Promise<readonly Kept<Person>[]>
  peopleWhoLeft(page: Page): Promise<readonly Kept<Person>[]>
  delegationGrant(id: string): Promise<Kept<DelegationGrant> | undefined>
  /** Grants by which others may act for an identity, and by which it may act for others, in any state. */
  delegationGrantsFrom(identityId: string, page?: Page): Promise<readonly Kept<DelegationGrant>[]>
  delegationGrantsTo(identityId: string, page: Page): Promise<readonly Kept<DelegationGrant>[]>
  login(id: string): Promise<Kept<PersonLogin> | undefined>
  /** Living and ended logins of a person. */
  loginsOf(personId: string): Promise<readonly Kept<PersonLogin>[]>
  right(id: string): Promise<Kept<PersonRight> | undefined>
  /** Living and ended rights of a person. */
  rightsOf(personId: string): Promise<readonly Kept<PersonRight>[]>
  purpose(code: string): Promise<Kept<Purpose> | undefined>
  purposes(page: Page): Promise<readonly Kept<Purpose>[]>
  resourceRule(pattern: string): Promise<Kept<ResourceRule> | undefined>
  /** Undefined while the list has never had a rule. */
  catalogue(name: Catalogue['name']): Promise<Kept<Catalogue> | undefined>
  limit(name: string): Promise<Kept<Limit> | undefined>
  limits(page: Page): Promise<readonly Kept<Limit>[]>
  resourceRules(page: Page): Promise<readonly Kept<ResourceRule>[]>
  toolRule(server: string, tool: string): Promise<Kept<ToolRule> | undefined>
  /** The rules of these tools of one server, in any order; a tool without one is left out. */
  toolRulesOf(server: string, tools: readonly string[]): Promise<readonly Kept<ToolRule>[]>
  /** All of one server. */
  toolRulesAt(server: string): Promise<readonly Kept<ToolRule>[]>
  toolRules(page: Page): Promise<readonly Kept<ToolRule>[]>
  approval(id: string): Promise<Kept<Approval> | undefined>
  approvals(state: Approval['state'] | undefined, page: Page): Promise<readonly Kept<Approval>[]>
  approvalsAbout(subjectId: string): Promise<readonly Kept<Approval>[]>
  /** What this asker had people asked, in this state. */
  approvalsBy(asker: string, state: Approval['state'], page: Page): Promise<readonly Kept<Approval>[]>
  callback(id: string): Promise<Kept<Callback> | undefined>
  waitingCallbacks(page: Page): Promise<readonly Kept<Callback>[]>
  approvalUse(approvalId: string): Promise<Kept<ApprovalUse> | undefined>
  /** Every code that a person's consents became, as long as it is kept. */
  codesOf(personId: string): Promise<readonly Kept<AuthorizationCode>[]>
  session(id: string): Promise<Kept<Session> | undefined>
  task(id: string): Promise<Kept<Task> | undefined>
  policyDomain(name: string): Promise<Kept<PolicyDomain> | undefined>
  policyDomains(page: Page): Promise<readonly Kept<PolicyDomain>[]>
  policyVersion(id: string): Promise<Kept<PolicyVersion> | undefined>
  /** Of one domain, by rising number. */
  policyVersions(domain: string, page: Page): Promise<readonly Kept<PolicyVersion>[]>
  payload(id: string): Promise<Kept<Payload> | undefined>
  taskUsage(taskId: string): Promise<Kept<TaskUsage> | undefined>
  /** The usages of these tasks, in any order. */
  taskUsages(taskIds: readonly string[]): Promise<readonly Kept<TaskUsage>[]>
  tasks(
    filter: {
      readonly state?: TaskState | readonly TaskState[]
      readonly identityId?: string
      readonly parentId?: string
      /** The grant under which it was handed on. */
      readonly grantId?: string
    },
    page: Page,
  ): Promise<readonly Kept<Task>[]>
}
