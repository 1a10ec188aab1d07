import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entity } from '../../src/decide/cedar/entities.ts'
import {
  type CedarRecord,
  Datetime,
  Decimal,
  Duration,
  EntityUid,
  IpAddress,
  type Value,
} from '../../src/decide/cedar/values/value.ts'
import type { PolicyRequest } from '../../src/decide/policy/engine.ts'
import { RUNS } from '../arbitraries.ts'
import { declareApp, SOUND, uid } from './app-schema.ts'

/** Values of every type, to stand where another is declared. */
const anyValue: fc.Arbitrary<Value> = fc.constantFrom<Value[]>(
  true,
  7,
  'x',
  [],
  ['x'],
  [7],
  ['x', 7],
  {},
  { width: 1 },
  { width: 1, height: 2 },
  { width: 1, depth: 3 },
  { height: 2 },
  { width: 'wide' },
  uid('User', 'b'),
  uid('Colour', 'red'),
  uid('Colour', 'green'),
  uid('Ghost', 'x'),
  [uid('User', 'b')],
  [uid('Doc', 'd')],
  new Datetime(0),
  new Duration(-1),
  new Decimal(15_000),
  new IpAddress(32, 1n, 32),
)

/** A sound record in which at most one member is another, missing, or too many. */
const spoil = (sound: CedarRecord): fc.Arbitrary<CedarRecord> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(sound) },
    fc.tuple(fc.constantFrom(...Object.keys(sound), 'more', '__proto__'), anyValue).map(([name, value]) => {
      const spoiled = { ...sound }
      Object.defineProperty(spoiled, name, { value, enumerable: true, configurable: true, writable: true })
      return spoiled
    }),
    fc.constantFrom(...Object.keys(sound)).map((name) => {
      const { [name]: _, ...rest } = sound
      return rest
    }),
  )

const some = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, fc.constantFrom(...others))

const tags: fc.Arbitrary<CedarRecord> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom<CedarRecord[]>({}, { a: [7] }) },
  fc.dictionary(fc.constantFrom('a', 'b'), anyValue),
)
const parents = some<readonly EntityUid[]>([uid('Team', 't')], [], [uid('Doc', 'd')], [uid('User', 'gone')])

const anyEntity: fc.Arbitrary<Entity> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ uid: some(uid('User', 'ada'), uid('User', 'b')), attrs: spoil(SOUND), tags, parents }),
  },
  fc
    .record({
      uid: fc.constantFrom(
        uid('Doc', 'd'),
        uid('Team', 't'),
        uid('Colour', 'red'),
        uid('Colour', 'green'),
        uid('Ghost', 'x'),
        uid('Action', 'read'),
      ),
      attrs: some<CedarRecord>({}, { name: 'x' }),
      parents: some<readonly EntityUid[]>([], [uid('Doc', 'e')], [uid('Team', 't')]),
    })
    .map(({ uid: own, attrs, parents: above }) => ({ uid: own, attrs, parents: above })),
)

const anyRequest: fc.Arbitrary<PolicyRequest> = fc.record({
  principal: some(uid('User', 'ada'), uid('Team', 't'), uid('Doc', 'd'), uid('Ghost', 'x')),
  action: some(
    uid('Action', 'read'),
    uid('Action', 'write it'),
    uid('Action', 'all'),
    uid('Action', 'fly'),
    new EntityUid('Action', 'read'),
  ),
  resource: some(uid('Doc', 'd'), uid('Colour', 'blue'), uid('Colour', 'green'), uid('User', 'ada')),
  context: fc.oneof(spoil({ size: { width: 1 }, at: new Datetime(0) }), fc.constant({})),
  entities: fc.uniqueArray(anyEntity, { maxLength: 3, selector: (entity) => entity.uid.key }),
})

describe('a request that is held against the schema', () => {
  it('is taken or refused as by the engine of Cedar, in 10,000 requests', () => {
    const { ours, cedars } = declareApp()
    const seen = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(anyRequest, (request) => {
        const [own, theirs] = [ours.decide(request), cedars.decide(request)]
        expect([own.allowed, own.determining, own.errors.length > 0]).toEqual([
          theirs.allowed,
          theirs.determining,
          theirs.errors.length > 0,
        ])
        seen[theirs.errors.length > 0 ? 'refused' : 'taken'] += 1
      }),
      RUNS,
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS.numRuns / 10)
  }, 300_000)
})
