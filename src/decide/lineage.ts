import {
  type Change,
  type Kept,
  requireAbsent,
  requireVersion,
  rowKey,
  type TableName,
  type Tables,
} from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import { bornMs, type Cutoff, type CutoffTarget, cutoffId } from '../contract/cutoff.ts'
import type { PersonLogin } from '../contract/person/person-login.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { DelegationGrant } from '../contract/register/delegation-grant.ts'
import { type Entitlement, isInForce } from '../contract/register/entitlement.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { Person } from '../contract/register/person.ts'
import type { PersonRight } from '../contract/register/person-right.ts'
import type { Purpose } from '../contract/register/purpose.ts'
import { TIER_TERMS } from '../contract/register/tier.ts'
import { type Grounds, namedBy } from '../contract/standing.ts'
import type { Task, TaskLabels, TaskUsage } from '../contract/task.ts'
import { RemitError } from '../ground/errors.ts'
import { unique } from '../ground/unique.ts'
import type { DecideStore } from './store.ts'

/** An identity with who answers for it, and what it may ask for at this moment. */
export interface Member {
  readonly identity: Kept<Identity>
  readonly owner: Kept<Person> | undefined
  readonly entitlements: readonly Kept<Entitlement>[]
}

/** One hop of a chain as it stands now. */
export interface Link extends Member {
  readonly task: Kept<Task>
  readonly usage: Kept<TaskUsage>
  readonly purpose: Kept<Purpose> | undefined
  /** Undefined where no workload has proved itself for the task yet. */
  readonly binding: Kept<Binding> | undefined
}

/** A cutoff that would end something made at `madeMs`, and the newest one that there is. */
export interface CutoffLook {
  readonly id: string
  readonly madeMs: number
  readonly kept: Kept<Cutoff> | undefined
}

/** What the tasks of a chain were given on, as kept. */
export interface KeptGrounds extends Grounds {
  readonly credentials: readonly Kept<Credential>[]
  readonly rights: readonly Kept<PersonRight>[]
  readonly grants: readonly Kept<DelegationGrant>[]
  readonly logins: readonly Kept<PersonLogin>[]
}

/** Nothing: a task that nobody gave. */
export const NO_GROUNDS: KeptGrounds = { credentials: [], rights: [], grants: [], logins: [] }

/** All whose fall takes the decision with it. */
export interface Standing {
  readonly atMs: number
  readonly members: readonly Member[]
  readonly bindings: readonly Kept<Binding>[]
  readonly tasks: readonly Kept<Task>[]
  readonly credential: Kept<Credential> | undefined
  /** People on whose behalf a task acts; undefined where one is unknown. */
  readonly behalf: readonly (Kept<Person> | undefined)[]
  /** What the tasks were given on. */
  readonly grounds: KeptGrounds
  readonly cutoffs: readonly CutoffLook[]
}

/** A whole chain, root first. `own` is its last link. */
export interface Lineage {
  readonly links: readonly Link[]
  readonly own: Link
  readonly standing: Standing
  /** What the people on whose behalf it acts may do themselves, now. */
  readonly rights: readonly Kept<PersonRight>[]
}

