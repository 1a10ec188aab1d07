import { type Change, requireVersion } from '../../contract/change.ts'
import type { Labels } from '../../contract/label.ts'
import { intersectScopes, type Scope } from '../../contract/scope.ts'
import type { Task } from '../../contract/task.ts'
import { nearestScope } from '../coverage.ts'
import { guardEntitlements, readRules } from '../judge-task.ts'
import { labelsOf } from '../laws/act.ts'
import { type Lineage, readLineage, readMemory } from '../lineage.ts'
import type { DecideStore } from '../store.ts'

/** What of the scope of a task is still granted to everybody in its chain, with the guards of what that rests on. */
export interface HeldScope {
  readonly scope: Scope
  readonly guards: readonly Change[]
}

/**
 * Reads it: what the entitlements and purposes of now cover, of which a token tells others, who judge no act here. A task
 * itself stays as it was opened.
 */
export async function readHeldScope(store: DecideStore, { own, links }: Lineage): Promise<HeldScope> {
  const { scope: opened } = own.task
  const rules = await readRules(store, opened)
  const scope = links.reduce<Scope>(
    (left, { entitlements, purpose }) => nearestScope(left, entitlements, purpose?.classes ?? [], rules),
    opened,
  )
  const relied = links.flatMap(({ entitlements }) =>
    entitlements.filter((row) => intersectScopes(row.scope, opened).length > 0),
  )
  const purposes = new Map(links.flatMap(({ purpose }) => (purpose === undefined ? [] : [[purpose.code, purpose]])))
  return {
    scope,
    guards: [...guardEntitlements(relied), ...[...purposes.values()].map((row) => requireVersion('purposes', row))],
  }
}

/** What servers that judge no task by themselves are told of one, as it is now. */
export interface Held {
  /** What of its scope is still granted to everybody in its chain. */
  readonly scope: Scope
  /** What may stand in what is done in it: what it has read, those above it, and others of its identities. */
  readonly labels: Labels
}

/** Finds it. Errors: `store_failed`, `store_damaged`. */
export async function findHeld(store: DecideStore, task: Pick<Task, 'id' | 'chain'>, atMs: number): Promise<Held> {
  const lineage = await readLineage(store, task, { atMs })
  const [{ scope }, { ranks }] = await Promise.all([readHeldScope(store, lineage), readMemory(store, lineage, true)])
  return { scope, labels: labelsOf(ranks) }
}
