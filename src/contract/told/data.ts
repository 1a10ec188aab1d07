import type { Json, JsonObject } from '../log-entry.ts'
import { isMembers } from '../read-entry.ts'
import { isPattern, type Scope } from '../scope.ts'

/** Reads a text out of the data of an entry; null where there is none. */
export function textIn(data: JsonObject, name: string): string | null {
  const value = data[name]
  return typeof value === 'string' ? value : null
}

/** Reads texts out of the data of an entry; empty where there are none. */
export function textsIn(data: JsonObject, name: string): readonly string[] {
  const value = data[name]
  return isList(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Reads a whole number out of the data of an entry; null where there is none. */
export function countIn(data: JsonObject, name: string): number | null {
  const value = data[name]
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

/** Reads a scope out of the data of an entry; null where there is none, or where it was shortened. */
export function scopeIn(data: JsonObject, name: string): Scope | null {
  const value = data[name]
  if (!isList(value)) return null
  const grants = value.flatMap((each) => {
    const { action, resource } = isMembers(each) ? each : {}
    const isGrant =
      typeof action === 'string' && typeof resource === 'string' && isPattern(action) && isPattern(resource)
    return isGrant ? [{ action, resource }] : []
  })
  return grants.length === value.length ? grants : null
}

/** Reads a member that has members of its own; empty where there is none. */
export function membersIn(data: JsonObject, name: string): JsonObject {
  const value = data[name]
  return value !== undefined && isMembers(value) ? value : {}
}

/** True for a list of JSON's. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
