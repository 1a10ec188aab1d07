import { EvaluationFault } from '../cedar/values/evaluation-fault.ts'
import { parseIpAddress } from '../cedar/values/ip-address.ts'
import { type CedarRecord, Datetime, type IpAddress } from '../cedar/values/value.ts'

/** What the organisation says of where it works: an IANA time zone, and what this installation is, such as `production`. */
export interface Place {
  readonly timeZone: string
  readonly environment: string
}

/** What counts where nothing is said. */
export const DEFAULT_PLACE: Place = { timeZone: 'UTC', environment: 'production' }

/** When and where something is asked, with what policies are told of it. */
export interface Surroundings {
  readonly atMs: number
  readonly told: CedarRecord
}

/** Makes what tells policies when and where: `source` is the address of the caller, left out where there is none that can be read. */
export function createSurroundings(place: Place): (atMs: number, source: string | undefined) => Surroundings {
  const readLocal = createCalendar(place.timeZone)
  const readAddress = createAddressReader()
  return (atMs, source) => {
    const address = source === undefined ? undefined : readAddress(source)
    const told = { now: new Datetime(Math.floor(atMs)), local: readLocal(atMs), environment: place.environment }
    return { atMs, told: address === undefined ? told : { ...told, source: address } }
  }
}

/** Leaves out where the request came from: of who asks about somebody else that says nothing of who acts. */
export function withoutSource({ atMs, told }: Surroundings): Surroundings {
  const { source: _, ...rest } = told
  return { atMs, told: rest }
}

/** The weekday from 1, Monday, to 7; the minute of the day from 0 to 1439; the day as `2026-03-01`. */
export interface Local extends CedarRecord {
  readonly weekday: number
  readonly minuteOfDay: number
  readonly date: string
}

const WEEKDAYS: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const minuteMs = 60_000

/** Makes the reader of a time zone's clocks and calendar. It holds the minute that it was asked about last. */
export function createCalendar(timeZone: string): (atMs: number) => Local {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  let known: { readonly minute: number; readonly local: Local } | undefined
  return (atMs) => {
    const minute = Math.floor(atMs / minuteMs)
    if (known?.minute !== minute) known = { minute, local: readParts(format.formatToParts(minute * minuteMs)) }
    return known.local
  }
}

function readParts(parts: readonly Intl.DateTimeFormatPart[]): Local {
  const find = (type: Intl.DateTimeFormatPartTypes): string => parts.find((part) => part.type === type)?.value ?? ''
  return {
    weekday: WEEKDAYS.indexOf(find('weekday')) + 1,
    minuteOfDay: Number(find('hour')) * 60 + Number(find('minute')),
    date: `${find('year')}-${find('month')}-${find('day')}`,
  }
}

/** Makes a reader that knows the last address that it was asked for: most that are asked in a row come from one. */
function createAddressReader(): (text: string) => IpAddress | undefined {
  let known: { readonly text: string; readonly address: IpAddress | undefined } | undefined
  return (text) => {
    if (known?.text !== text) known = { text, address: parseAddress(text) }
    return known.address
  }
}

/** Sockets of both versions tell an address of version 4 inside of version 6, and one of a link with its interface. */
function parseAddress(text: string): IpAddress | undefined {
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1] ?? text.replace(/%.*$/s, '')
  if (inner.includes('/')) return undefined // a range is nobody's address
  try {
    return parseIpAddress(inner)
  } catch (error) {
    if (error instanceof EvaluationFault) return undefined
    throw error
  }
}
