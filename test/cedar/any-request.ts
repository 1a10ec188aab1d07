import * as fc from 'fast-check'
import type { Json } from '../../src/contract/log-entry.ts'
import type { JsonEntity, JsonRequest } from './engines.ts'
import { IDS, SOUND, TYPES, WORDS } from './words.ts'

const anyUid = fc.record({ type: fc.constantFrom(...TYPES), id: fc.constantFrom(...IDS) })
const word = fc.constantFrom(...WORDS)
const reference = anyUid.map((uid): Json => ({ __entity: uid }))
const extension = (fn: string, args: readonly string[]): fc.Arbitrary<Json> =>
  fc.constantFrom(...args).map((arg) => ({ __extn: { fn, arg } }))

/** A value of each attribute, in Cedar's JSON form. */
const MEMBERS: readonly (readonly [string, fc.Arbitrary<Json>])[] = [
  ['n', fc.constantFrom(0, 1, 7, -7, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)],
  ['s', word],
  ['b', fc.boolean()],
  ['u', reference],
  ['set', fc.array(fc.oneof(word, fc.constantFrom(0, 1, 7), fc.boolean()), { maxLength: 3 })],
  ['users', fc.array(reference, { maxLength: 3 })],
  ['rec', fc.record({ n: fc.constantFrom(1, 7), s: word }, { requiredKeys: [] })],
  ['ip', extension('ip', SOUND.ip)],
  ['dec', extension('decimal', SOUND.decimal)],
  ['at', extension('datetime', SOUND.datetime)],
  ['gap', extension('duration', SOUND.duration)],
  ['none', fc.constantFrom<Json>(0, '')],
  ['constructor', fc.constant(1)],
  ['__proto__', fc.constant(1)],
]

/** Some of the members, so that a name is at times missing. */
const members = fc
  .tuple(...MEMBERS.map(([name, value]) => fc.tuple(fc.constant(name), fc.option(value, { freq: 4 }))))
  .map((all) => Object.fromEntries(all.filter((pair): pair is [string, Json] => pair[1] !== null)))

const LADDER = IDS.flatMap((id) => TYPES.map((type) => ({ type, id })))

const facts = fc.record({
  attrs: members,
  tags: fc.dictionary(fc.constantFrom('', 'a', 'b'), word),
  isTold: fc.integer({ min: 0, max: 3 }).map((roll) => roll > 0),
  steps: fc.subarray([1, 2, 3], { maxLength: 2 }),
})

/** Entities that lie in some further along, so that there is no circle; some of them are not told of. */
export const anyEntities: fc.Arbitrary<readonly JsonEntity[]> = fc
  .array(facts, { minLength: LADDER.length, maxLength: LADDER.length })
  .map((all) =>
    LADDER.flatMap((uid, at) => {
      const { attrs, tags, isTold, steps } = all[at] ?? { attrs: {}, tags: {}, isTold: false, steps: [] }
      return isTold ? [{ uid, attrs, tags, parents: steps.flatMap((step) => LADDER[at + step] ?? []) }] : []
    }),
  )

export const anyRequest: fc.Arbitrary<JsonRequest> = fc.record({
  principal: anyUid,
  action: fc.constantFrom('read', 'write').map((id) => ({ type: 'Action', id })),
  resource: anyUid,
  context: members,
})
