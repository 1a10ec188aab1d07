import { EvaluationFault } from './evaluation-fault.ts'
import { isLong, type Long } from './long.ts'
import { type CedarSet, EntityUid, isSet, typeOf, type Value } from './value.ts'

/** What an operator asks of its operands. Errors of all: `EvaluationFault` for a value of another type. */

export function demandBool(value: Value): boolean {
  return typeof value === 'boolean' ? value : refuseType('bool', value)
}

export function demandLong(value: Value): Long {
  return isLong(value) ? value : refuseType('long', value)
}

export function demandString(value: Value): string {
  return typeof value === 'string' ? value : refuseType('string', value)
}

export function demandSet(value: Value): CedarSet {
  return isSet(value) ? value : refuseType('set', value)
}

export function demandEntity(value: Value): EntityUid {
  return value instanceof EntityUid ? value : refuseType('(entity)', value)
}

export function demandClass<T extends Value & object>(
  kind: { readonly prototype: T; readonly type: string } & (abstract new (...args: never) => T),
  value: Value,
): T {
  return value instanceof kind ? value : refuseType(kind.type, value)
}

export function refuseType(wanted: string, value: Value): never {
  throw new EvaluationFault(`type error: expected ${wanted}, got ${typeOf(value)}`)
}
