import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Long } from './long.ts'
import { type CedarRecord, Datetime, Decimal, Duration, EntityUid, IpAddress, isSet, type Value } from './value.ts'

/** Writes a value in Cedar's JSON form. Throws `RangeError` for a Long that no JavaScript number holds: JSON has no other. */
function writeValue(value: Value): CedarValueJson {
  if (typeof value === 'bigint') throw new RangeError(`${value} has no place in JSON`)
  if (typeof value !== 'object') return value
  if (isSet(value)) return value.map(writeValue)
  if (value instanceof EntityUid) return { __entity: { type: value.type, id: value.id } }
  if (value instanceof Decimal) return call('decimal', writeDecimal(value.units))
  if (value instanceof IpAddress) return call('ip', writeAddress(value))
  if (value instanceof Duration) return call('duration', `${value.ms}ms`)
  if (value instanceof Datetime) return writeDatetime(value)
  return writeRecord(value)
}

export function writeRecord(record: CedarRecord): Record<string, CedarValueJson> {
  return Object.fromEntries(Object.entries(record).map(([name, member]) => [name, writeValue(member)]))
}

function call(fn: string, arg: CedarValueJson): CedarValueJson {
  return { __extn: { fn, arg } }
}

/** A moment may lie beyond what its own text can say, so it is written as a time from 1970. */
function writeDatetime({ ms }: Datetime): CedarValueJson {
  return { __extn: { fn: 'offset', args: [call('datetime', '1970-01-01'), call('duration', `${ms}ms`)] } }
}

export function writeDecimal(units: Long): string {
  const whole = BigInt(units)
  const digits = (whole < 0n ? -whole : whole).toString().padStart(5, '0')
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`
}

export function writeAddress({ bits, address, prefix }: IpAddress): string {
  const [size, separator, radix] = bits === 32 ? ([8n, '.', 10] as const) : ([16n, ':', 16] as const)
  const groups = Array.from({ length: bits / Number(size) }, (_, at) => {
    const shift = BigInt(bits) - size * BigInt(at + 1)
    return ((address >> shift) & ((1n << size) - 1n)).toString(radix)
  })
  return `${groups.join(separator)}/${prefix}`
}
