import { readGround } from '../../authenticate/footing.ts'
import type { Kept } from '../../contract/change.ts'
import { isCutOff } from '../../contract/cutoff.ts'
import { hasEnded } from '../../contract/register/binding.ts'
import { findUngranted } from '../../contract/register/delegation-grant.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import type { Pattern, Scope } from '../../contract/scope.ts'
import type { Sensitivity } from '../../contract/sensitivity.ts'
import { cutoffTargets, findRightless, findTakenBack, findUnvouched } from '../../contract/standing.ts'
import { isLive, type Task } from '../../contract/task.ts'
import { beginTurn, finishInTurns, type InTurns } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { runBounded } from '../../ground/run-bounded.ts'
import { unique } from '../../ground/unique.ts'
import { allRowsOf } from '../all-rows.ts'
import type { House } from '../house.ts'
import { findOpenable, type Openable } from './find-openable.ts'
import { beginKnown, findReached, type Known, type Reached } from './find-reach.ts'
import { type Sought, seek } from './seek.ts'
import { type Edge, type TracedChain, traceChain } from './trace-chain.ts'

/** One way by which something can be done now: each edge names the entry that explains it as it stands. */
export interface AccessPath {
  readonly edges: readonly Edge[]
  /** The task at its end, and who acts in it. */
  readonly taskId: string
  readonly names: readonly string[]
  /** What of the task reaches what was asked about. */
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly endsMs: number
}

/** Every way there is, as of the end of the log; `isLimited` where there are more than are told. */
export interface FoundPaths {
  readonly paths: readonly AccessPath[]
  /** Tasks that were looked at and reach nothing now, and why. */
  readonly fallen: readonly { readonly taskId: string; readonly because: string }[]
  /** What the identity could reach besides, if it opened a task; nothing where a task was asked about. */
  readonly openable: readonly Openable[]
  readonly size: number
  readonly isLimited: boolean
}

/** What is looked at: these tasks, and what the identity could open, if it was asked by which ways it reaches a resource. */
interface Asked {
  readonly tasks: readonly Kept<Task>[]
  readonly from: { readonly identity: Kept<Identity>; readonly resource: Pattern } | null
  readonly isLimited: boolean
}

/**
 * Finds every way by which an identity reaches a resource now, or any of those that a pattern means: in tasks of its own or that
 * were handed to it, and through those to whom it handed parts on; and what it could reach if it opened a task. A way counts only
 * while every law holds of everybody in it. Reads by index what lies around the identity: what else there is costs nothing.
 */
export async function findPathsFrom(house: House, identity: Kept<Identity>, resource: Pattern): Promise<FoundPaths> {
  const own = await house.revoke.livingTasksOf('identity', identity.id)(LIMITS.pathTasksMax)
  const ownIds = new Set(own.map(({ id }) => id))
  const tasks: Kept<Task>[] = []
  const turn = beginTurn()
  for (const rootId of unique(own.map((task) => task.rootId))) {
    if (tasks.length > LIMITS.pathTasksMax) break
    const living = await house.revoke.livingTasksUnder(rootId, LIMITS.subtreeTasksMax)
    tasks.push(...living.filter(({ chain }) => chain.some((link) => ownIds.has(link.taskId))))
    if (turn.isOver()) await turn.next()
  }
  const isLimited = own.length === LIMITS.pathTasksMax || tasks.length > LIMITS.pathTasksMax
  return await findPaths(house, { tasks: tasks.slice(0, LIMITS.pathTasksMax), from: { identity, resource }, isLimited })
}

/** Finds the ways by which a task reaches whatever it reaches now. */
export async function findPathsOf(house: House, task: Kept<Task>): Promise<FoundPaths> {
  return await findPaths(house, { tasks: [task], from: null, isLimited: false })
}

async function findPaths(house: House, { tasks, from, isLimited }: Asked): Promise<FoundPaths> {
  const { size } = house.log.head()
  const known = beginKnown({ ...(await readCatalogues(house)), atMs: house.clock.nowMs() })
  const traced: Traced[] = []
  const turn = beginTurn()
  await runBounded(tasks, LIMITS.pathReadsMax, async (task) => {
    if (turn.isOver()) await turn.next()
    const chain = await traceChain(house, known, task)
    traced.push({ task, chain, because: await findFall(house, chain, known.atMs) })
  })
  traced.sort((a, b) => (a.task.id < b.task.id ? -1 : 1)) // they came in as they were read
  const { paths, fallen } = await finishInTurns(findReaching(traced, seek(from?.resource ?? '*'), known))
  return {
    paths: paths.slice(0, LIMITS.pathsMax),
    fallen,
    openable: from === null ? [] : await findOpenable(house, from.identity, from.resource, known),
    size,
    isLimited: isLimited || paths.length > LIMITS.pathsMax || known.looksLeft < 0,
  }
}

