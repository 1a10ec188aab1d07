import { type AgentCaller, type PersonCaller, proveCaller, type WorkloadCaller } from '../../src/authenticate/caller.ts'
import { ACTION_CLASSES } from '../../src/contract/action-class.ts'
import { insert, type Kept, type TableName, type Tables } from '../../src/contract/change.ts'
import type { Credential } from '../../src/contract/credential.ts'
import type { Decision, Denial, Permit } from '../../src/contract/decision.ts'
import type { Binding } from '../../src/contract/register/binding.ts'
import type { DelegationGrant } from '../../src/contract/register/delegation-grant.ts'
import type { Entitlement } from '../../src/contract/register/entitlement.ts'
import type { Identity } from '../../src/contract/register/identity.ts'
import type { Person } from '../../src/contract/register/person.ts'
import type { Purpose, ResourceRule } from '../../src/contract/register/purpose.ts'
import type { Task } from '../../src/contract/task.ts'
import { possessionOf } from '../../src/contract/token/possession.ts'
import { createDecide, type Decide } from '../../src/decide/decide.ts'
import { createDomainShelf } from '../../src/decide/domain/domain-shelf.ts'
import { DEFAULT_PLACE, type Place } from '../../src/decide/facts/surroundings.ts'
import type { Policies } from '../../src/decide/policy/load-policies.ts'
import { createShelf, type PolicyShelf, type Shelf } from '../../src/decide/policy/shelf.ts'
import type { CallRequest, DelegationRequest, TaskRequest } from '../../src/decide/requests.ts'
import type { DecideStore } from '../../src/decide/store.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import { classifyResource } from '../../src/register/catalogue.ts'
import { newGrant, newToolRule } from './nouns.ts'
import { loadPolicies, shelve } from './policy-set.ts'
import { Rows } from './rows.ts'
import { storeOver } from './store-over.ts'

/** When the world stands still: 2026-03-01. */
export const startMs = 1_772_323_200_000
export const hourMs = 3_600_000

const shipped = await loadPolicies()

const person = (id: string, roles: Person['roles']): Person => ({
  id,
  name: id,
  email: `${id}@example.test`,
  roles,
  state: 'active',
  createdMs: 0,
})

export const reader: Identity = {
  id: 'idn_reader',
  name: 'docs-summariser',
  kind: 'agent',
  runtime: 'own',
  vendor: 'acme',
  state: 'active',
  owner: 'psn_owner',
  sponsor: 'psn_sponsor',
  purpose: 'summarise',
  autonomy: 'supervised',
  reach: 'team',
  tier: 'T1',
  tierReasons: [],
  requestedBy: 'psn_asker',
  authors: ['psn_asker'],
  createdMs: startMs - 90 * hourMs,
  activatedMs: startMs - 80 * hourMs,
  rehearsedMs: null,
  suspendedBecause: null,
}
export const writer: Identity = {
  ...reader,
  id: 'idn_writer',
  name: 'release-agent',
  vendor: null,
  purpose: 'release',
  tier: 'T2',
}

const purposes: readonly Purpose[] = [
  { code: 'summarise', title: 'Summaries', classes: ['read'], ceiling: 'confidential' },
  { code: 'release', title: 'Releases', classes: ['read', 'write', 'delegate'], ceiling: 'confidential' },
]

const entitlement = (id: string, identityId: string, more: Partial<Entitlement> = {}): Entitlement => ({
  id,
  identityId,
  scope: [{ action: 'docs/*', resource: 'docs:/*' }],
  classes: ['read'],
  ceiling: 'confidential',
  approval: 'none',
  reason: 'needed',
  requestedBy: 'psn_asker',
  startsMs: startMs - 24 * hourMs,
  endsMs: startMs + 24 * hourMs,
  state: 'granted',
  ...more,
})

const binding = (id: string, identityId: string): Binding => ({
  id,
  identityId,
  kind: 'oidc',
  issuer: 'https://issuer.test',
  subject: identityId,
  claims: {},
  keys: [],
  createdMs: startMs - 90 * hourMs,
  endedMs: null,
})

export const budget = { callsMax: 10, writesMax: 5, bytesMax: 1_000_000 }

export const taskRequest: TaskRequest = {
  purpose: 'summarise',
  goal: 'Summarise the handbook',
  ticket: null,
  scope: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }],
  ceiling: 'internal',
  budget,
  lifeSeconds: 3600,
}

