import { EvaluationFault } from './evaluation-fault.ts'
import { addLongs, readDigits, remainderOfLong, subtractLongs, toLong } from './long.ts'
import { Datetime, Duration } from './value.ts'

const dayMs = 86_400_000

const DATETIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?$/

/** Reads `2026-01-31`, `2026-01-31T09:00:00Z` or `2026-01-31T09:00:00.000+0100`. Errors: `EvaluationFault`. */
export function parseDatetime(text: string): Datetime {
  const [, year, month, day, hour, minute, second, milli, sign, offsetHour, offsetMinute] = DATETIME.exec(text) ?? []
  const date = readDate(Number(year), Number(month), Number(day))
  const isTime = Number(hour ?? 0) < 24 && Number(minute ?? 0) < 60 && Number(second ?? 0) < 60
  const isOffset = Number(offsetHour ?? 0) < 24 && Number(offsetMinute ?? 0) < 60
  if (date === undefined || !isTime || !isOffset)
    throw new EvaluationFault(`"${text}" is no date and time`, 'it is no date and time')
  const time = Number(hour ?? 0) * 3_600_000 + Number(minute ?? 0) * 60_000 + Number(second ?? 0) * 1_000
  const offset = Number(offsetHour ?? 0) * 3_600_000 + Number(offsetMinute ?? 0) * 60_000
  return new Datetime(date + time + Number(milli ?? 0) - (sign === '-' ? -offset : offset))
}

/** Gives the start of a day of the calendar; nothing where there is no such day. */
function readDate(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day) // unlike `Date.UTC` it takes the first hundred years as they are
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}

const DURATION = /^(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/
const UNITS_MS = [86_400_000n, 3_600_000n, 60_000n, 1_000n, 1n] as const

/** Reads `1d2h3m4s5ms`, also with a minus before it. Errors: `EvaluationFault` for another form or beyond 64 bits. */
export function parseDuration(text: string): Duration {
  const [, sign, ...counts] = DURATION.exec(text) ?? []
  if (counts.every((count) => count === undefined))
    throw new EvaluationFault(`"${text}" is no duration`, 'it is no duration')
  const ms = UNITS_MS.reduce((sum, unit, at) => sum + unit * readDigits(counts[at] ?? ''), 0n)
  return new Duration(toLong(sign === '-' ? -ms : ms))
}

/** Errors: `EvaluationFault` beyond 64 bits, as for the next two. */
export function offsetDatetime(from: Datetime, by: Duration): Datetime {
  return new Datetime(addLongs(from.ms, by.ms))
}

export function durationSince(to: Datetime, from: Datetime): Duration {
  return new Duration(subtractLongs(to.ms, from.ms))
}

/** Gives the start of the day (UTC). */
export function toDate(from: Datetime): Datetime {
  return new Datetime(subtractLongs(from.ms, remainderOfLong(from.ms, dayMs)))
}

/** Gives how long the day has lasted (UTC). */
export function toTime(from: Datetime): Duration {
  return new Duration(remainderOfLong(from.ms, dayMs))
}
