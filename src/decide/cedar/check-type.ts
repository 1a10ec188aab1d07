import type { SchemaJson, Type } from '@cedar-policy/cedar-wasm/nodejs'
import { EvaluationFault } from './values/evaluation-fault.ts'
import { isLong } from './values/long.ts'
import { EntityUid, isRecord, isSet, readMember, typeOf, type Value } from './values/value.ts'

/** Says what is wrong with a value, nothing where it is of the type. */
export type CheckType = (value: Value) => string | undefined

/** What the types of a schema refer to, by full name. */
export interface Declared {
  /** Types that have names. */
  readonly named: ReadonlyMap<string, Type<string>>
  /** Ids of the entities of a type that lists them. */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>>
}

/** Gathers what all namespaces of a schema declare. */
export function gatherDeclared(schema: SchemaJson<string>): Declared {
  const all = Object.entries(schema)
  const named = all.flatMap(([namespace, { commonTypes = {} }]) =>
    Object.entries(commonTypes).map(([name, type]) => [qualify(namespace, name), type] as const),
  )
  const listed = all.flatMap(([namespace, { entityTypes }]) =>
    Object.entries(entityTypes).flatMap(([name, type]) =>
      'enum' in type ? [[qualify(namespace, name), new Set(type.enum)] as const] : [],
    ),
  )
  return { named: new Map(named), listed: new Map(listed) }
}

/** Gives the full name of what a namespace calls so. */
export function qualify(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}::${name}`
}

const PLAIN: ReadonlyMap<string, (value: Value) => boolean> = new Map<string, (value: Value) => boolean>([
  ['Long', isLong],
  ['String', (value) => typeof value === 'string'],
  ['Bool', (value) => typeof value === 'boolean'],
  ['Boolean', (value) => typeof value === 'boolean'],
  ...['ipaddr', 'decimal', 'datetime', 'duration'].map(
    (name) => [name, (value: Value) => typeOf(value) === name] as const,
  ),
])

/** The form of a type in the JSON of a schema, its kinds laid over each other. */
interface TypeBody {
  readonly type: string
  readonly name?: string
  readonly element?: Type<string>
  readonly attributes?: Readonly<Record<string, TypeBody & { readonly required?: boolean }>>
}

/** Makes the check of a type. Errors: `EvaluationFault` for a type that the schema does not have. */
export function compileType(type: Type<string>, declared: Declared): CheckType {
  const body = type as TypeBody
  const name = (body.type === 'Extension' ? (body.name ?? '') : body.type).replace(/^__cedar::/, '')
  const isPlain = PLAIN.get(name)
  if (isPlain !== undefined) return (value) => (isPlain(value) ? undefined : `is ${typeOf(value)}, not ${name}`)
  if (name === 'Set' && body.element !== undefined) return compileSet(body.element, declared)
  if (name === 'Record') return compileRecord(body.attributes ?? {}, declared)
  if (name === 'Entity') return compileReference(body.name ?? '', declared)
  const common = declared.named.get(name === 'EntityOrCommon' ? (body.name ?? '') : name)
  if (common !== undefined) return compileType(common, declared)
  throw new EvaluationFault(`the schema has no type ${name}`)
}

function compileReference(name: string, { listed }: Declared): CheckType {
  const ids = listed.get(name)
  return (value) => {
    if (!(value instanceof EntityUid) || value.type !== name)
      return `is ${typeOf(value)}, not an entity of type ${name}`
    return ids === undefined || ids.has(value.id) ? undefined : `is an entity that ${name} does not list`
  }
}

function compileSet(element: Type<string>, declared: Declared): CheckType {
  const check = compileType(element, declared)
  return (value) => {
    if (!isSet(value)) return `is ${typeOf(value)}, not a set`
    for (const item of value) {
      const fault = check(item)
      if (fault !== undefined) return `has an item that ${fault}`
    }
    return undefined
  }
}

function compileRecord(attributes: NonNullable<TypeBody['attributes']>, declared: Declared): CheckType {
  const known = new Map(
    Object.entries(attributes).map(([name, body]) => [
      name,
      { check: compileType(body as Type<string>, declared), isRequired: body.required !== false },
    ]),
  )
  const required = [...known].filter(([, member]) => member.isRequired).map(([name]) => name)
  return (value) => {
    if (!isRecord(value)) return `is ${typeOf(value)}, not a record`
    for (const name of required) if (!Object.hasOwn(value, name)) return `lacks ${name}`
    for (const name of Object.keys(value)) {
      const member = readMember(value, name)
      const fault = member === undefined ? undefined : (known.get(name)?.check ?? refuseUnknown)(member)
      if (fault !== undefined) return `has ${name}, which ${fault}`
    }
    return undefined
  }
}

const refuseUnknown: CheckType = () => 'is not declared'
