import { describe, expect, it } from 'vitest'
import { parseDatetime, parseDuration } from '../../src/decide/cedar/values/datetime.ts'
import { parseDecimal } from '../../src/decide/cedar/values/decimal.ts'
import { EvaluationFault } from '../../src/decide/cedar/values/evaluation-fault.ts'
import { parseIpAddress } from '../../src/decide/cedar/values/ip-address.ts'
import type { JsonRequest } from './engines.ts'
import { holdRules, overflow, type Rule, wants } from './rules.ts'
import { listed } from './words.ts'

const uid = { type: 'User', id: 'ada' }
const request: JsonRequest = { principal: uid, action: { type: 'Action', id: 'read' }, resource: uid, context: {} }

/** Each text makes a value that is equal to itself, or is refused with one sentence that does not repeat it. */
const taken = (name: string, texts: readonly string[]): readonly Rule[] =>
  texts.map((text) => [`${name}(${JSON.stringify(text)}) == ${name}(${JSON.stringify(text)})`, true])
const refused = (name: string, texts: readonly string[], why: string): readonly Rule[] =>
  texts.map((text) => [`${name}(${JSON.stringify(text)}) == 1`, why])
const same = (name: string, pairs: readonly (readonly [string, string])[], not = false): readonly Rule[] =>
  pairs.map(([a, b]) => [`${name}("${a}") == ${name}("${b}")`, !not])

