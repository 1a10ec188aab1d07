import { readJson } from '../../contract/log/read-json.ts'
import type { PolicyChange } from '../../contract/policy.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import { comparePolicies } from '../policy/check/compare-policies.ts'
import type { DomainTexts } from './domain.ts'
import { readDomainPolicies } from './read/policies.ts'

/**
 * Says how two domains differ: by policy, by entity, and in their schema. Both have been made before, so that both can be
 * read. At most `LIMITS.domainChangesMax` entities are told, and how many more there are.
 */
export function compareDomains(before: DomainTexts, after: DomainTexts): readonly PolicyChange[] {
  const { changes } = comparePolicies(
    readDomainPolicies(before.files).policies,
    readDomainPolicies(after.files).policies,
  )
  return [...changes, ...compareSchemas(before.schema, after.schema), ...compareEntities(before, after)]
}

function compareSchemas(before: string | null, after: string | null): readonly PolicyChange[] {
  return before === after
    ? []
    : [describe('schema.cedarschema', before, after, 'it is what everything is held against')]
}

function compareEntities(before: DomainTexts, after: DomainTexts): readonly PolicyChange[] {
  const [old, now] = [listEntities(before), listEntities(after)]
  const names = unique([...old.keys(), ...now.keys()]).toSorted()
  const changed = names.filter((name) => old.get(name) !== now.get(name))
  const shown = changed
    .slice(0, LIMITS.domainChangesMax)
    .map((name) => describe(name, old.get(name) ?? null, now.get(name) ?? null, 'policies decide by it'))
  const more = changed.length - shown.length
  if (more === 0) return shown
  return [...shown, describe('entities.json', '', '', `${more} entities more are not the same`)]
}

/** The text of each entity by its name, its members in one order. */
function listEntities({ entities }: DomainTexts): ReadonlyMap<string, string> {
  const list = entities === null ? [] : (readJson(entities) as readonly EntityJson[]) // a domain was made of it
  return new Map(list.map((entity) => [nameOf(entity), canonicalJson(entity as never)])) // what JSON gave is JSON
}

interface Reference {
  readonly type: string
  readonly id: string
}

interface EntityJson {
  readonly uid: Reference | { readonly __entity: Reference }
}

function nameOf({ uid }: EntityJson): string {
  const { type, id } = '__entity' in uid ? uid.__entity : uid
  return `${type}::${JSON.stringify(id)}`
}

function describe(id: string, before: string | null, after: string | null, because: string): PolicyChange {
  const change = before === null ? 'added' : after === null ? 'removed' : 'changed'
  return { id, change, effect: 'loosens', because, before, after }
}
