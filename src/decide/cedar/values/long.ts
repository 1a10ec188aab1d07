import { EvaluationFault } from './evaluation-fault.ts'

/**
 * A Cedar Long: 64 bits, signed. A number wherever a number is exact, a bigint beyond, and never both for one value, so
 * that `===` compares two of them.
 */
export type Long = number | bigint

const longMin = -(2n ** 63n)
const longMax = 2n ** 63n - 1n

/** Gives a whole number its one form. Errors: `EvaluationFault` outside 64 bits. */
export function toLong(value: bigint): Long {
  if (value < longMin || value > longMax) throw new EvaluationFault('integer overflow')
  const near = Number(value)
  return Number.isSafeInteger(near) ? near : value
}

/** Digits of the longest Long. */
const digitsMax = 19

/** Reads digits, zeros before them included. Errors: `EvaluationFault` for more than a Long can have, which are not even read. */
export function readDigits(text: string): bigint {
  const digits = text.replace(/^0+/, '')
  if (digits.length > digitsMax) throw new EvaluationFault('integer overflow')
  return BigInt(digits)
}

export function isLong(value: unknown): value is Long {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Errors of all three: `EvaluationFault` where the result has more than 64 bits. */
export function addLongs(a: Long, b: Long): Long {
  const sum = typeof a === 'number' && typeof b === 'number' ? a + b : Number.NaN
  return Number.isSafeInteger(sum) ? sum : toLong(BigInt(a) + BigInt(b))
}

export function subtractLongs(a: Long, b: Long): Long {
  const difference = typeof a === 'number' && typeof b === 'number' ? a - b : Number.NaN
  return Number.isSafeInteger(difference) ? difference : toLong(BigInt(a) - BigInt(b))
}

export function multiplyLongs(a: Long, b: Long): Long {
  // adding 0 turns the -0 that only this can give into 0
  const product = typeof a === 'number' && typeof b === 'number' ? a * b + 0 : Number.NaN
  return Number.isSafeInteger(product) ? product : toLong(BigInt(a) * BigInt(b))
}

export function negateLong(a: Long): Long {
  return subtractLongs(0, a)
}

/** Divides towards zero, as Rust does. `by` is positive and safe. */
export function divideLong(a: Long, by: number): Long {
  return typeof a === 'number' ? Math.trunc(a / by) + 0 : toLong(a / BigInt(by))
}

/** Gives what is left over by Euclid's division: from 0 to below `by`. */
export function remainderOfLong(a: Long, by: number): number {
  const rest = typeof a === 'number' ? a % by : Number(a % BigInt(by))
  return rest < 0 ? rest + by : rest + 0
}
