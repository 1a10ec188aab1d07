import { durationSince, offsetDatetime, parseDatetime, parseDuration, toDate, toTime } from './datetime.ts'
import { parseDecimal } from './decimal.ts'
import { demandClass, demandString } from './demand.ts'
import { isInRange, isLoopback, isMulticast, parseIpAddress } from './ip-address.ts'
import { divideLong } from './long.ts'
import { Datetime, Decimal, Duration, IpAddress, type Value } from './value.ts'

type Run<N extends number> = N extends 1 ? (only: Value) => Value : (first: Value, second: Value) => Value

/** A function that Cedar has beyond its operators: how many arguments it takes, and what it gives. */
export type ExtensionFunction =
  | { readonly takes: 1; readonly run: Run<1> }
  | { readonly takes: 2; readonly run: Run<2> }

const fromText = (parse: (text: string) => Value): ExtensionFunction => ({
  takes: 1,
  run: (text) => parse(demandString(text)),
})

const compareDecimals = (holds: (a: Decimal['units'], b: Decimal['units']) => boolean): ExtensionFunction => ({
  takes: 2,
  run: (a, b) => {
    const left = demandClass(Decimal, a)
    return holds(left.units, demandClass(Decimal, b).units)
  },
})

const ofAddress = (ask: (range: IpAddress) => boolean): ExtensionFunction => ({
  takes: 1,
  run: (range) => ask(demandClass(IpAddress, range)),
})

const countIn = (unitMs: number): ExtensionFunction => ({
  takes: 1,
  run: (length) => divideLong(demandClass(Duration, length).ms, unitMs),
})

/** All functions of Cedar 4.5, by name: its extensions decimal, ipaddr and datetime. */
export const EXTENSION_FUNCTIONS: ReadonlyMap<string, ExtensionFunction> = new Map<string, ExtensionFunction>([
  ['decimal', fromText(parseDecimal)],
  ['lessThan', compareDecimals((a, b) => a < b)],
  ['lessThanOrEqual', compareDecimals((a, b) => a <= b)],
  ['greaterThan', compareDecimals((a, b) => a > b)],
  ['greaterThanOrEqual', compareDecimals((a, b) => a >= b)],
  ['ip', fromText(parseIpAddress)],
  ['isIpv4', ofAddress((range) => range.bits === 32)],
  ['isIpv6', ofAddress((range) => range.bits === 128)],
  ['isLoopback', ofAddress(isLoopback)],
  ['isMulticast', ofAddress(isMulticast)],
  ['isInRange', { takes: 2, run: (a, b) => isInRange(demandClass(IpAddress, a), demandClass(IpAddress, b)) }],
  ['datetime', fromText(parseDatetime)],
  ['duration', fromText(parseDuration)],
  ['offset', { takes: 2, run: (a, b) => offsetDatetime(demandClass(Datetime, a), demandClass(Duration, b)) }],
  ['durationSince', { takes: 2, run: (a, b) => durationSince(demandClass(Datetime, a), demandClass(Datetime, b)) }],
  ['toDate', { takes: 1, run: (from) => toDate(demandClass(Datetime, from)) }],
  ['toTime', { takes: 1, run: (from) => toTime(demandClass(Datetime, from)) }],
  ['toMilliseconds', countIn(1)],
  ['toSeconds', countIn(1_000)],
  ['toMinutes', countIn(60_000)],
  ['toHours', countIn(3_600_000)],
  ['toDays', countIn(86_400_000)],
])
