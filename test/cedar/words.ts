/** Texts that stand beside each other, parted by a stroke. */
export const listed = (...lines: readonly string[]): readonly string[] => lines.join('|').split('|')

/** What generated policies and requests are made of: few things, so that they meet. */
export const TYPES = ['User', 'Group', 'Doc', 'App::Job'] as const
export const IDS = ['a', 'b'] as const
export const WORDS = listed('|a|b|ab|aab|*|a*b|é|😀|10.0.0.1|x')

/** Attributes, and names that every object of JavaScript has. */
export const NAMES = listed('n|s|b|u|set|users|rec|ip|dec|at|gap|none|constructor|__proto__')

export const LONGS = listed(
  '0|1|2|7|-1|-7|9007199254740991|9007199254740992|-9007199254740993',
  '9223372036854775807|-9223372036854775808|4611686018427387904|3037000500',
)

/** Texts of each extension: the first ones are sound. */
export const SOUND = {
  ip: listed('10.0.0.1|10.0.0.0/8|0.0.0.0/0|127.0.0.1|127.1.2.3/7|224.0.0.1/4|::1|::/0|ff02::1/16|2001:db8::/32'),
  decimal: listed('0.0|1.5|-1.5|1.50|12.3456|922337203685477.5807|-922337203685477.5808'),
  datetime: listed('2026-01-31|1969-12-31T23:59:59.999Z|2026-01-31T09:00:00+0130|0000-01-01|9999-12-31T23:59:59Z'),
  duration: listed('1d|-1d2h3m4s5ms|0ms|9223372036854775807ms|-9223372036854775808ms|1h'),
} as const
export const UNSOUND = {
  ip: listed('10.0.0.1/33|::ffff:10.0.0.1|1.2.3|01.2.3.4|::1/129'),
  decimal: listed('922337203685477.5808|1.23456|1|.5'),
  datetime: listed(
    '2024-02-30|2026-01-31T24:00:00Z|2026-01-31T09:00:00|2026-01-31T09:00:00.5Z|2026-01-31T09:00:00+2400',
  ),
  duration: listed('106751991168d|5m1h|-|'),
} as const
