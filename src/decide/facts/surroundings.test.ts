import { describe, expect, it } from 'vitest'
import { parseIpAddress } from '../cedar/values/ip-address.ts'
import { createCalendar, createSurroundings, DEFAULT_PLACE, withoutSource } from './surroundings.ts'

const at = (text: string): number => Date.parse(text)

describe('the calendar of a time zone', () => {
  const cases: [string, string, string, number, number, string][] = [
    ['UTC', 'UTC', '2026-03-01T00:00:00Z', 7, 0, '2026-03-01'],
    ['the last minute of a day', 'UTC', '2026-03-01T23:59:59.999Z', 7, 1_439, '2026-03-01'],
    ['a Monday', 'UTC', '2026-03-02T09:00:00Z', 1, 540, '2026-03-02'],
    ['another day than in UTC', 'Asia/Tokyo', '2026-03-01T15:00:00Z', 1, 0, '2026-03-02'],
    ['a day earlier than in UTC', 'America/Los_Angeles', '2026-03-02T01:30:00Z', 7, 1_050, '2026-03-01'],
    ['a zone of half hours', 'Asia/Kolkata', '2026-03-01T03:31:00Z', 7, 541, '2026-03-01'],
    ['before the clocks go forward', 'Europe/Berlin', '2026-03-29T00:59:59Z', 7, 119, '2026-03-29'],
    ['after the clocks went forward', 'Europe/Berlin', '2026-03-29T01:00:00Z', 7, 180, '2026-03-29'],
    ['the first time at half past two', 'Europe/Berlin', '2026-10-25T00:30:00Z', 7, 150, '2026-10-25'],
    ['the second time at half past two', 'Europe/Berlin', '2026-10-25T01:30:00Z', 7, 150, '2026-10-25'],
    ['a Wednesday', 'UTC', '2026-03-04T00:00:00Z', 3, 0, '2026-03-04'],
    ['a Friday', 'UTC', '2026-03-06T00:00:00Z', 5, 0, '2026-03-06'],
    ['a Saturday', 'UTC', '2026-03-07T00:00:00Z', 6, 0, '2026-03-07'],
    ['a leap day', 'UTC', '2028-02-29T12:00:00Z', 2, 720, '2028-02-29'],
    ['the first moment', 'UTC', '1970-01-01T00:00:00Z', 4, 0, '1970-01-01'],
  ]
  it.each(cases)('says %s', (_, zone, moment, weekday, minuteOfDay, date) => {
    expect(createCalendar(zone)(at(moment))).toEqual({ weekday, minuteOfDay, date })
  })

  it('follows a clock that is set back, and goes on within a minute', () => {
    const read = createCalendar('UTC')
    const minutes = ['T10:00:00Z', 'T10:00:59.999Z', 'T10:01:00Z', 'T09:00:00Z', 'T10:00:30Z'].map(
      (time) => read(at(`2026-03-01${time}`)).minuteOfDay,
    )
    expect(minutes).toEqual([600, 600, 601, 540, 600])
  })

  it('fails on a time that is none, so that nothing is decided on it', () => {
    expect(() => createCalendar('UTC')(Number.NaN)).toThrow(RangeError)
  })
})

describe('the surroundings of a question', () => {
  const look = createSurroundings({ ...DEFAULT_PLACE, environment: 'staging' })

  it('are the time, the calendar and the environment', () => {
    const { atMs, told } = look(at('2026-03-01T00:00:01.500Z'), undefined)
    expect(atMs).toBe(at('2026-03-01T00:00:01.500Z'))
    expect(told).toMatchObject({ now: { ms: atMs }, environment: 'staging', local: { minuteOfDay: 0 } })
    expect(told).not.toHaveProperty('source')
  })

  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:10.1.2.3', '10.1.2.3'],
    ['::ffff:210.121.122.123', '210.121.122.123'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('name the source %s', (text, address) => {
    expect(look(0, text).told['source']).toEqual(parseIpAddress(address))
  })

  it.each([
    '',
    'unknown',
    '10.1.2',
    '10.1.2.3/8',
    '10.1.2.3:80',
    '010.1.2.3',
    '10.1.2.3, 10.0.0.1',
    'x::ffff:10.1.2.3',
    '::ffff:10.1.2.3:80',
    '%',
    '__proto__',
  ])('name no source for %j', (text) => {
    expect(look(0, text).told).not.toHaveProperty('source')
  })

  it('are of production, by the clock of UTC, where the organisation says nothing', () => {
    const { told } = createSurroundings(DEFAULT_PLACE)(at('2026-03-01T13:00:00Z'), undefined)
    expect(told).toMatchObject({ environment: 'production', local: { minuteOfDay: 780 } })
  })

  it('are the same without the source for who asks about somebody else', () => {
    const whole = look(at('2026-03-01T00:00:00Z'), '10.1.2.3')
    expect(whole.told).toHaveProperty('source')
    expect(withoutSource(whole)).toEqual(look(whole.atMs, undefined))
  })
})
