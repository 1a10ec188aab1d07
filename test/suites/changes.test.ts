import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Change,
  insert,
  type Kept,
  meter,
  requireAbsent,
  requireVersion,
  type Tables,
  update,
} from '../../src/contract/change.ts'
import type { Store } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { binding, commit, identity, person, purpose, readLog, usage, writing, writingAll } from './writes.ts'

describe.each(BACKENDS)('changes on $name', ({ start }) => {
  let backend: Backend
  let store: Store
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    store = await open(await backend.create())
  })
  afterEach(() => store.close())

  it('a conflicting write has no entry, and those behind it have their places', async () => {
    const sealed = new Map<number, string>()
    const watch = (code: string, put = code) => ({
      entries: 1,
      seal: (index: number) => {
        sealed.set(index, code)
        return writing(code, insert('purposes', purpose(put))).seal(index)
      },
    })
    const written = await commit(store.record, watch('a'), watch('again', 'a'), watch('b'))
    expect(written).toMatchObject([{ index: 0 }, { conflict: { table: 'purposes' } }, { index: 1 }])
    expect((await readLog(store.record)).entries).toEqual(['0 a', '1 b'])
    expect([sealed.get(0), sealed.get(1)]).toEqual(['a', 'b']) // a first try may have given out more places
  })

  it('entries of one write stand one after the other, and all fall where a change of one conflicts', async () => {
    const kept = { ...purpose('p'), version: 1, entry: 0 }
    const renamed = { ...purpose('p', 'new'), version: 2, entry: 1 }
    const written = await commit(
      store.record,
      writingAll(['make', insert('purposes', kept)], ['name', update('purposes', kept, renamed)]),
      writingAll(['q', insert('purposes', purpose('q'))], ['p again', insert('purposes', purpose('p'))]),
      writingAll(['name late', update('purposes', kept, kept)], ['r', insert('purposes', purpose('r'))]),
      writing('s', insert('purposes', purpose('s'))),
    )
    const conflict = { conflict: { table: 'purposes' } }
    expect(written).toMatchObject([{ index: 0 }, conflict, conflict, { index: 2 }])
    expect((await readLog(store.record)).entries).toEqual(['0 make', '1 name', '2 s'])
    expect(await store.rows.getMany('purposes', ['p', 'q', 'r', 's'])).toEqual([
      renamed,
      { ...purpose('s'), version: 1, entry: 2 },
    ])
  })

  it('later writes of a commit see what earlier ones changed', async () => {
    const kept = { ...purpose('p'), version: 1, entry: 0 }
    const written = await commit(
      store.record,
      writing('make', insert('purposes', kept)),
      writing('change', update('purposes', kept, purpose('p', 'new'))),
      writing('guard', requireVersion('purposes', { ...kept, version: 2 })),
    )
    expect(written).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }])
    expect(await store.rows.get('purposes', 'p')).toEqual({ ...purpose('p', 'new'), version: 2, entry: 1 })
  })

  it('an update of a row that was changed meanwhile is a conflict', async () => {
    await commit(store.record, writing('make', insert('purposes', purpose('p'))))
    const read = { ...purpose('p'), version: 1, entry: 0 }
    const [first, second] = [
      update('purposes', read, purpose('p', 'first')),
      update('purposes', read, purpose('p', 'second')),
    ]
    expect(await commit(store.record, writing('1', first), writing('2', second))).toEqual([
      { index: 1 },
      { conflict: second },
    ])
    expect((await store.rows.get('purposes', 'p'))?.title).toBe('first')
  })

  it('an update of a row that is not there is a conflict', async () => {
    const change = update('purposes', { ...purpose('p'), version: 1, entry: 0 }, purpose('p'))
    expect(await commit(store.record, writing('x', change))).toEqual([{ conflict: change }])
  })

  it('version and entry that came with a row that was read are not kept in it', async () => {
    await commit(store.record, writing('make', insert('purposes', purpose('p'))))
    const read = await store.rows.get('purposes', 'p')
    if (read === undefined) throw new Error('it was just made')
    await commit(store.record, writing('again', update('purposes', read, { ...read, title: 'new' })))
    expect(await store.rows.get('purposes', 'p')).toEqual({ ...purpose('p', 'new'), version: 2, entry: 1 })
  })

  it.each([
    ['a row of this version lets it pass', requireVersion('purposes', { ...purpose('p'), version: 1, entry: 0 }), true],
    [
      'a row of another version refuses it',
      requireVersion('purposes', { ...purpose('p'), version: 2, entry: 0 }),
      false,
    ],
    [
      'a row that is not there refuses it',
      requireVersion('purposes', { ...purpose('q'), version: 1, entry: 0 }),
      false,
    ],
    ['an absent row lets it pass where it must be absent', requireAbsent('purposes', 'q'), true],
    ['a present row refuses it where it must be absent', requireAbsent('purposes', 'p'), false],
  ])('of a guard: %s', async (_, guard, passes) => {
    await commit(store.record, writing('make', insert('purposes', purpose('p'))))
    const written = await commit(store.record, writing('x', guard, insert('purposes', purpose('effect'))))
    expect(written).toEqual([passes ? { index: 1 } : { conflict: guard }])
    expect((await store.rows.get('purposes', 'effect')) !== undefined).toBe(passes)
  })

  it('meters add and raise, and count as a new version of the row', async () => {
    await commit(store.record, writing('make', insert('task_usage', usage('t'))))
    const by = { add: { calls: 2, bytes: 100 }, raise: { confidentiality: 2 }, atMost: { calls: 3 } }
    await commit(store.record, writing('1', meter('task_usage', 't', by)))
    await commit(
      store.record,
      writing(
        '2',
        meter('task_usage', 't', { add: { calls: 1 }, raise: { confidentiality: 1 }, atMost: { calls: 3 } }),
      ),
    )
    expect(await store.rows.get('task_usage', 't')).toEqual({
      ...usage('t'),
      calls: 3,
      bytes: 100,
      confidentiality: 2,
      version: 3,
      entry: 2,
    })
  })

  it('a meter that would pass any of its bounds adds nothing', async () => {
    await commit(store.record, writing('make', insert('task_usage', usage('t'))))
    const change = meter('task_usage', 't', {
      add: { calls: 1, writes: 5 },
      raise: {},
      atMost: { calls: 10, writes: 4 },
    })
    expect(await commit(store.record, writing('x', change))).toEqual([{ conflict: change }])
    expect(await store.rows.get('task_usage', 't')).toMatchObject({ calls: 0, writes: 0, version: 1 })
  })

  it('a meter is bounded by counters that it only raises, or does not touch', async () => {
    await commit(store.record, writing('make', insert('task_usage', { ...usage('t'), writes: 7 })))
    const raising = meter('task_usage', 't', { add: {}, raise: { integrity: 1 }, atMost: { integrity: 0 } })
    const standing = meter('task_usage', 't', { add: { calls: 1 }, raise: {}, atMost: { writes: 6 } })
    expect(await commit(store.record, writing('x', raising), writing('y', standing))).toEqual([
      { conflict: raising },
      { conflict: standing },
    ])
  })

  it('a meter on a row that is not there is a conflict', async () => {
    const change = meter('approval_uses', 'none', { add: { uses: 1 }, raise: {}, atMost: { uses: 1 } })
    expect(await commit(store.record, writing('x', change))).toEqual([{ conflict: change }])
  })

  it('concurrent meters never pass their bound, and those that fit all count', async () => {
    await commit(store.record, writing('make', insert('task_usage', usage('t'))))
    const call = () =>
      writing('call', meter('task_usage', 't', { add: { calls: 1 }, raise: {}, atMost: { calls: 25 } }))
    const written = await commit(store.record, ...Array.from({ length: 40 }, call))
    expect(written.filter((each) => 'index' in each)).toHaveLength(25)
    expect(await store.rows.get('task_usage', 't')).toMatchObject({ calls: 25, version: 26, entry: 25 })
  })

  it.each([
    [
      'the name of an identity',
      insert('identities', identity('idn_1', 'summariser')),
      insert('identities', identity('idn_2', 'summariser')),
    ],
    [
      'the mail address of a person, whatever its case',
      insert('persons', person('psn_1', 'ann@acme.test')),
      insert('persons', person('psn_2', 'Ann@Acme.test')),
    ],
    [
      'a living binding',
      insert('bindings', binding('bnd_1')),
      insert('bindings', binding('bnd_2', { identityId: 'idn_2' })),
    ],
  ])('%s is given once', async (_, first, second) => {
    expect(await commit(store.record, writing('1', first), writing('2', second))).toEqual([
      { index: 0 },
      { conflict: second },
    ])
    expect(await commit(store.record, writing('3', second))).toEqual([{ conflict: second }])
  })

  it('an update cannot take a name that is given, and its neighbours land', async () => {
    await commit(
      store.record,
      writing('1', insert('identities', identity('idn_1', 'a'))),
      writing('2', insert('identities', identity('idn_2', 'b'))),
    )
    const rename = update('identities', { ...identity('idn_2', 'b'), version: 1, entry: 1 }, identity('idn_2', 'a'))
    const written = await commit(
      store.record,
      writing('3'),
      writing('4', insert('purposes', purpose('p')), rename),
      writing('5'),
    )
    expect(written).toEqual([{ index: 2 }, { conflict: rename }, { index: 3 }])
    expect(await store.rows.get('purposes', 'p')).toBeUndefined()
  })

  it.each([
    ['an ended binding', insert('bindings', binding('bnd_1', { endedMs: 5 })), insert('bindings', binding('bnd_2'))],
    [
      'a binding with other claims',
      insert('bindings', binding('bnd_1', { claims: { ref: 'main' } })),
      insert('bindings', binding('bnd_2')),
    ],
    [
      'a person whose address was erased',
      insert('persons', person('psn_1', '')),
      insert('persons', person('psn_2', '')),
    ],
  ])('%s stands in nobody’s way', async (_, first, second) => {
    expect(await commit(store.record, writing('1', first), writing('2', second))).toEqual([{ index: 0 }, { index: 1 }])
  })

  it.each([
    ['a NUL in a key', insert('purposes', purpose('a\0b'))],
    ['half a surrogate pair in a name', insert('identities', identity('idn_1', '\ud800'))],
    ['a fraction in a counter', insert('task_usage', { ...usage('t'), calls: 0.5 })],
    ['a number beyond safe in a meter', meter('task_usage', 't', { add: { calls: 2 ** 60 }, raise: {}, atMost: {} })],
  ])('%s is refused alone: its neighbours land', async (_, change) => {
    expect(await commit(store.record, writing('1'), writing('2', change), writing('3'))).toEqual([
      { index: 0 },
      { conflict: change },
      { index: 1 },
    ])
  })

  it('any text comes back as it was written, in a row', async () => {
    const title = 'quote " \' ? $1 \\ \0 \u2028 \ud83d\ude00 é'
    await commit(store.record, writing('x', insert('purposes', purpose('p?', title))))
    expect((await store.rows.get('purposes', 'p?'))?.title).toBe(title)
  })

  it('whichever writes of a batch conflict, exactly they are left out: 60 batches, as each is committed to a database', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('sound', 'bare', 'taken', 'renamed', 'guarded'), { maxLength: 40 }),
        async (kinds) => {
          const { size } = await store.record.readHead()
          const made = { ...identity(`idn_${size}`), version: 1, entry: size }
          const base = writing('base', insert('identities', made), insert('purposes', purpose(`taken-${size}`)))
          const writes = kinds.map((kind, at) => writing(kind, ...changesOf(kind, size, at, made)))
          const written = await commit(store.record, base, ...writes)
          let index = size
          const expected = ['sound', ...kinds].map((kind) =>
            kind === 'sound' || kind === 'bare' ? { index: index++ } : 'conflict',
          )
          expect(written.map((each) => ('index' in each ? each : 'conflict'))).toEqual(expected)
          const left = (await store.rows.find('purposes', {})).filter(({ code }) => code.startsWith(`half-${size}-`))
          expect(left).toEqual([])
          const landed = (await store.rows.find('payloads', {})).filter(({ entry }) => entry >= size)
          expect(landed.map(({ body, entry }) => [body, entry])).toEqual(
            kinds.flatMap((kind, at) =>
              kind === 'sound' ? [[`${at}`, (expected[at + 1] as { index: number }).index]] : [],
            ),
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})

/** The changes of a write that is sound, has none, or conflicts in one of three ways after a change that is sound. */
function changesOf(kind: string, size: number, at: number, made: Kept<Tables['identities']>): Change[] {
  const half = insert('purposes', purpose(`half-${size}-${at}`))
  const kinds: Record<string, Change[]> = {
    sound: [
      insert('payloads', {
        id: `${String(size).padStart(6, '0')}-${String(at).padStart(3, '0')}`,
        salt: '',
        body: `${at}`,
      }),
    ],
    bare: [],
    taken: [half, insert('purposes', purpose(`taken-${size}`))],
    renamed: [half, insert('identities', identity(`other-${size}-${at}`, made.name))],
    guarded: [half, requireVersion('identities', { ...made, version: 9 })],
  }
  return kinds[kind] ?? []
}