async function readCatalogues(house: House): Promise<Pick<Known, 'tools' | 'resources'>> {
  const [tools, resources]: [ToolRule[], ResourceRule[]] = [[], []]
  for await (const rule of allRowsOf('tool_rules', (page) => house.register.toolRules(page))) tools.push(rule)
  for await (const rule of allRowsOf('resource_rules', (page) => house.register.resourceRules(page)))
    resources.push(rule)
  return { tools, resources }
}

/** A task with all that leads to it, and why that permits nothing now; null where it does. */
interface Traced {
  readonly task: Kept<Task>
  readonly chain: TracedChain
  readonly because: string | null
}

/** Gives the ways to tasks and on to what is sought, and why the others lead nowhere now. */
function* findReaching(
  traced: readonly Traced[],
  sought: Sought,
  known: Known,
): InTurns<{ readonly paths: readonly AccessPath[]; readonly fallen: FoundPaths['fallen'] }> {
  const paths: AccessPath[] = []
  const fallen: { taskId: string; because: string }[] = []
  for (const { task, chain, because } of traced) {
    const reached = because === null ? yield* findReached(chain, task.scope, sought, known) : null
    if (reached !== null && reached.scope.length > 0) paths.push(pathOf(task, chain, reached))
    else fallen.push({ taskId: task.id, because: because ?? sayUnreached(sought, known) })
    yield
  }
  return { paths, fallen }
}

function pathOf(task: Kept<Task>, { links, edges }: TracedChain, { scope, by }: Reached): AccessPath {
  const entitled = links.flatMap(({ identity, entitlements }) =>
    entitlements
      .filter(({ id }) => by.has(id))
      .map((row): Edge => ({ from: identity.id, to: row.id, kind: 'entitled', entry: row.entry, untilMs: row.endsMs })),
  )
  return {
    edges: [...edges, ...entitled],
    taskId: task.id,
    names: task.chain.map(({ name }) => name),
    scope,
    ceiling: task.ceiling,
    endsMs: task.endsMs,
  }
}

function sayUnreached({ resource, isOne }: Sought, { looksLeft }: Known): string {
  if (looksLeft < 0) return 'it was not looked at to its end, as too much is granted around it: ask about one resource'
  if (resource === '*') return 'nothing of its scope is covered'
  return isOne ? `it does not reach ${resource}` : `it reaches nothing of ${resource}`
}

/** Why a chain permits nothing now; null where all laws of standing hold of it. */
async function findFall(house: House, { links }: TracedChain, atMs: number): Promise<string | null> {
  const [tasks, identities] = [links.map(({ task }) => task), links.map(({ identity }) => identity)]
  const dead = tasks.find((task) => !isLive(task, atMs))
  if (dead !== undefined) return `${dead.id} is ${dead.state === 'active' ? 'past its end' : dead.state}`
  const inactive = identities.find(({ state }) => state !== 'active')
  if (inactive !== undefined) return `${inactive.name} is ${inactive.state}`
  const { people, bindings, grounds } = await readGround(house.footing, tasks, identities)
  const isHere = (id: string | null): boolean => people.some((each) => each.id === id && each.state === 'active')
  const orphan = identities.find(({ owner }) => !isHere(owner))
  if (orphan !== undefined) return `nobody answers for ${orphan.name}`
  if (tasks.some(({ onBehalfOf }) => onBehalfOf !== null && !isHere(onBehalfOf)))
    return 'the person for whom it acts has left'
  if (bindings.some((row) => hasEnded(row, atMs))) return 'a binding has ended'
  if (findTakenBack(tasks, grounds) !== undefined) return 'a token with which it was handed on was taken back'
  if (findRightless(tasks, grounds, atMs) !== undefined) return 'a right that it rests on has ended'
  if (findUnvouched(tasks, grounds) !== undefined) return 'the login on whose word it was opened has ended'
  if (findUngranted(tasks, identities, grounds.grants, atMs) !== undefined)
    return 'its identity may not act any more for whoever let it'
  const [task, identity] = [tasks.at(-1), identities.at(-1)]
  if (task === undefined || identity === undefined) return 'it is nobody’s'
  const above = { ancestors: tasks.slice(0, -1), delegators: identities.slice(0, -1) }
  const cutoffs = await house.footing.cutoffs(cutoffTargets({ task, identity, ...above }))
  return isCutOff(cutoffs, task.createdMs) ? 'it was cut off' : null
}
