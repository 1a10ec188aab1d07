import { unique } from '../../ground/unique.ts'
import type { CompiledPolicy, ScopePart } from './compile-policy.ts'
import type { Situation } from './situation.ts'
import type { EntityUid } from './values/value.ts'

type ByResource = Map<string, CompiledPolicy[]>
type ByPrincipal = Map<string, ByResource>

/** Policies by what their scope asks for, so that a decision looks only at those whose scope holds. */
export type ScopeIndex = ReadonlyMap<string, ByPrincipal>

/** Puts each policy under the keys of its scope: action first, since that divides the most. */
export function indexPolicies(policies: Iterable<CompiledPolicy>): ScopeIndex {
  const index = new Map<string, ByPrincipal>()
  for (const policy of policies) {
    for (const action of keysOfPart(policy.action)) {
      for (const principal of keysOfPart(policy.principal)) {
        for (const resource of keysOfPart(policy.resource)) {
          const byPrincipal = getOrMake(index, action, () => new Map<string, ByResource>())
          const byResource = getOrMake(byPrincipal, principal, () => new Map<string, CompiledPolicy[]>())
          getOrMake(byResource, resource, () => []).push(policy)
        }
      }
    }
  }
  return index
}

/** Calls `visit` with each policy whose scope holds; one that names several groups may come more than once. */
export function visitMatching(index: ScopeIndex, situation: Situation, visit: (policy: CompiledPolicy) => void): void {
  const { principal, resource } = situation
  const [principals, resources] = [keysOfUid(principal, situation), keysOfUid(resource, situation)]
  for (const byPrincipal of pick(index, keysOfUid(situation.action, situation))) {
    for (const byResource of pick(byPrincipal, principals)) {
      for (const policies of pick(byResource, resources)) {
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

const anything = '*'

function keysOfPart(part: ScopePart): readonly string[] {
  if (part.asks === 'anything') return [anything]
  if (part.asks === 'is') return [`:${part.type}`]
  if (part.asks === 'equals') return [`=${part.uid.key}`]
  return unique(part.groups.map((group) => `^${group.key}`))
}

function keysOfUid(uid: EntityUid, situation: Situation): readonly string[] {
  const keys = [anything, `:${uid.type}`, `=${uid.key}`, `^${uid.key}`]
  const ancestors = situation.entities.get(uid.key)?.ancestors ?? []
  for (const ancestor of ancestors) keys.push(`^${ancestor}`)
  return keys
}

function pick<T>(map: ReadonlyMap<string, T>, keys: readonly string[]): readonly T[] {
  const found: T[] = []
  for (const key of keys) {
    const value = map.get(key)
    if (value !== undefined) found.push(value)
  }
  return found
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}
