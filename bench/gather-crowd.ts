import { readConfig } from '../src/config.ts'
import { type Change, type Fact, insert, type Kept } from '../src/contract/change.ts'
import type { Binding } from '../src/contract/register/binding.ts'
import type { Entitlement } from '../src/contract/register/entitlement.ts'
import type { Identity } from '../src/contract/register/identity.ts'
import type { Task, TaskUsage } from '../src/contract/task.ts'
import { systemClock } from '../src/ground/clock.ts'
import { createIds } from '../src/ground/ids.ts'
import { type Raised, raiseHouse } from '../src/main.ts'

/** How many identities stand beside the one that is measured, and how many of them have an open task. */
export interface Crowd {
  readonly identities: number
  readonly entitlementsEach: number
  readonly tasks: number
}

/** How many facts are on their way to the log at once: they share a commit. */
const FACTS_AT_ONCE = 500

/**
 * Puts a crowd into the register of a house whose server does not run: each of them is the measured identity once more,
 * under its own name and ids. Gives the ids of the open tasks. It goes the one way that all writing goes, the log.
 */
export async function gatherCrowd(configFile: string, baseUrl: string, crowd: Crowd): Promise<readonly string[]> {
  const raised = await raiseHouse(readConfig(configFile, {}), baseUrl)
  try {
    const pattern = await readPattern(raised)
    const taskIds: string[] = []
    for (let at = 0; at < crowd.identities; at += FACTS_AT_ONCE) {
      const length = Math.min(FACTS_AT_ONCE, crowd.identities - at)
      const made = Array.from({ length }, (_, next) => makeOne(pattern, at + next, crowd))
      await Promise.all(made.map(({ changes }) => raised.house.log.record(enter(changes))))
      taskIds.push(...made.flatMap(({ taskId }) => taskId ?? []))
    }
    return taskIds
  } finally {
    await raised.close()
  }
}

interface Pattern {
  readonly identity: Kept<Identity>
  readonly binding: Kept<Binding>
  readonly entitlement: Kept<Entitlement>
  readonly task: Kept<Task>
  readonly usage: Kept<TaskUsage>
}

async function readPattern({ store: { rows } }: Raised): Promise<Pattern> {
  const [identity] = await rows.find('identities', {})
  const [binding] = await rows.find('bindings', { identity_id: identity?.id ?? '' })
  const [entitlement] = await rows.find('entitlements', { identity_id: identity?.id ?? '' })
  const [task] = await rows.find('tasks', { identity_id: identity?.id ?? '', state: 'active' })
  const usage = await rows.get('task_usage', task?.id ?? '')
  if (!identity || !binding || !entitlement || !task || !usage)
    throw new Error('There is no identity with a task that the crowd could be like.')
  return { identity, binding, entitlement, task, usage }
}

const ids = createIds(() => systemClock.nowMs())

function makeOne(
  { identity, binding, entitlement, task, usage }: Pattern,
  at: number,
  { entitlementsEach, tasks }: Crowd,
): { readonly changes: readonly Change[]; readonly taskId: string | null } {
  const [id, name] = [ids.next('identity'), `crowd-${at}`]
  const entitlements = Array.from({ length: entitlementsEach }, (_, nth) =>
    insert('entitlements', {
      ...entitlement,
      id: ids.next('entitlement'),
      identityId: id,
      scope: [...entitlement.scope, { action: 'bench/read_note', resource: `note:shelf-${nth}/*` }],
    }),
  )
  const bound = { ...binding, id: ids.next('binding'), identityId: id, subject: `workload:${name}` }
  const changes = [insert('identities', { ...identity, id, name }), insert('bindings', bound), ...entitlements]
  if (at >= tasks) return { changes, taskId: null }
  const taskId = ids.next('task')
  const unused = { ...usage, taskId, identityId: id }
  const chain = [{ identityId: id, name, taskId }]
  const opened = { ...task, id: taskId, identityId: id, rootId: taskId, chain, bindingId: null }
  return { changes: [...changes, insert('tasks', opened), insert('task_usage', unused)], taskId }
}

function enter(changes: readonly Change[]): Fact {
  return {
    entry: {
      kind: 'identity.activated',
      actor: { kind: 'system', id: 'bench' },
      subject: { kind: 'house', id: 'crowd' },
      data: { rows: changes.length },
    },
    changes,
  }
}