holdRules(
  {
    'a decimal has digits, a point, and one to four digits; a minus may stand before it': [
      ...taken('decimal', listed('0.0|00.10|1.2345|-1.2345|922337203685477.5807|-922337203685477.5808')),
      ...refused(
        'decimal',
        listed('|1|1.|.5|+1.0|--1.0|1.0e1|1.23456|1,0|1.0 | 1.0|a1.0|1.0a|1.-5|１.0'),
        'it is no decimal',
      ),
      ...refused('decimal', listed('922337203685477.5808|-922337203685477.5809|9223372036854775808.0'), overflow),
      ...same('decimal', [
        ['1.5', '1.5000'],
        ['01.5', '1.5'],
        ['-0.0', '0.0'],
      ]),
      ...same('decimal', [['1.5', '1.05'], ['1.5', '-1.5'], ['1.5', '15.0'], ['0.0001', '0.001']], true), // biome-ignore format: pairs
    ],
    'decimals are compared by name, and among themselves': [
      ['decimal("1.5").lessThan(decimal("1.5"))', false],
      ['decimal("1.4999").lessThan(decimal("1.5"))', true],
      ['decimal("1.5").lessThan(decimal("1.4999"))', false],
      ['decimal("1.5").lessThanOrEqual(decimal("1.5"))', true],
      ['decimal("1.5").lessThanOrEqual(decimal("1.4999"))', false],
      ['decimal("-1.5").lessThanOrEqual(decimal("1.5"))', true],
      ['decimal("1.5").greaterThan(decimal("1.5"))', false],
      ['decimal("1.5").greaterThan(decimal("1.4999"))', true],
      ['decimal("1.4999").greaterThan(decimal("1.5"))', false],
      ['decimal("1.5").greaterThanOrEqual(decimal("1.5"))', true],
      ['decimal("1.4999").greaterThanOrEqual(decimal("1.5"))', false],
      ['decimal("922337203685477.5807").greaterThan(decimal("922337203685477.5806"))', true],
      ['decimal("1.0").lessThan(1)', wants('decimal', 'long')],
      ['decimal("1.0").greaterThan("1.0")', wants('decimal', 'string')],
      ['"1.0".lessThanOrEqual(decimal("1.0"))', wants('decimal', 'string')],
      ['1.greaterThanOrEqual(decimal("1.0"))', wants('decimal', 'long')],
      ['decimal(1) == decimal("1.0")', wants('string', 'long')],
    ],
    'an address of version 4 is four numbers, one of version 6 at most eight groups': [
      ...taken('ip', listed('0.0.0.0|255.255.255.255|1.2.3.4/0|1.2.3.4/9|1.2.3.4/10|1.2.3.4/32|::|::1|1::|1::8')),
      ...taken(
        'ip',
        listed('1:2:3:4:5:6:7:8|1:2:3:4:5:6:7::|::2:3:4:5:6:7:8|1:2::7:8|ABCD::|::1/0|::1/9|::1/99|::1/128'),
      ),
      ...taken('ip', ['ABCD:EF01:2345:6789:ABCD:EF01:2345:678/128']),
      ...refused(
        'ip',
        listed('256.0.0.0|1.2.3|1.2.3.4.5|01.2.3.4| 1.2.3.4|1.2.3.4 |1.2.3.4%1||/|/8|a.b.c.d'),
        'it is no IP address',
      ),
      ...refused(
        'ip',
        listed('::ffff:1.2.3.4|::1.2.3.4|12345::|g::|:::|1::2::3|1:2:3:4:5:6:7|fe80::1%eth0|[::1]'),
        'it is no IP address',
      ),
      ...refused(
        'ip',
        listed('1.2.3.4/33|1.2.3.4/032|1.2.3.4/00|1.2.3.4/|1.2.3.4/+1|1.2.3.4/1 |1.2.3.4/8/8|1.2.3.4/100'),
        'it is no range of addresses',
      ),
      ...refused('ip', listed('::1/129|::1/0128|::1/1000|::1/|::1/-1|::1/a|::1/1.0'), 'it is no range of addresses'),
      ...same('ip', [
        ['::', '0:0:0:0:0:0:0:0'],
        ['1::', '1:0:0:0:0:0:0:0'],
        ['::1', '0:0:0:0:0:0:0:1'],
        ['1::8', '1:0:0:0:0:0:0:8'],
        ['1:2::7:8', '1:2:0:0:0:0:7:8'],
        ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
        ['::abcd', '::ABCD'],
        ['1.2.3.4', '1.2.3.4/32'],
        ['::1', '::1/128'],
      ]),
      ...same(
        'ip',
        [
          ['1.2.3.4', '1.2.4.3'],
          ['1.2.3.4', '2.2.3.4'],
          ['1.0.0.0/8', '1.0.0.0/9'],
          ['1.0.0.1/8', '1.0.0.2/8'],
          ['::1', '::10'],
          ['1::', '::1'],
        ],
        true,
      ),
    ],
    'a range lies in another where all of its addresses do, and two versions share none': [
      ['ip("10.0.0.0/8").isInRange(ip("10.0.0.0/8"))', true],
      ['ip("10.1.2.3").isInRange(ip("10.0.0.0/8"))', true],
      ['ip("11.1.2.3").isInRange(ip("10.0.0.0/8"))', false],
      ['ip("10.0.0.0/9").isInRange(ip("10.0.0.0/8"))', true],
      ['ip("10.0.0.0/8").isInRange(ip("10.0.0.0/9"))', false],
      ['ip("10.128.0.0/9").isInRange(ip("10.0.0.0/9"))', false],
      ['ip("255.255.255.255").isInRange(ip("0.0.0.0/0"))', true],
      ['ip("0.0.0.0/0").isInRange(ip("0.0.0.0/1"))', false],
      ['ip("10.0.0.7").isInRange(ip("10.0.0.9/29"))', false],
      ['ip("10.0.0.9").isInRange(ip("10.0.0.15/29"))', true],
      ['ip("10.0.0.1").isInRange(ip("10.0.0.1"))', true],
      ['ip("10.0.0.1").isInRange(ip("10.0.0.2"))', false],
      ['ip("2001:db8::1").isInRange(ip("2001:db8::/32"))', true],
      ['ip("2001:db9::1").isInRange(ip("2001:db8::/32"))', false],
      ['ip("::1").isInRange(ip("0.0.0.0/0"))', false],
      ['ip("0.0.0.1").isInRange(ip("::/0"))', false],
      ['ip("10.0.0.1").isInRange("10.0.0.0/8")', wants('ipaddr', 'string')],
      ['1.isInRange(ip("10.0.0.0/8"))', wants('ipaddr', 'long')],
    ],
    'what an address is for': [
      ['ip("1.2.3.4").isIpv4()', true],
      ['ip("1.2.3.4").isIpv6()', false],
      ['ip("::1").isIpv4()', false],
      ['ip("::1").isIpv6()', true],
      ['ip("127.0.0.1").isLoopback()', true],
      ['ip("127.255.255.255").isLoopback()', true],
      ['ip("126.255.255.255").isLoopback()', false],
      ['ip("128.0.0.0").isLoopback()', false],
      ['ip("127.0.0.0/8").isLoopback()', true],
      ['ip("127.0.0.0/7").isLoopback()', false],
      ['ip("::1").isLoopback()', true],
      ['ip("::2").isLoopback()', false],
      ['ip("::1/127").isLoopback()', false],
      ['ip("223.255.255.255").isMulticast()', false],
      ['ip("224.0.0.0").isMulticast()', true],
      ['ip("239.255.255.255").isMulticast()', true],
      ['ip("240.0.0.0").isMulticast()', false],
      ['ip("224.0.0.0/4").isMulticast()', true],
      ['ip("224.0.0.0/3").isMulticast()', false],
      ['ip("ff00::").isMulticast()', true],
      ['ip("feff::").isMulticast()', false],
      ['ip("ff00::/8").isMulticast()', true],
      ['ip("ff00::/7").isMulticast()', false],
      ['"::1".isIpv4()', wants('ipaddr', 'string')],
      ['"::1".isIpv6()', wants('ipaddr', 'string')],
      ['1.isLoopback()', wants('ipaddr', 'long')],
      ['decimal("1.0").isMulticast()', wants('ipaddr', 'decimal')],
      ['ip(1).isIpv4()', wants('string', 'long')],
    ],
    'a moment is a day of the calendar, or a day with a time and its zone': [
      ...taken('datetime', listed('2026-01-31|2024-02-29|2000-02-29|0000-01-01|0099-12-31|9999-12-31')),
      ...taken('datetime', listed('2026-01-31T00:00:00Z|2026-01-31T23:59:59Z|2026-01-31T23:59:59.999Z')),
      ...taken('datetime', listed('2026-01-31T12:00:00+2359|2026-01-31T12:00:00-2359|2026-01-31T12:00:00.123-0130')),
      ...refused(
        'datetime',
        listed('|2026-02-29|1900-02-29|2026-02-30|2026-04-31|2026-13-01|2026-00-10|2026-01-00|2026-01-32'),
        'it is no date and time',
      ),
      ...refused(
        'datetime',
        listed('2026-1-1|26-01-01|10000-01-01|2026-01-31T|2026-01-31Z|2026-01-31T12Z|2026-01-31T12:00Z'),
        'it is no date and time',
      ),
      ...refused(
        'datetime',
        listed('2026-01-31T24:00:00Z|2026-01-31T23:60:00Z|2026-01-31T23:59:60Z|2026-01-31T12:00:00'),
        'it is no date and time',
      ),
      ...refused(
        'datetime',
        listed('2026-01-31T12:00:00.1Z|2026-01-31T12:00:00.1234Z|2026-01-31T12:00:00.Z|2026-01-31T12:00:00,123Z'),
        'it is no date and time',
      ),
      ...refused(
        'datetime',
        listed('2026-01-31T12:00:00+2400|2026-01-31T12:00:00-0060|2026-01-31T12:00:00+01:00|2026-01-31T12:00:00+01'),
        'it is no date and time',
      ),
      ...refused(
        'datetime',
        listed('x2026-01-31|2026-01-31x|2026-01-31t12:00:00z|2026-01-31 12:00:00Z|2026-01-31T12:00:00Z '),
        'it is no date and time',
      ),
      ...same('datetime', [
        ['2026-01-31', '2026-01-31T00:00:00.000Z'],
        ['2026-01-31T12:00:00+0130', '2026-01-31T10:30:00Z'],
        ['2026-01-31T12:00:00-0130', '2026-01-31T13:30:00Z'],
        ['2026-01-31T23:30:00-0100', '2026-02-01T00:30:00Z'],
        ['2026-01-01T00:30:00+0100', '2025-12-31T23:30:00Z'],
        ['2026-01-31T12:00:00-0000', '2026-01-31T12:00:00Z'],
      ]),
    ],
    'a duration counts days, hours, minutes, seconds and milliseconds, in this order': [
      ...taken(
        'duration',
        listed('1d|1h|1m|1s|1ms|-1d2h3m4s5ms|1d5ms|0d|000001h|9223372036854775807ms|-9223372036854775808ms'),
      ),
      ...refused(
        'duration',
        listed('|-|1|d|1D|+1d|1.5h|1h1d|1d1d|1ms1s|1d-2h| 1d|1d |1d 2h|--1d|x1d|1dx|１d'),
        'it is no duration',
      ),
      ...refused(
        'duration',
        listed('9223372036854775808ms|-9223372036854775809ms|106751991168d|9223372036854775s808ms'),
        overflow,
      ),
      ...same('duration', [
        ['1d', '24h'],
        ['1h', '60m'],
        ['1m', '60s'],
        ['1s', '1000ms'],
        ['1d2h3m4s5ms', '93784005ms'],
        ['-1d2h', '-26h'],
        ['-0ms', '0ms'],
      ]),
      ...same('duration', [['1d', '-1d'], ['1h', '1m'], ['1m', '1ms']], true), // biome-ignore format: pairs
    ],
    'time is reckoned in milliseconds of 64 bits': [
      ['datetime("2026-01-31").offset(duration("1d")) == datetime("2026-02-01")', true],
      ['datetime("2026-01-31").offset(duration("-1ms")) == datetime("2026-01-30T23:59:59.999Z")', true],
      ['datetime("1970-01-01").offset(duration("9223372036854775807ms")) > datetime("9999-12-31")', true],
      [
        'datetime("1970-01-01T00:00:00.001Z").offset(duration("9223372036854775807ms")) > datetime("9999-12-31")',
        overflow,
      ],
      ['datetime("2026-01-31").durationSince(datetime("2026-01-30")) == duration("1d")', true],
      ['datetime("2026-01-30").durationSince(datetime("2026-01-31")) == duration("-1d")', true],
      [
        'datetime("1970-01-01").offset(duration("9223372036854775807ms")).durationSince(datetime("1969-12-31")) == 1',
        overflow,
      ],
      ['datetime("2026-01-31T12:34:56Z").toDate() == datetime("2026-01-31")', true],
      ['datetime("2026-01-31T12:34:56Z").toTime() == duration("12h34m56s")', true],
      ['datetime("2026-01-31").toTime() == duration("0ms")', true],
      ['datetime("1969-12-31T23:59:59.999Z").toDate() == datetime("1969-12-31")', true],
      ['datetime("1969-12-31T23:59:59.999Z").toTime() == duration("23h59m59s999ms")', true],
      ['datetime("1969-12-31").toDate() == datetime("1969-12-31")', true],
      ['datetime("1969-12-31").toTime() == duration("0ms")', true],
      ['datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toTime() == duration("60894192ms")', false],
      ['datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toTime() >= duration("0ms")', true],
      ['datetime("1970-01-01").offset(duration("9223372036854775807ms")).toTime() < duration("1d")', true],
      ['datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toDate() < datetime("1970-01-01")', overflow],
      ['datetime("1970-01-01").offset(1) == 1', wants('duration', 'long')],
      ['duration("1d").offset(duration("1d")) == 1', wants('datetime', 'duration')],
      ['datetime("1970-01-01").durationSince(duration("1d")) == 1', wants('datetime', 'duration')],
      ['1.durationSince(datetime("1970-01-01")) == 1', wants('datetime', 'long')],
      ['duration("1d").toDate() == 1', wants('datetime', 'duration')],
      ['duration("1d").toTime() == 1', wants('datetime', 'duration')],
      ['datetime(1) == 1', wants('string', 'long')],
      ['duration(1) == 1', wants('string', 'long')],
    ],
    'a duration is counted in whole units, cut off towards zero': [
      ['duration("1d2h3m4s5ms").toMilliseconds() == 93784005', true],
      ['duration("1s999ms").toSeconds() == 1', true],
      ['duration("-1s999ms").toSeconds() == -1', true],
      ['duration("-999ms").toSeconds() == 0', true],
      ['[0].contains(duration("-1ms").toDays())', true],
      ['duration("119s").toMinutes() == 1', true],
      ['duration("120s").toMinutes() == 2', true],
      ['duration("119m").toHours() == 1', true],
      ['duration("-2h").toHours() == -2', true],
      ['duration("47h").toDays() == 1', true],
      ['duration("48h").toDays() == 2', true],
      ['duration("9223372036854775807ms").toMilliseconds() == 9223372036854775807', true],
      ['duration("9223372036854775807ms").toSeconds() == 9223372036854775', true],
      ['duration("-9223372036854775808ms").toDays() == -106751991167', true],
      ['1.toDays() == 1', wants('duration', 'long')],
      ['datetime("1970-01-01").toHours() == 1', wants('duration', 'datetime')],
    ],
  },
  request,
  [],
)

