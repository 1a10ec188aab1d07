import type { SchemaJson, Type } from '@cedar-policy/cedar-wasm/nodejs'
import { type Declared, gatherDeclared, qualify } from '../../cedar/check-type.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { EXTENSION_FUNCTIONS } from '../../cedar/values/extension-functions.ts'
import { readUid, readValue } from '../../cedar/values/read-value.ts'
import type { CedarRecord, Value } from '../../cedar/values/value.ts'

/** Reads one value as its declared type asks. Errors: `EvaluationFault`. */
export type ReadValue = (json: unknown) => Value

/** The members that a schema declares, each with how it is read. */
export type Shape = ReadonlyMap<string, ReadValue>

/** The shapes that a schema declares. */
export interface Shapes {
  /** Attributes by type of entity; undefined for a type that is not declared. */
  readonly ofEntity: (type: string) => Shape | undefined
  /** Members of the context by key of the action. */
  readonly ofContext: (actionKey: string) => Shape | undefined
}

/** Finds how the JSON of entities and requests is read: texts become times, addresses and references where they are declared. */
export function findShapes(schema: SchemaJson<string>): Shapes {
  const declared = gatherDeclared(schema)
  const namespaces = Object.entries(schema)
  const entities = namespaces.flatMap(([namespace, { entityTypes }]) =>
    Object.entries(entityTypes).map(
      ([name, type]) =>
        [qualify(namespace, name), shapeOf('shape' in type ? type.shape : undefined, declared)] as const,
    ),
  )
  const contexts = namespaces.flatMap(([namespace, { actions }]) =>
    Object.entries(actions).map(
      ([id, { appliesTo }]) =>
        [
          `${qualify(namespace, 'Action')}\n${id}`,
          shapeOf(appliesTo?.context as Type<string> | undefined, declared),
        ] as const,
    ),
  )
  const [byType, byAction] = [new Map<string, Shape>(entities), new Map<string, Shape>(contexts)]
  return { ofEntity: (type) => byType.get(type), ofContext: (key) => byAction.get(key) }
}

/** A type of the JSON form, its kinds laid over each other. */
interface TypeBody {
  readonly type: string
  readonly name?: string
  readonly element?: TypeBody
  readonly attributes?: Readonly<Record<string, TypeBody>>
}

function shapeOf(type: Type<string> | undefined, declared: Declared): Shape {
  const body = resolve((type ?? { type: 'Record' }) as TypeBody, declared)
  return new Map(Object.entries(body.attributes ?? {}).map(([name, each]) => [name, readerOf(each, declared)]))
}

/** Follows the names that types have been given. */
function resolve(body: TypeBody, declared: Declared): TypeBody {
  const name = body.type === 'EntityOrCommon' || body.type === 'Extension' ? (body.name ?? '') : body.type
  const common = declared.named.get(name)
  return common === undefined ? body : resolve(common as TypeBody, declared)
}

/** The functions that make a value of a type out of its text. */
const MAKERS: Readonly<Record<string, string>> = {
  datetime: 'datetime',
  duration: 'duration',
  decimal: 'decimal',
  ipaddr: 'ip',
}

function readerOf(told: TypeBody, declared: Declared): ReadValue {
  const body = resolve(told, declared)
  const name = (body.type === 'Extension' ? (body.name ?? '') : body.type).replace(/^__cedar::/, '')
  const make = EXTENSION_FUNCTIONS.get(MAKERS[name] ?? '')
  if (make?.takes === 1) return (json) => (typeof json === 'string' ? make.run(json) : readValue(json))
  if (name === 'Entity') return (json) => (isPlainReference(json) ? readUid(json) : readValue(json))
  if (name === 'Set' && body.element !== undefined) return readSet(readerOf(body.element, declared))
  if (name === 'Record') return readRecord(shapeOf(body as Type<string>, declared))
  return readValue
}

function isPlainReference(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'type' in json && 'id' in json
}

function readSet(read: ReadValue): ReadValue {
  return (json) => {
    if (!Array.isArray(json)) throw new EvaluationFault('a set is expected')
    return json.map(read)
  }
}

function readRecord(shape: Shape): ReadValue {
  return (json) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new EvaluationFault('a record is expected')
    return readMembers(shape, json)
  }
}

/** Reads the declared members of an object; what is not declared is passed over. Errors: `EvaluationFault` naming the member. */
export function readMembers(shape: Shape, json: object): CedarRecord {
  const members: [string, Value][] = []
  for (const [name, member] of Object.entries(json)) {
    const read = shape.get(name)
    if (read === undefined) continue
    try {
      members.push([name, read(member)])
    } catch (error) {
      if (!(error instanceof EvaluationFault)) throw error
      throw new EvaluationFault(`${name}: ${error.message}`, `${name}: ${error.plain}`)
    }
  }
  return Object.fromEntries(members)
}