/** Reads a chain fresh: a fixed number of reads, each bounded by its depth. */
export async function readLineage(
  store: DecideStore,
  task: Pick<Task, 'id' | 'chain'>,
  on: {
    readonly atMs: number
    readonly credential?: Kept<Credential>
    readonly binding?: Kept<Binding>
    readonly upstream?: string
    readonly also?: readonly Member[]
  },
): Promise<Lineage> {
  const tasks = await store.tasks(task.chain.map((link) => link.taskId))
  const chain = task.chain.map((link) =>
    found(
      tasks.find((row) => row.id === link.taskId),
      'task',
    ),
  )
  const behalfIds = unique(chain.flatMap((row) => row.onBehalfOf ?? []))
  const [identities, usages, purposes, bindings, behalf, rights, grounds] = await Promise.all([
    store.identities(unique(chain.map((row) => row.identityId))),
    store.usages(chain.map((row) => row.id)),
    store.purposes(unique(chain.map((row) => row.purpose))),
    store.bindings(unique(chain.flatMap((row) => row.bindingId ?? []))),
    store.persons(behalfIds),
    readRights(store, behalfIds, on.atMs),
    readGrounds(store, chain),
  ])
  const members = await readMembers(store, identities, on.atMs)
  const links = chain.map(
    (row): Link => ({
      ...found(
        members.find((member) => member.identity.id === row.identityId),
        'identity',
      ),
      task: row,
      usage: found(
        usages.find((usage) => usage.taskId === row.id),
        'task_usage',
      ),
      purpose: purposes.find((purpose) => purpose.code === row.purpose),
      binding: findBinding(bindings, row),
    }),
  )
  const own = found(links.at(-1), 'task')
  const wanted = [
    // what was cut off from a server hands it on to nobody: each task of the chain is held to the cutoff
    ...links.flatMap((link) => lookAtLink(link, link === own ? on : { upstream: on.upstream })),
    ...(on.also ?? []).flatMap((member) => lookAtMember(member)),
  ]
  return {
    links,
    own,
    rights,
    standing: {
      atMs: on.atMs,
      members: [...links, ...(on.also ?? [])],
      bindings: [...links.flatMap((link) => link.binding ?? []), ...(on.binding === undefined ? [] : [on.binding])],
      tasks: chain,
      credential: on.credential,
      behalf: behalfIds.map((id) => behalf.find((person) => person.id === id)),
      grounds,
      cutoffs: await readCutoffs(store, wanted),
    },
  }
}

function findBinding(bindings: readonly Kept<Binding>[], { bindingId }: Task): Kept<Binding> | undefined {
  if (bindingId === null) return undefined
  return found(
    bindings.find((binding) => binding.id === bindingId),
    'binding',
  )
}

async function readGrounds(store: DecideStore, chain: readonly Task[]): Promise<KeptGrounds> {
  const named = namedBy(chain, [])
  const [credentials, rights, grants, logins] = await Promise.all([
    store.credentials(named.credentials),
    store.rights(named.rights),
    store.grants(named.grants),
    store.logins(named.logins),
  ])
  return { credentials, rights, grants, logins }
}

/** How much of what was read may stand in what is written now, as ranks, and which other tasks it comes from. */
export interface Memory {
  readonly ranks: Omit<TaskLabels, 'taskId'>
  readonly from: readonly string[]
}

/** Gives what the tasks of a chain have read, and with `whole` all that its identities remember of other tasks. */
export async function readMemory(
  store: DecideStore,
  { own, links, standing }: Lineage,
  whole: boolean,
): Promise<Memory> {
  const others = whole ? await Promise.all(links.map((link) => readOthers(store, link, standing.atMs))) : []
  const tasks: readonly TaskLabels[] = [...links.map((link) => link.usage), ...others.flat()]
  return {
    ranks: {
      confidentiality: Math.max(...tasks.map((task) => task.confidentiality)),
      integrity: Math.max(...tasks.map((task) => task.integrity)),
    },
    from: unique(tasks.filter((task) => isWorse(task, own.usage)).map((task) => task.taskId)),
  }
}

/** What no number is counts as worse. */
function isWorse(labels: TaskLabels, than: TaskLabels): boolean {
  return !(labels.confidentiality <= than.confidentiality && labels.integrity <= than.integrity)
}

/**
 * Reads by index, however many tasks an identity has, what those have read that live or have ended within the longest
 * life of one: none of these was opened more than two such lives ago. Where a person has approved the task it
 * remembers itself alone.
 */
async function readOthers(
  store: DecideStore,
  { task, usage, identity }: Link,
  atMs: number,
): Promise<readonly TaskLabels[]> {
  if (task.approvalId !== null) return []
  const sinceMs = atMs - 2 * TIER_TERMS[identity.tier].longestTaskSeconds * 1000
  return (await store.labelsSince(identity.id, sinceMs)).filter((labels) => isWorse(labels, usage))
}

/** Reads what people may do themselves now; nothing where nobody is named. */
export async function readRights(
  store: DecideStore,
  personIds: readonly string[],
  atMs: number,
): Promise<readonly Kept<PersonRight>[]> {
  const kept = personIds.length === 0 ? [] : await store.rightsOf(personIds)
  return kept.filter((row) => isInForce(row, atMs))
}