export const writerRequest: TaskRequest = {
  ...taskRequest,
  purpose: 'release',
  goal: 'Release it',
  ticket: 'REL-1',
  ceiling: 'confidential',
  scope: [
    { action: 'docs/read_text_file', resource: 'docs:/*' },
    { action: 'docs/fetch_page', resource: 'docs:/*' },
    { action: 'docs/write_file', resource: 'docs:/*' },
  ],
}

export const delegationRequest: DelegationRequest = {
  to: 'docs-summariser',
  goal: 'Summarise the changes',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }],
  ceiling: 'internal',
  budget: { callsMax: 5, writesMax: 0, bytesMax: 1000 },
  lifeSeconds: 600,
}

export const read = (path: unknown = 'handbook/a.md'): CallRequest => ({
  server: 'docs',
  tool: 'read_text_file',
  arguments: { path },
})
export const write = (path: unknown = 'handbook/a.md', content = 'x'): CallRequest => ({
  server: 'docs',
  tool: 'write_file',
  arguments: { path, content },
})

/** Everything that a decision needs, in memory, with its own clock. */
export class World {
  readonly rows = new Rows()
  readonly store: DecideStore
  readonly domains = createDomainShelf()
  readonly errors: unknown[] = []
  nowMs = startMs
  reads = 0
  /** The policies by which `decide` decides. */
  readonly shelf: Shelf
  decide: Decide

  constructor(policies: Policies = shipped) {
    this.shelf = createShelf({ enforced: policies, shadow: null, guards: [] })
    this.store = storeOver(this.rows, () => this.reads++)
    this.decide = this.decideOn(this.shelf)
    for (const id of ['psn_owner', 'psn_sponsor', 'psn_asker', 'psn_voter'])
      this.rows.put('persons', person(id, ['owner', 'approver']))
    for (const purpose of purposes) this.rows.put('purposes', purpose)
    for (const identity of [reader, writer]) this.rows.put('identities', identity)
    this.rows.put('bindings', binding('bnd_reader', reader.id))
    this.rows.put('bindings', binding('bnd_writer', writer.id))
    this.rows.put('entitlements', entitlement('ent_reader', reader.id))
    this.rows.put('entitlements', entitlement('ent_writer', writer.id, { classes: ['read', 'write'] }))
    this.grant(writer.id, reader.id)
    this.rows.put('tool_rules', newToolRule({ tool: 'read_text_file' }))
    this.rows.put('tool_rules', newToolRule({ tool: 'write_file', actionClass: 'write' }))
    this.rows.put('tool_rules', newToolRule({ tool: 'fetch_page', resultIntegrity: 'untrusted' }))
    this.rows.put('tool_rules', newToolRule({ tool: 'read_many', resourceArgument: 'paths' }))
    this.rows.put('tool_rules', newToolRule({ tool: 'changed', state: 'quarantined' }))
    this.rows.put('resource_rules', { pattern: 'docs:/*', sensitivity: 'internal' })
    this.rows.put('resource_rules', { pattern: 'docs:/handbook/secret/*', sensitivity: 'confidential' })
    this.rows.put('resource_rules', { pattern: 'docs:/board/*', sensitivity: 'restricted' })
  }

  decideWith(policies: Policies, store: DecideStore = this.store, place: Place = DEFAULT_PLACE): Decide {
    return this.decideOn(shelve(policies), store, place)
  }

  private decideOn(policies: PolicyShelf, store: DecideStore = this.store, place: Place = DEFAULT_PLACE): Decide {
    const clock = { ...systemClock, nowMs: () => this.nowMs }
    return createDecide({
      store,
      domains: this.domains,
      policies,
      clock,
      ids: createIds(clock.nowMs),
      place,
      issuer: 'https://remit.example',
      noteError: (error) => this.errors.push(error),
    })
  }

  /** Changes a row as another flow would. */
  change<T extends TableName>(table: T, key: string, more: Partial<Tables[T]>): void {
    const kept = this.rows.get(table, key)
    if (kept === undefined) throw new Error(`there is no ${table}/${key}`)
    this.rows.put(table, { ...kept, ...more } as Tables[T])
  }

  workload(identityId: string = reader.id, more: Partial<Omit<WorkloadCaller, 'kind'>> = {}): WorkloadCaller {
    const identity = this.rows.get('identities', identityId)
    const kept = this.rows.all('bindings').find((row) => row.identityId === identityId)
    if (identity === undefined || kept === undefined) throw new Error(`there is no ${identityId}`)
    const seen = insert('seen_proofs', { id: `proof-${++proofs}`, expiresMs: this.nowMs + hourMs })
    return proveCaller<WorkloadCaller>({
      kind: 'workload',
      identity,
      binding: kept,
      strength: 'key-bound',
      possession: { kind: 'jkt', thumbprint: 'thumb' },
      changes: [seen],
      ...more,
    })
  }

