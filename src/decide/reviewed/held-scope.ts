import { type Change, requireVersion } from '../../contract/change.ts'
import { intersectScopes, type Scope } from '../../contract/scope.ts'
import type { Task } from '../../contract/task.ts'
import { nearestScope } from '../coverage.ts'
import { guardEntitlements, readRules } from '../judge-task.ts'
import { type Lineage, readLineage } from '../lineage.ts'
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

/** Gives that scope as it is now. Errors: `store_failed`. */
export async function findHeldScope(
  store: DecideStore,
  task: Pick<Task, 'id' | 'chain'>,
  atMs: number,
): Promise<Scope> {
  return (await readHeldScope(store, await readLineage(store, task, { atMs }))).scope
}