describe('what cannot be read', () => {
  const PARSERS = [
    ['a decimal', parseDecimal, '1.23456', '"1.23456" is no decimal'],
    ['an address', parseIpAddress, '1.2.3', '"1.2.3" is no IP address'],
    ['a range', parseIpAddress, '1.2.3.4/33', '"1.2.3.4/33" is no range of addresses'],
    ['a moment', parseDatetime, '2026-02-30', '"2026-02-30" is no date and time'],
    ['a duration', parseDuration, '1h1d', '"1h1d" is no duration'],
  ] as const
  it.each(PARSERS)('is named to whoever wrote it, and not to the log: %s', (_, parse, text, message) => {
    const fault = catchFault(() => parse(text))
    expect(fault.message).toBe(message)
    expect(fault.plain).not.toContain(text)
  })

  it.each([
    ['a decimal', parseDecimal, '.0'],
    ['a duration', parseDuration, 'ms'],
  ] as const)('is not worked out where it has more digits than fit, which would take seconds: %s', (_, parse, end) => {
    const own = globalThis.BigInt
    const digits = [0]
    globalThis.BigInt = new Proxy(own, {
      apply: (make, _, [value]: [bigint | number | string | boolean]) => {
        digits.push(String(value).length)
        return make(value)
      },
    })
    try {
      expect(catchFault(() => parse(`${'9'.repeat(10_000)}${end}`)).message).toBe('integer overflow')
    } finally {
      globalThis.BigInt = own
    }
    expect(Math.max(...digits)).toBeLessThan(20)
  })

  it('is nothing with zeros before it', () => {
    const zeros = '0'.repeat(1_000)
    expect(parseDecimal(`-${zeros}12.5`)).toEqual(parseDecimal('-12.5'))
    expect(parseDecimal(`${zeros}.5`)).toEqual(parseDecimal('0.5'))
    expect(parseDuration(`${zeros}9223372036854775807ms`)).toEqual(parseDuration('9223372036854775807ms'))
  })

  function catchFault(run: () => unknown): EvaluationFault {
    try {
      run()
    } catch (error) {
      if (error instanceof EvaluationFault) return error
      throw error
    }
    return expect.unreachable()
  }
})
