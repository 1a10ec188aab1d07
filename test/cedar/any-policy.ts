import * as fc from 'fast-check'
import { IDS, LONGS, NAMES, SOUND, TYPES, UNSOUND, WORDS } from './words.ts'

type Text = fc.Arbitrary<string>

/** The types that an expression can have, `owner` for what has attributes, and `any`. */
type Grammar = Record<Sort, string>
type Sort = (typeof SORTS)[number]
const SORTS = [
  ...([
    'bool',
    'long',
    'string',
    'uid',
    'set',
    'record',
    'owner',
    'ip',
    'decimal',
    'datetime',
    'duration',
    'any',
  ] as const),
]

const quoted = (texts: readonly string[]): Text => fc.constantFrom(...texts).map((text) => JSON.stringify(text))
const call = (name: string, texts: readonly string[]): Text => quoted(texts).map((text) => `${name}(${text})`)
const uid: Text = fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom(...IDS)).map(([type, id]) => `${type}::"${id}"`)
const action: Text = fc.constantFrom('Action::"read"', 'Action::"write"', 'Action::"all"')

/** Texts that stand for themselves. */
const LEAVES: Readonly<Record<Sort, readonly Text[]>> = {
  bool: [fc.constantFrom('true', 'false')],
  long: [fc.constantFrom(...LONGS).map((text) => `(${text})`)],
  string: [quoted(WORDS)],
  uid: [uid, uid, action, fc.constantFrom('principal', 'action', 'resource')],
  set: [fc.array(uid, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`)],
  record: [fc.constant('context'), fc.constant('{}')],
  owner: [fc.constantFrom('principal', 'resource', 'context', 'action')],
  ip: [call('ip', SOUND.ip), call('ip', [...SOUND.ip, ...UNSOUND.ip])],
  decimal: [call('decimal', SOUND.decimal), call('decimal', [...SOUND.decimal, ...UNSOUND.decimal])],
  datetime: [call('datetime', SOUND.datetime), call('datetime', [...SOUND.datetime, ...UNSOUND.datetime])],
  duration: [call('duration', SOUND.duration), call('duration', [...SOUND.duration, ...UNSOUND.duration])],
  any: [quoted(WORDS), fc.constantFrom(...LONGS, 'true').map((text) => `(${text})`), uid],
}

/** Pieces of text that are no expressions, by the name that a form has for them. */
const PIECES: Readonly<Record<string, Text>> = {
  type: fc.constantFrom(...TYPES),
  name: fc.constantFrom(...NAMES),
  path: fc.constantFrom('rec.n', 'rec.gap', 'u.s', 'none.n', 'n.s'),
  pattern: fc.array(fc.constantFrom('*', 'a', 'b', '\\*', 'é'), { maxLength: 5 }).map((parts) => parts.join('')),
}

/** How expressions are made of others; `<sort>` stands for one, and `«a;b»` for a or b. */
const FORMS: Readonly<Record<Sort, readonly string[]>> = {
  bool: [
    '<owner>["b"]',
    '(<any> «==;!=» <any>)',
    '(<long> «<;<=;>;>=;==;!=» <long>)',
    '(<datetime> «<;<=;>;>=» <datetime>)',
    '(<duration> «<;<=;>;>=» <duration>)',
    '(<bool> «&&;||» <bool>)',
    '(!<bool>)',
    '(<uid> in <uid>)',
    '(<uid> in <set>)',
    '(<uid> is <type>)',
    '(<uid> is <type> in <uid>)',
    '(<uid> is <type> in <set>)',
    '(<owner> has "<name>")',
    '(<owner> has <path>)',
    '(<string> like "<pattern>")',
    '<set>.contains(<any>)',
    '<set>.«containsAll;containsAny»(<set>)',
    '<set>.isEmpty()',
    '<uid>.hasTag(<string>)',
    '<decimal>.«lessThan;lessThanOrEqual;greaterThan;greaterThanOrEqual»(<decimal>)',
    '<ip>.«isIpv4;isIpv6;isLoopback;isMulticast»()',
    '<ip>.isInRange(<ip>)',
    '(if <bool> then <bool> else <bool>)',
  ],
  long: [
    '<owner>["n"]',
    '<owner>["n"]',
    '(<long> «+;-;*» <long>)',
    '(-(<long> + 0))',
    '<duration>.«toMilliseconds;toSeconds;toMinutes;toHours;toDays»()',
    '(if <bool> then <long> else <long>)',
  ],
  string: ['<owner>["s"]', '<uid>.getTag(<string>)', '(if <bool> then <string> else <string>)'],
  uid: ['<owner>["u"]', '(if <bool> then <uid> else <uid>)'],
  set: ['<owner>["set"]', '<owner>["users"]', '[<any>, <any>]', '[<any>]', '[]'],
  record: ['<owner>["rec"]', '{"n": <any>, "__proto__": <any>}', '{"rec": <record>, "s": <string>}'],
  owner: ['<uid>', '<record>'],
  ip: ['<owner>["ip"]', 'ip(<string>)'],
  decimal: ['<owner>["dec"]', 'decimal(<string>)'],
  datetime: ['<owner>["at"]', '<datetime>.offset(<duration>)', '<datetime>.toDate()'],
  duration: ['<owner>["gap"]', '<datetime>.durationSince(<datetime>)', '<datetime>.toTime()'],
  any: [
    '<bool>',
    '<long>',
    '<string>',
    '<set>',
    '<record>',
    '<ip>',
    '<decimal>',
    '<datetime>',
    '<duration>',
    '<owner>["<name>"]',
  ],
}

/** Parts a form into what stands for itself, what is made anew, and what is one of several. */
const PARTS = /<[a-z]+>|«[^»]*»|[^<«]+|[\s\S]/g

function read(form: string, tie: (sort: Sort) => Text): Text {
  const parts = (form.match(PARTS) ?? []).map((part): Text => {
    const inner = part.slice(1, -1)
    if (part.startsWith('«')) return fc.constantFrom(...inner.split(';'))
    if (/^<[a-z]+>$/.test(part)) return PIECES[inner] ?? tie(inner as Sort) // every other name in a form is a sort
    return fc.constant(part)
  })
  return fc.tuple(...parts).map((texts) => texts.join(''))
}

/** Expressions of each sort: mostly of it, at times of any, since an engine must survive what is wrong as well. */
const grammar = fc.letrec<Grammar>((tie) => {
  const sorts = SORTS.map((sort): [Sort, Text] => {
    const leaves = LEAVES[sort].map((arbitrary) => ({ weight: 4, arbitrary }))
    const forms = FORMS[sort].map((form) => ({ weight: 2, arbitrary: read(form, tie as (sort: Sort) => Text) }))
    const stray = sort === 'any' ? [] : [{ weight: 1, arbitrary: tie('any') as Text }]
    return [sort, fc.oneof({ maxDepth: 5 }, ...leaves, ...forms, ...stray)]
  })
  return Object.fromEntries(sorts) as Record<Sort, Text>
})

const place = (variable: string): Text =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(variable) },
    ...[`${variable} == <uid>`, `${variable} in <uid>`, `${variable} is <type>`, `${variable} is <type> in <uid>`].map(
      (form) => read(form, () => uid),
    ),
  )

const actionPlace: Text = fc.oneof(
  { weight: 4, arbitrary: fc.constant('action') },
  action.map((one) => `action == ${one}`),
  action.map((one) => `action in ${one}`),
  fc.array(action, { maxLength: 3 }).map((some) => `action in [${some.join(', ')}]`),
)

const condition = fc.tuple(fc.constantFrom('when', 'unless'), grammar.bool).map(([kind, body]) => `${kind} { ${body} }`)

/** The text of one policy: it parses, and has every type of expression, some of them wrong. */
export const anyPolicy: Text = fc
  .tuple(
    fc.constantFrom('permit', 'forbid'),
    fc.tuple(place('principal'), actionPlace, place('resource')),
    fc.array(condition, { maxLength: 2 }),
  )
  .map(([effect, scope, conditions]) => `${effect} (${scope.join(', ')}) ${conditions.join(' ')};`)
