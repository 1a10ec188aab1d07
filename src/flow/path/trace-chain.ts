import type { Kept } from '../../contract/change.ts'
import { cutoffId, isCutOff } from '../../contract/cutoff.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import type { Purpose } from '../../contract/register/purpose.ts'
import type { Task } from '../../contract/task.ts'
import { serverOfAudience } from '../../contract/token/gateway-address.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import type { House } from '../house.ts'

/** What one thing gives to the next, in the order in which a path is told. */
export const EDGE_KINDS = [
  'answers-for',
  'on-behalf',
  'has-right',
  'proves',
  'may-act',
  'task',
  'handed-on',
  'holds',
  'entitled',
] as const

/** One step of a path, by ids; `entry` is the entry of the log that explains it as it stands. */
export interface Edge {
  readonly from: string
  readonly to: string
  readonly kind: (typeof EDGE_KINDS)[number]
  readonly entry: number
  /** When it ends; null where it has no end of its own. */
  readonly untilMs: number | null
}

/** A chain of tasks, root first, with all that leads to it. */
export interface TracedChain {
  readonly links: readonly {
    readonly task: Kept<Task>
    readonly identity: Kept<Identity>
    readonly entitlements: readonly Kept<Entitlement>[]
    /** Why it acts, as that reads now. */
    readonly purpose: Purpose | undefined
  }[]
  /** The people on whose behalf it acts, and what they may do themselves. */
  readonly behalf: readonly { readonly personId: string; readonly rights: readonly Kept<PersonRight>[] }[]
  readonly edges: readonly Edge[]
}

/** Who acts, and why: read once for all paths of one answer. */
export interface ReadOnce {
  readonly actors: Map<string, Promise<Actor>>
  readonly purposes: Map<string, Promise<Purpose | undefined>>
}

interface Actor {
  readonly identity: Kept<Identity>
  readonly entitlements: readonly Kept<Entitlement>[]
}

/** Reads a chain with the edges that lead to its last task: a bounded number of reads for each hop. */
export async function traceChain(house: House, known: ReadOnce, last: Kept<Task>): Promise<TracedChain> {
  const above = await Promise.all(last.chain.slice(0, -1).map((link) => readTask(house, link.taskId)))
  const links = await Promise.all(
    [...above, last].map(async (task) => ({
      task,
      ...(await readOnce(known.actors, task.identityId, (id) => readActor(house, id))),
      purpose: await readOnce(known.purposes, task.purpose, (code) => house.register.purpose(code)),
    })),
  )
  const tasks = links.map(({ task }) => task)
  const personIds = unique(tasks.flatMap(({ onBehalfOf }) => onBehalfOf ?? []))
  const behalf = await Promise.all(
    personIds.map(async (personId) => ({ personId, rights: await house.register.rightsOf(personId) })),
  )
  const hops = await Promise.all(links.map((link, at) => readHop(house, link, links[at - 1])))
  return { links, behalf, edges: [...hops.flat(), ...(await readTokens(house, last))] }
}

type Link = TracedChain['links'][number]

function readOnce<Read>(
  kept: Map<string, Promise<Read>>,
  key: string,
  read: (key: string) => Promise<Read>,
): Promise<Read> {
  const reading = kept.get(key) ?? read(key)
  kept.set(key, reading)
  return reading
}

async function readActor(house: House, id: string): Promise<Actor> {
  const [identity, entitlements] = await Promise.all([readIdentity(house, id), house.register.entitlementsOf(id)])
  return { identity, entitlements }
}

async function readHop(house: House, { task, identity }: Link, above: Link | undefined): Promise<readonly Edge[]> {
  const rights = await Promise.all((task.rightIds ?? []).map((id) => house.register.right(id)))
  const binding = task.bindingId === null ? undefined : await house.register.binding(task.bindingId)
  const grant = task.grantId === undefined ? undefined : await house.register.delegationGrant(task.grantId)
  const { onBehalfOf } = task
  const edge = (
    kind: Edge['kind'],
    from: string,
    to: string,
    row: { entry: number; endsMs?: number | null },
  ): Edge => ({
    from,
    to,
    kind,
    entry: row.entry,
    untilMs: row.endsMs ?? null,
  })
  return [
    ...(identity.owner === null ? [] : [edge('answers-for', identity.owner, identity.id, { entry: identity.entry })]),
    ...(onBehalfOf === null || above !== undefined ? [] : [edge('on-behalf', onBehalfOf, task.id, task)]),
    ...rights.flatMap((row) => (row === undefined ? [] : [edge('has-right', row.personId, row.id, row)])),
    ...(binding === undefined ? [] : [edge('proves', binding.id, identity.id, { entry: binding.entry })]),
    ...(grant === undefined ? [] : [edge('may-act', grant.from, grant.to, grant)]),
    above === undefined ? edge('task', identity.id, task.id, task) : edge('handed-on', above.task.id, task.id, task),
  ]
}

async function readTokens(house: House, task: Kept<Task>): Promise<readonly Edge[]> {
  const held = await house.revoke.livingCredentialsOf(task.id, LIMITS.pathTokensMax)
  const servers = unique(held.flatMap(({ audience }) => serverOfAudience(audience) ?? []))
  const cutoffs = await house.footing.cutoffs(servers.map((server) => cutoffId('upstream', server)))
  const endedBy = (audience: string) => cutoffs.filter(({ targetId }) => targetId === serverOfAudience(audience))
  return held
    .filter(({ state, expiresMs }) => state === 'issued' && house.clock.nowMs() < expiresMs)
    .filter(({ audience, issuedMs }) => !isCutOff(endedBy(audience), issuedMs))
    .map(({ id, entry, expiresMs }) => ({ from: task.id, to: id, kind: 'holds', entry, untilMs: expiresMs }))
}

async function readTask(house: House, id: string): Promise<Kept<Task>> {
  const task = await house.register.task(id)
  if (task === undefined) throw new RemitError('store_damaged', { cause: new Error('a task above is missing') })
  return task
}

async function readIdentity(house: House, id: string): Promise<Kept<Identity>> {
  const identity = await house.register.identity(id)
  if (identity === undefined) throw new RemitError('store_damaged', { cause: new Error('an identity is missing') })
  return identity
}
