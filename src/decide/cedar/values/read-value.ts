import { EvaluationFault } from './evaluation-fault.ts'
import { EXTENSION_FUNCTIONS } from './extension-functions.ts'
import { EntityUid, type Value } from './value.ts'

/** Levels to which a value may be nested; Cedar's own reader stops at about as many. */
const depthMax = 64

/**
 * Reads a value of Cedar's JSON form: entities as `{__entity}`, values of extensions as `{__extn}`.
 * Errors: `EvaluationFault` for null, a number that is not whole or not exact, and a form that Cedar does not have.
 */
export function readValue(json: unknown, depth = 0): Value {
  if (depth > depthMax) throw new EvaluationFault(`a value is nested deeper than ${depthMax} levels`)
  if (typeof json === 'boolean') return json
  if (typeof json === 'string') return json.toWellFormed()
  if (typeof json === 'number') return readNumber(json)
  if (Array.isArray(json)) return json.map((item) => readValue(item, depth + 1))
  if (typeof json === 'object' && json !== null) return readObject(json, depth)
  throw new EvaluationFault(`${json === null ? 'null' : typeof json} is no value`)
}

function readNumber(json: number): number {
  if (!Number.isSafeInteger(json))
    throw new EvaluationFault(
      `${json} is no whole number of at most 53 bits`,
      'it is no whole number of at most 53 bits',
    )
  return json + 0 // -0 is 0
}

function readObject(json: object, depth: number): Value {
  const members = Object.entries(json) as [string, unknown][]
  const [first] = members
  if (members.length === 1 && first?.[0] === '__entity') return readUid(first[1])
  if (members.length === 1 && first?.[0] === '__extn') return readExtension(first[1], depth)
  return Object.fromEntries(members.map(([name, member]) => [name, readValue(member, depth + 1)]))
}

/** Reads `{type, id}`. Errors: `EvaluationFault`. */
export function readUid(json: unknown): EntityUid {
  const { type, id } = (json ?? {}) as { readonly type?: unknown; readonly id?: unknown }
  if (typeof type !== 'string' || typeof id !== 'string') throw new EvaluationFault('a reference needs type and id')
  return new EntityUid(type, id.toWellFormed())
}

/** As `readUid`, of a reference that stands by itself or inside of `__entity`. */
export function readReference(json: unknown): EntityUid {
  return readUid(typeof json === 'object' && json !== null && '__entity' in json ? json.__entity : json)
}

function readExtension(json: unknown, depth: number): Value {
  const {
    fn,
    arg,
    args = [arg],
  } = (json ?? {}) as { readonly fn?: unknown; readonly arg?: unknown; readonly args?: unknown }
  const known = typeof fn === 'string' ? EXTENSION_FUNCTIONS.get(fn) : undefined
  const values = Array.isArray(args) ? args.map((each: unknown) => readValue(each, depth + 1)) : []
  const [first, second] = values
  if (known?.takes === 1 && first !== undefined && values.length === 1) return known.run(first)
  if (known?.takes === 2 && first !== undefined && second !== undefined && values.length === 2)
    return known.run(first, second)
  throw new EvaluationFault(`${String(fn)} makes no value`, 'its function makes no value')
}