/** Reads who answers for identities, and what they may ask for now. */
export async function readMembers(
  store: DecideStore,
  identities: readonly Kept<Identity>[],
  atMs: number,
): Promise<readonly Member[]> {
  const [owners, entitlements] = await Promise.all([
    store.persons(unique(identities.flatMap((identity) => identity.owner ?? []))),
    store.entitlementsOf(identities.map((identity) => identity.id)),
  ])
  return identities.map((identity) => ({
    identity,
    owner: owners.find((person) => person.id === identity.owner),
    entitlements: entitlements.filter((row) => row.identityId === identity.id && isInForce(row, atMs)),
  }))
}

type Look = Omit<CutoffLook, 'kept'>

/** Reads the newest cutoff of everything looked at. */
export async function readCutoffs(store: DecideStore, looks: readonly Look[]): Promise<readonly CutoffLook[]> {
  const kept = new Map((await store.cutoffs(unique(looks.map((look) => look.id)))).map((row) => [row.id, row]))
  return looks.map((look) => ({ ...look, kept: kept.get(look.id) }))
}

/** What an identity falls under, held against when it was made, or what it holds. */
export function lookAtMember(member: Member, binding?: Binding, madeMs = Number.POSITIVE_INFINITY): readonly Look[] {
  const { identity } = member
  const heldMs = Math.min(bornMs(identity), madeMs)
  const look = (target: CutoffTarget, id: string | null | undefined, atMs = heldMs): readonly Look[] =>
    typeof id === 'string' ? [{ id: cutoffId(target, id), madeMs: atMs }] : []
  return [
    ...look('identity', identity.id),
    ...look('owner', identity.owner),
    ...look('vendor', identity.vendor),
    ...look('binding', binding?.id, Math.min(binding?.createdMs ?? heldMs, madeMs)),
  ]
}

/** A task whose binding was rotated rests on the one that takes it over as well. */
function isTakenOver({ binding }: Link, on: Binding | undefined): boolean {
  return binding !== undefined && on !== undefined && binding.id !== on.id
}

function lookAtLink(
  link: Link,
  on: {
    readonly credential?: Kept<Credential>
    readonly binding?: Kept<Binding>
    readonly upstream?: string | undefined
  },
): readonly Look[] {
  const madeMs = Math.min(link.task.createdMs, on.credential?.issuedMs ?? Number.POSITIVE_INFINITY)
  return [
    ...lookAtMember(link, link.binding ?? on.binding, madeMs),
    ...(isTakenOver(link, on.binding) ? lookAtMember(link, on.binding, madeMs).slice(-1) : []),
    { id: cutoffId('task', link.task.id), madeMs },
    { id: cutoffId('chain', link.task.rootId), madeMs },
    ...(on.upstream === undefined ? [] : [{ id: cutoffId('upstream', on.upstream), madeMs }]),
  ]
}

/** Gives the guards that hold a permit to the state that it was given on. */
export function guardStanding(standing: Standing): readonly Change[] {
  const rows = new Map<string, Change>()
  const add = <T extends TableName>(table: T, kept: Kept<Tables[T]> | undefined): void => {
    if (kept !== undefined) rows.set(`${table}/${rowKey(table, kept)}`, requireVersion(table, kept))
  }
  for (const member of standing.members) {
    add('identities', member.identity)
    add('persons', member.owner)
  }
  for (const person of standing.behalf) add('persons', person)
  for (const binding of standing.bindings) add('bindings', binding)
  for (const task of standing.tasks) add('tasks', task)
  add('credentials', standing.credential)
  for (const from of standing.grounds.credentials) add('credentials', from)
  for (const right of standing.grounds.rights) add('person_rights', right)
  for (const grant of standing.grounds.grants) add('delegation_grants', grant)
  for (const login of standing.grounds.logins) add('person_logins', login)
  for (const look of standing.cutoffs) {
    rows.set(
      `cutoffs/${look.id}`,
      look.kept === undefined ? requireAbsent('cutoffs', look.id) : requireVersion('cutoffs', look.kept),
    )
  }
  return [...rows.values()]
}

/** Gives the row, or fails: a row that others point at is never missing in a sound store. */
export function found<T>(row: T | undefined, what: string): T {
  if (row === undefined) throw new RemitError('store_damaged', { cause: new Error(`${what} is missing`) })
  return row
}