  agent(task: Pick<Task, 'id'>, credential: Credential): AgentCaller {
    const kept = this.rows.get('tasks', task.id)
    const identity = this.rows.get('identities', kept?.identityId ?? '')
    const token = this.rows.get('credentials', credential.id)
    if (kept === undefined || identity === undefined || token === undefined) throw new Error('the agent does not stand')
    return proveCaller<AgentCaller>({
      kind: 'agent',
      identity,
      task: kept,
      credential: token,
      possession: possessionOf(token),
      changes: [],
    })
  }

  /** Opens a task and gets a token in it, as the flows do. */
  async start(
    identityId: string = reader.id,
    request: TaskRequest = identityId === reader.id ? taskRequest : writerRequest,
  ): Promise<AgentCaller> {
    const opened = this.take(await this.decide.task(this.workload(identityId), request))
    return await this.enter(opened.grant, identityId)
  }

  async enter(task: Task, identityId: string): Promise<AgentCaller> {
    const token = this.take(
      await this.decide.token(this.workload(identityId), { taskId: task.id, audience: 'https://remit.test/mcp/docs' }),
    )
    const { credential } = token.grant
    this.change('credentials', credential.id, { state: 'issued' })
    return this.agent(task, credential)
  }

  /** Commits a permit and gives it; anything else fails the test. */
  take<K extends Decision['kind']>(decision: Decision<K>): Permit<K> {
    if (decision.outcome === 'denial')
      throw new Error(`denied: ${JSON.stringify(decision.reasons)}`, { cause: this.errors.at(-1) })
    this.rows.commit(decision.changes)
    return decision
  }

  /** Commits a denial and gives it; anything else fails the test. */
  refuse<K extends Decision['kind']>(decision: Decision<K>): Denial<K> {
    if (decision.outcome === 'permit') throw new Error('it was permitted')
    this.rows.commit(decision.changes)
    return decision
  }

  /** A person says yes to what is pending. */
  approve(approvalId: string, by = 'psn_voter'): void {
    const vote = { personId: by, seat: 'security', verdict: 'approve', reason: 'fine', atMs: this.nowMs } as const
    this.change('approvals', approvalId, { votes: [vote], state: 'approved' })
  }

  /** Says how sensitive the resources of a pattern are, as an administrator does. */
  classify(rule: ResourceRule): void {
    const kept = {
      rule: this.rows.get('resource_rules', rule.pattern),
      catalogue: this.rows.get('catalogues', 'resources'),
    }
    this.rows.commit(classifyResource(rule, kept, { kind: 'person', id: 'psn_owner' }).changes)
  }

  /** Lets one identity act for another, in everything, but for what is said of it. */
  grant(from: string, to: string, more: Partial<DelegationGrant> = {}): Kept<DelegationGrant> {
    const ownerOf = (id: string): string => this.rows.get('identities', id)?.owner ?? ''
    const owners = { fromOwner: ownerOf(from), toOwner: ownerOf(to) }
    return this.rows.put('delegation_grants', newGrant({ id: `dlg_${from}_${to}`, from, to, ...owners, ...more }))
  }

  /** Makes a task act on behalf of a person, who may do everything themselves. */
  actFor(taskId: string, personId: string): void {
    this.change('tasks', taskId, { onBehalfOf: personId })
    this.rows.put('person_rights', {
      id: `rgt_${personId}`,
      personId,
      scope: [{ action: '*', resource: '*' }],
      classes: [...ACTION_CLASSES],
      ceiling: 'restricted',
      reason: 'needed',
      grantedBy: 'psn_owner',
      startsMs: startMs - hourMs,
      endsMs: startMs + 24 * hourMs,
      state: 'granted',
    })
  }

  cutOff(id: string, atMs = this.nowMs): void {
    const [target, targetId] = id.split(':')
    this.rows.put('cutoffs', {
      id,
      target: target as 'identity',
      targetId: targetId ?? '',
      atMs,
      because: 'test',
      by: 'psn_owner',
    })
  }
}

let proofs = 0

/** Gives a person with a role, signed in. */
export function personOf(world: World): PersonCaller {
  const person = world.rows.get('persons', 'psn_voter')
  if (person === undefined) throw new Error('there is no person')
  return proveCaller<PersonCaller>({ kind: 'person', person, sessionId: 'ses', guards: [], changes: [] })
}
