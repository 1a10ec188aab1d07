import { EvaluationFault } from './evaluation-fault.ts'
import { readDigits, toLong } from './long.ts'
import { Decimal } from './value.ts'

/** At most four digits after the point. Rust's pattern takes the digits of every script; none but these then parse. */
const DECIMAL = /^(-?)([0-9]+)\.([0-9]{1,4})$/

/** Reads `-12.5`. Errors: `EvaluationFault` for another form, or outside 64 bits of ten-thousandths. */
export function parseDecimal(text: string): Decimal {
  const [, sign, whole, fraction] = DECIMAL.exec(text) ?? []
  if (whole === undefined || fraction === undefined)
    throw new EvaluationFault(`"${text}" is no decimal`, 'it is no decimal')
  const units = readDigits(whole) * 10_000n + BigInt(fraction.padEnd(4, '0'))
  return new Decimal(toLong(sign === '-' ? -units : units))
}
