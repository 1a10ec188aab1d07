import type { EntityType, SchemaJson, Type } from '@cedar-policy/cedar-wasm/nodejs'
import { type CheckType, compileType, type Declared, gatherDeclared, qualify } from './check-type.ts'
import { type Entity, gatherEntities } from './entities.ts'
import type { EntityFacts } from './situation.ts'
import { type CedarRecord, EntityUid } from './values/value.ts'

/** What a request asks, before its entities are looked at. */
export interface Asked {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: CedarRecord
}

/** A schema ready to hold requests and entities against it, as strictly as Cedar's own reader. */
export interface CompiledSchema {
  /** The actions with the groups that they are in. */
  readonly actions: ReadonlyMap<string, EntityFacts>
  /** Both say what is wrong, nothing where all is as declared. */
  checkRequest(asked: Asked): string | undefined
  checkEntity(entity: Entity): string | undefined
}

/** Compiles the JSON form of a schema whose types are resolved. Errors: `EvaluationFault`. */
export function compileSchema(schema: SchemaJson<string>): CompiledSchema {
  const declared = gatherDeclared(schema)
  const namespaces = Object.entries(schema)
  const entityTypes = namespaces.flatMap(([namespace, definition]) =>
    Object.entries(definition.entityTypes).map(
      ([name, type]) => [qualify(namespace, name), compileEntity(type, declared)] as const,
    ),
  )
  const actions = namespaces.flatMap(([namespace, definition]) =>
    Object.entries(definition.actions).map(([id, action]) => compileAction(namespace, id, action, declared)),
  )
  const byType = new Map(entityTypes)
  const byKey = new Map(actions.map((action) => [action.entity.uid.key, action]))
  return {
    actions: gatherEntities(actions.map(({ entity }) => entity)),
    checkRequest: (asked) => {
      const action = byKey.get(asked.action.key)
      if (action === undefined) return 'the action is not declared'
      return action.check(asked) ?? findUnlisted(declared, [asked.principal, asked.resource])
    },
    checkEntity: (entity) => {
      const check = byType.get(entity.uid.type)
      if (check === undefined) return `the type ${entity.uid.type} is not declared`
      return check(entity) ?? findUnlisted(declared, [entity.uid, ...entity.parents])
    },
  }
}

type CheckEntity = (entity: Entity) => string | undefined

const empty: Type<string> = { type: 'Record', attributes: {} }

function compileEntity(type: EntityType<string>, declared: Declared): CheckEntity {
  const { shape = empty, memberOfTypes = [], tags } = 'enum' in type ? {} : type
  const checkAttrs = compileType(shape, declared)
  const checkTag = tags === undefined ? undefined : compileType(tags, declared)
  const parentTypes = new Set(memberOfTypes)
  return (entity) => {
    const { uid } = entity
    const fault = checkAttrs(entity.attrs) ?? checkTags(entity.tags ?? {}, checkTag)
    if (fault !== undefined) return `the entity ${uid.type}::"${uid.id}" ${fault}`
    const wrong = entity.parents.find((parent) => !parentTypes.has(parent.type))
    return wrong === undefined ? undefined : `a ${uid.type} cannot lie in a ${wrong.type}`
  }
}

function checkTags(tags: CedarRecord, check: CheckType | undefined): string | undefined {
  for (const [name, tag] of Object.entries(tags)) {
    const fault = check === undefined ? 'is not declared' : check(tag)
    if (fault !== undefined) return `has the tag ${name}, which ${fault}`
  }
  return undefined
}

function findUnlisted({ listed }: Declared, uids: readonly EntityUid[]): string | undefined {
  const wrong = uids.find((uid) => listed.get(uid.type)?.has(uid.id) === false)
  return wrong === undefined ? undefined : `${wrong.type} does not list "${wrong.id}"`
}

interface CheckedAction {
  readonly entity: Entity
  readonly check: (asked: Asked) => string | undefined
}

type ActionBody = SchemaJson<string>[string]['actions'][string]

function compileAction(namespace: string, id: string, action: ActionBody, declared: Declared): CheckedAction {
  const type = qualify(namespace, 'Action')
  const parents = (action.memberOf ?? []).map((group) => new EntityUid(group.type ?? type, group.id))
  const { principalTypes = [], resourceTypes = [], context = empty } = action.appliesTo ?? {}
  const [principals, resources] = [new Set(principalTypes), new Set(resourceTypes)]
  const checkContext = compileType(context as Type<string>, declared)
  return {
    entity: { uid: new EntityUid(type, id), attrs: {}, parents },
    check: (asked) => {
      if (!principals.has(asked.principal.type)) return `${id} is not for a ${asked.principal.type}`
      if (!resources.has(asked.resource.type)) return `${id} is not done to a ${asked.resource.type}`
      const fault = checkContext(asked.context)
      return fault === undefined ? undefined : `the context ${fault}`
    },
  }
}
