import { unique } from '../../ground/unique.ts'
import type { CompiledPolicy, ScopePart } from './compile-policy.ts'
import type { Situation } from './situation.ts'
import type { EntityUid } from './values/value.ts'

/** What stands under each thing that one part of a scope can ask for: by a type, by the key of an entity, by that of a group. */
interface Shelf<T> {
  anything: T | undefined
  readonly is: Map<string, T>
  readonly equals: Map<string, T>
  readonly in: Map<string, T>
}

type ByResource = Shelf<CompiledPolicy[]>
type ByPrincipal = Shelf<ByResource>

/** Policies by what their scope asks for, so that a decision looks only at those whose scope holds. */
export type ScopeIndex = Shelf<ByPrincipal>

function makeShelf<T>(): Shelf<T> {
  return { anything: undefined, is: new Map(), equals: new Map(), in: new Map() }
}

/** Puts each policy under what its scope asks for: action first, since that divides the most. */
export function indexPolicies(policies: Iterable<CompiledPolicy>): ScopeIndex {
  const index: ScopeIndex = makeShelf()
  for (const policy of policies) {
    for (const byPrincipal of place(index, policy.action, makeShelf<ByResource>)) {
      for (const byResource of place(byPrincipal, policy.principal, makeShelf<CompiledPolicy[]>)) {
        for (const held of place(byResource, policy.resource, (): CompiledPolicy[] => [])) held.push(policy)
      }
    }
  }
  return index
}

/** Calls `visit` with each policy whose scope holds; one that names several groups may come more than once. */
export function visitMatching(index: ScopeIndex, situation: Situation, visit: (policy: CompiledPolicy) => void): void {
  const { principal, action, resource } = situation
  for (const byPrincipal of pick(index, action, situation)) {
    for (const byResource of pick(byPrincipal, principal, situation)) {
      for (const policies of pick(byResource, resource, situation)) {
        for (const policy of policies) if (isOfTypes(policy, principal, resource)) visit(policy)
      }
    }
  }
}

/** `is T in G` stands under its group; the type is looked at here. */
function isOfTypes(policy: CompiledPolicy, principal: EntityUid, resource: EntityUid): boolean {
  return isOfType(policy.principal, principal) && isOfType(policy.resource, resource)
}

function isOfType(part: ScopePart, uid: EntityUid): boolean {
  return part.asks !== 'in' || part.type === undefined || part.type === uid.type
}

/** Gives what stands under all that a part of a scope asks for, made where nothing stood there. */
function place<T>(shelf: Shelf<T>, part: ScopePart, make: () => T): readonly T[] {
  if (part.asks === 'anything') {
    shelf.anything ??= make()
    return [shelf.anything]
  }
  if (part.asks === 'is') return [getOrMake(shelf.is, part.type, make)]
  if (part.asks === 'equals') return [getOrMake(shelf.equals, part.uid.key, make)]
  return unique(part.groups.map((group) => group.key)).map((key) => getOrMake(shelf.in, key, make))
}

/** Gives what stands under all that holds of an entity: it is in itself, and in all that it lies in. */
function pick<T>(shelf: Shelf<T>, uid: EntityUid, { entities }: Situation): readonly T[] {
  const found: T[] = []
  const add = (one: T | undefined): void => {
    if (one !== undefined) found.push(one)
  }
  add(shelf.anything)
  add(shelf.is.get(uid.type))
  add(shelf.equals.get(uid.key))
  if (shelf.in.size === 0) return found
  add(shelf.in.get(uid.key))
  for (const ancestor of entities.get(uid.key)?.ancestors ?? []) add(shelf.in.get(ancestor))
  return found
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}
