import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { ActionClass } from '../../../contract/action-class.ts'
import { isAlwaysMet } from '../check/find-oddities.ts'
import type { ReadPolicy } from '../policy.ts'

/**
 * Says why no policy can permit acts of a class, whoever acts on whatever; null where one might. It looks at scopes and
 * at what forbids without a condition: what conditions come to is for the tests of the policies.
 */
export function findUnreachable(policies: readonly ReadPolicy[], actionClass: ActionClass): string | null {
  const about = policies.filter(({ json }) => coversClass(json.action, actionClass) && isAboutActs(json))
  const forbidden = about.find(({ json }) => json.effect === 'forbid' && isForAll(json))
  if (forbidden !== undefined) return `${forbidden.id} forbids it, whoever asks`
  return about.some(({ json }) => json.effect === 'permit') ? null : `no policy permits the class ${actionClass}`
}

/** The groups of the schema in which a class of actions is. */
function coversClass(action: PolicyJson['action'], actionClass: ActionClass): boolean {
  if (action.op === 'All') return true
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : []
  const ids = named.map((each) => ('__entity' in each ? each.__entity.id : each.id))
  const groups: readonly string[] = actionClass === 'read' ? ['call'] : ['call', 'change']
  return ids.some((id) => id === actionClass || (action.op === 'in' && groups.includes(id)))
}

function isAboutActs({ resource }: PolicyJson): boolean {
  return resource.op !== 'is' || resource.entity_type === 'Remit::Resource'
}

function isForAll({ principal, resource, conditions }: PolicyJson): boolean {
  const isBroad = [principal, resource].every((part) => part.op === 'All' || (part.op === 'is' && !('in' in part)))
  return isBroad && conditions.every(isAlwaysMet)
}
