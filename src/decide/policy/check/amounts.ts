import { isMembers } from '../../../contract/read-entry.ts'
import { parseDatetime, parseDuration } from '../../cedar/values/datetime.ts'
import { parseDecimal } from '../../cedar/values/decimal.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import type { Long } from '../../cedar/values/long.ts'

/** A time, a length of time or a decimal that stands in a policy, counted in its smallest steps. */
export interface Amount {
  readonly type: keyof typeof TYPES
  readonly count: number
}

const TYPES = {
  datetime: { read: (text: string): Long => parseDatetime(text).ms, say: (ms: number) => new Date(ms).toISOString() },
  duration: { read: (text: string): Long => parseDuration(text).ms, say: (ms: number) => `${ms}ms` },
  decimal: {
    read: (text: string): Long => parseDecimal(text).units,
    say: (units: number) => (units / 10_000).toFixed(4),
  },
} as const

const NAMES = Object.keys(TYPES) as readonly Amount['type'][]

/** Reads an amount that is written out; undefined for anything else, and for one that is too large to be told exactly. */
export function readAmount(told: unknown): Amount | undefined {
  const type = isMembers(told) ? NAMES.find((name) => Object.hasOwn(told, name)) : undefined
  const list = type === undefined || !isMembers(told) ? undefined : told[type]
  const written = Array.isArray(list) ? (list as readonly unknown[])[0] : undefined
  const text = isMembers(written) ? written['Value'] : undefined
  if (type === undefined || typeof text !== 'string') return undefined
  try {
    const count = TYPES[type].read(text)
    return typeof count === 'number' ? { type, count } : undefined
  } catch (error) {
    if (error instanceof EvaluationFault) return undefined // which the schema finds
    throw error
  }
}

/** True for what `readAmount` gives. */
export function isAmount(value: unknown): value is Amount {
  return isMembers(value) && 'count' in value && NAMES.some((name) => name === value['type'])
}

/** Says an amount as it could stand in a policy. */
export function sayAmount({ type, count }: Amount): string {
  return `${type}(${JSON.stringify(TYPES[type].say(count))})`
}
