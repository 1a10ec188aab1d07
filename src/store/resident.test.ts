import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLACE } from '../../test/suites/backends.ts'
import { closing, commit, identity, purpose, usage, writing } from '../../test/suites/writes.ts'
import { type Change, insert, meter, type Require, requireAbsent, requireVersion, update } from '../contract/change.ts'
import type { ChainAct } from '../contract/counters/chain-act.ts'
import { systemClock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { RecordStore } from '../record/store.ts'
import type { Engine, Script } from './engine.ts'
import { ALONE } from './hold.ts'
import { migrate } from './migrate.ts'
import { createHead, createRecordStore } from './record.ts'
import { Resident } from './resident.ts'
import { createRows, type Rows } from './rows.ts'
import { openSqlite } from './sqlite.ts'

let home: string
let engine: Engine
let resident: Resident
/** What is remembered, and what the database says. */
let rows: Rows
let stored: Rows
let record: RecordStore
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'remit-resident-'))
  engine = await openSqlite(join(home, 'store.db'), 0)
  await migrate(engine, systemClock, 'test')
  await engine.transact(() => createHead(PLACE))
  resident = new Resident()
  rows = createRows(engine, PLACE.org, resident)
  stored = createRows(engine, PLACE.org)
  record = createRecordStore(engine, PLACE, ALONE, resident)
})
afterEach(async () => {
  await engine.close()
  rmSync(home, { recursive: true, force: true })
})

const KEYS = ['a', 'b', 'c']
const TABLES = ['purposes', 'task_usage', 'identities', 'chain_acts'] as const

/** One thing that somebody does: a change of a row that may or may not be as they believe, or a look at it. */
interface Act {
  readonly what: 'insert' | 'update' | 'meter' | 'require' | 'absent' | 'register' | 'rename' | 'act' | 'count' | 'read'
  readonly key: string
  readonly version: number
}
const anyAct: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom('insert', 'update', 'meter', 'require', 'absent', 'register', 'rename', 'act', 'count', 'read'),
  key: fc.constantFrom(...KEYS),
  version: fc.integer({ min: 1, max: 4 }),
})

const CHANGES: Readonly<Record<Exclude<Act['what'], 'read'>, (act: Act) => Change>> = {
  insert: ({ key }) => insert('purposes', purpose(key)),
  update: ({ key, version }) =>
    update('purposes', { ...purpose(key), version, entry: 0 }, purpose(key, `title ${version}`)),
  meter: ({ key, version }) => meter('task_usage', key, { add: { calls: version }, raise: {}, atMost: { calls: 9 } }),
  require: ({ key, version }) => requireVersion('purposes', { ...purpose(key), version, entry: 0 }),
  absent: ({ key }) => requireAbsent('purposes', key),
  register: ({ key }) => insert('identities', identity(key)),
  rename: ({ key, version }) =>
    update('identities', { ...identity(key), version, entry: 0 }, identity(key, `${key} ${version}`)),
  act: ({ key, version }) => insert('chain_acts', act(key, `tool ${version}`)),
  count: ({ key, version }) =>
    meter('chain_acts', `tsk_${key}/tool ${version}`, {
      add: { permitted: 1, lastMs: version },
      raise: { lastMs: 5, succeededMs: version },
      atMost: { permitted: 6 },
    }),
}

function act(key: string, name: string): ChainAct {
  const rootId = `tsk_${key}` as const
  return { rootId, name, firstMs: 1, permitted: 1, lastMs: 1, succeeded: 0, succeededMs: 0 }
}

async function readAll(from: Rows): Promise<unknown> {
  return Promise.all(
    TABLES.map(async (table) => [
      ...(await Promise.all(KEYS.map((key) => from.get(table, key)))),
      ...(await from.getMany(table, KEYS)).toSorted((x, y) => x.entry - y.entry),
      await from.find(table, {}),
      ...(await Promise.all(KEYS.map((key) => from.find('chain_acts', { root_id: `tsk_${key}` })))),
    ]),
  )
}

describe('rows held in memory', () => {
  it('are what the database says, and its guards answer as it does, whatever is written and read in whatever order', async () => {
    await commit(record, writing('usages', ...KEYS.map((key) => insert('task_usage', usage(key)))))
    const property = fc.asyncProperty(fc.array(fc.array(anyAct, { maxLength: 4 }), { maxLength: 6 }), async (batch) => {
      const changes = batch.map((acts) =>
        acts.flatMap(({ what, ...act }) => (what === 'read' ? [] : [CHANGES[what]({ what, ...act })])),
      )
      for (const { key } of batch.flat().filter(({ what }) => what === 'read')) await rows.get('purposes', key)
      const twin = await playOnCopy(changes)
      const written = await commit(record, ...changes.map((each) => writing('any', ...each)))
      expect(written).toEqual(twin)
      expect(await readAll(rows)).toEqual(await readAll(stored))
      expect(await readAll(rows)).toEqual(await readAll(stored)) // now out of memory
    })
    await fc.assert(property, { numRuns: 150 })
  })

  /** Plays a batch by a writer that knows nothing, and takes it back. */
  async function playOnCopy(changes: readonly (readonly Change[])[]): Promise<unknown> {
    const copy: Engine = { ...engine, transact: (play) => engine.transact(() => takeBack(play())) }
    const plain = createRecordStore(copy, PLACE, ALONE)
    return commit(plain, ...changes.map((each) => writing('any', ...each)))
  }

  function* takeBack<T>(script: Script<T>): Script<T> {
    yield [{ sql: 'savepoint copy', values: [] }]
    const result = yield* endlessly(script)
    yield [{ sql: 'rollback to savepoint copy', values: [] }]
    return result
  }

  /** Plays a script that is not the end of its transaction. */
  function* endlessly<T>(script: Script<T>): Script<T> {
    let step = script.next()
    while (!step.done) step = script.next(yield step.value.map(({ sql, values }) => ({ sql, values })))
    return step.value
  }

  it('are dropped by whatever changes them, and only then asked of the database again', async () => {
    await commit(record, writing('one', insert('purposes', purpose('a'))))
    const first = await rows.get('purposes', 'a')
    expect(await rows.get('purposes', 'a')).toBe(first)
    await commit(
      record,
      writing('two', update('purposes', { ...purpose('a'), version: 1, entry: 0 }, purpose('a', 'new'))),
    )
    expect(await rows.get('purposes', 'a')).toMatchObject({ title: 'new', version: 2 })
  })

  it('what was read before a commit and arrives after it is not kept', async () => {
    await commit(record, writing('one', insert('purposes', purpose('a'))))
    const ticket = resident.ticket()
    const old = await stored.get('purposes', 'a')
    await commit(
      record,
      writing('two', update('purposes', { ...purpose('a'), version: 1, entry: 0 }, purpose('a', 'new'))),
    )
    resident.keep(ticket, 'purposes', 'a', old)
    resident.keepList(ticket, 'identities', {}, [])
    expect(resident.get('purposes', 'a')).toBeUndefined()
    expect(resident.list('identities', {})).toBeUndefined()
  })

  it('are forgotten where nobody knows whether a commit was kept', async () => {
    await commit(record, writing('one', insert('purposes', purpose('a'))))
    await rows.get('purposes', 'a')
    await rows.find('identities', { name: 'nobody' })
    const ticket = resident.ticket()
    const failing = { ...engine, transact: () => Promise.reject(new RemitError('store_failed')) }
    const broken = createRecordStore(failing, PLACE, ALONE, resident)
    await expect(broken.commit(1, [writing('two')], closing)).rejects.toMatchObject({ code: 'store_failed' })
    resident.keep(ticket, 'purposes', 'b', undefined)
    expect([resident.get('purposes', 'a'), resident.get('purposes', 'b')]).toEqual([undefined, undefined])
    expect(resident.list('identities', { name: 'nobody' })).toBeUndefined()
  })

  it('count what a commit counts, and ask the database no more for it', async () => {
    const count = meter('task_usage', 'a', { add: { calls: 2, bytes: 7 }, raise: { integrity: 1 }, atMost: {} })
    const met = meter('chain_acts', 'tsk_a/tool', { add: { succeeded: 1 }, raise: { succeededMs: 9 }, atMost: {} })
    await commit(record, writing('one', insert('task_usage', usage('a')), insert('chain_acts', act('a', 'tool'))))
    await Promise.all([rows.get('task_usage', 'a'), rows.find('chain_acts', { root_id: 'tsk_a' })])
    await commit(record, writing('two', count, met), writing('three', count, met))
    const [used, [done]] = [resident.get('task_usage', 'a'), resident.list('chain_acts', { root_id: 'tsk_a' }) ?? []]
    expect(used).toEqual(await stored.get('task_usage', 'a'))
    expect(used).toMatchObject({ calls: 4, bytes: 14, integrity: 1, version: 3, entry: 2 })
    expect(done).toEqual((await stored.find('chain_acts', { root_id: 'tsk_a' }))[0])
    expect(done).toMatchObject({ succeeded: 2, succeededMs: 9, version: 3, entry: 2 })
    expect([Object.isFrozen(used), Object.isFrozen(done), resident.version('chain_acts', 'tsk_a/tool')]).toEqual([
      true,
      true,
      3,
    ])
  })

  it('that were read behind a commit, before it was told of here, hold already what it has counted', async () => {
    const count = meter('task_usage', 'a', { add: { calls: 2 }, raise: {}, atMost: {} })
    const met = meter('chain_acts', 'tsk_a/tool', { add: { permitted: 1 }, raise: {}, atMost: {} })
    await commit(record, writing('one', insert('task_usage', usage('a')), insert('chain_acts', act('a', 'tool'))))
    const readFirst = async <T>(play: () => Script<T>): Promise<T> => {
      const done = await engine.transact(play)
      await Promise.all([rows.get('task_usage', 'a'), rows.find('chain_acts', { root_id: 'tsk_a' })])
      return done
    }
    const slow = createRecordStore({ ...engine, transact: readFirst }, PLACE, ALONE, resident)
    await slow.commit(1, [writing('two', count, met), writing('three', count, met)], closing)
    expect(resident.get('task_usage', 'a')).toMatchObject({ calls: 4, version: 3 })
    expect(resident.list('chain_acts', { root_id: 'tsk_a' })).toMatchObject([{ permitted: 3, version: 3 }])
    await commit(record, writing('four', count, met))
    expect(resident.get('task_usage', 'a')).toEqual(await stored.get('task_usage', 'a'))
    expect(resident.list('chain_acts', { root_id: 'tsk_a' })).toEqual(
      await stored.find('chain_acts', { root_id: 'tsk_a' }),
    )
  })

  it('a list that was read before a commit and kept over one that was read behind it leaves no version of its rows', async () => {
    const where = { root_id: 'tsk_a' }
    const readAround = async <T>(play: () => Script<T>): Promise<T> => {
      const before = await stored.find('chain_acts', where)
      const done = await engine.transact(play)
      const behind = await stored.find('chain_acts', where)
      for (const read of [behind, before]) resident.keepList(resident.ticket(), 'chain_acts', where, read)
      return done
    }
    const slow = createRecordStore({ ...engine, transact: readAround }, PLACE, ALONE, resident)
    await slow.commit(0, [writing('one', insert('chain_acts', act('a', 'tool')))], closing)
    expect(resident.version('chain_acts', 'tsk_a/tool')).toBeUndefined()
    const met = meter('chain_acts', 'tsk_a/tool', { add: { permitted: 1 }, raise: {}, atMost: {} })
    await commit(record, writing('two', met))
    const old: Require<'chain_acts'> = { op: 'require', table: 'chain_acts', key: 'tsk_a/tool', version: 1 }
    expect(await commit(record, writing('three', old))).toMatchObject([{ conflict: old }])
  })

  it('what a conflict would have counted, and a number that memory cannot hold, are asked of the database', async () => {
    const many = Number.MAX_SAFE_INTEGER - 1
    await commit(record, writing('one', insert('task_usage', usage('a')), insert('task_usage', usage('b'))))
    await rows.getMany('task_usage', ['a', 'b'])
    const over = meter('task_usage', 'a', { add: { calls: 2 }, raise: {}, atMost: { calls: 1 } })
    expect(await commit(record, writing('two', over))).toMatchObject([{ conflict: over }])
    expect(resident.get('task_usage', 'a')).toBeUndefined()
    await commit(record, writing('three', meter('task_usage', 'b', { add: {}, raise: { bytes: many }, atMost: {} })))
    expect(resident.get('task_usage', 'b')).toMatchObject({ bytes: many })
    await commit(record, writing('four', meter('task_usage', 'b', { add: { bytes: 2 }, raise: {}, atMost: {} })))
    expect(resident.get('task_usage', 'b')).toBeUndefined()
  })

  it('of what a chain has done only its own list moves, and one that is searched in another way is not kept', async () => {
    for (const key of ['a', 'b']) await commit(record, writing(key, insert('chain_acts', act(key, 'tool'))))
    const [a, b] = [{ root_id: 'tsk_a' }, { root_id: 'tsk_b' }]
    for (const where of [a, b, {}, { root_id: ['tsk_a', 'tsk_b'] }, { root_id: 'tsk_c' }])
      await rows.find('chain_acts', where)
    expect(resident.list('chain_acts', {})).toBeUndefined()
    expect(resident.list('chain_acts', { root_id: ['tsk_a', 'tsk_b'] })).toBeUndefined()
    expect(resident.list('chain_acts', { root_id: 'tsk_c' })).toEqual([])
    const [before] = [resident.list('chain_acts', b)]
    await commit(
      record,
      writing('new', insert('chain_acts', act('a', 'other')), insert('chain_acts', act('c', 'tool'))),
    )
    expect([resident.list('chain_acts', a), resident.list('chain_acts', b)]).toEqual([undefined, before])
    expect(resident.list('chain_acts', { root_id: 'tsk_c' })).toBeUndefined()
    expect(resident.version('chain_acts', 'tsk_a/tool')).toBeUndefined()
    expect(resident.version('chain_acts', 'tsk_b/tool')).toBe(1)
  })

  it('tell that something moved by each commit that may have changed a row of any table, and by no guard', async () => {
    const moved = async (commits: () => Promise<unknown>): Promise<boolean> => {
      const before = resident.moves()
      await commits().catch(() => undefined)
      return resident.moves() !== before
    }
    const proof = insert('seen_proofs', { id: 'x', expiresMs: 1 })
    const failing = { ...engine, transact: () => Promise.reject(new RemitError('store_failed')) }
    const broken = createRecordStore(failing, PLACE, ALONE, resident)
    expect(await moved(() => commit(record, writing('guard', requireAbsent('purposes', 'a'))))).toBe(false)
    expect(await moved(() => rows.get('purposes', 'a'))).toBe(false)
    expect(await moved(() => commit(record, writing('one', insert('purposes', purpose('a')))))).toBe(true)
    expect(await moved(() => commit(record, writing('other', proof)))).toBe(true)
    expect(await moved(() => broken.commit(1, [writing('two')], closing))).toBe(true)
  })

  it('tell that what tokens rest on moved by each commit that may have, and by none that counts or shows something', async () => {
    const moved = async (commits: () => Promise<unknown>): Promise<boolean> => {
      const before = resident.standingMoves()
      await commits().catch(() => undefined)
      return resident.standingMoves() !== before
    }
    const cutoff = { id: 'task:t', target: 'task', targetId: 't', atMs: 1, because: 'b', by: 'p' } as const
    const failing = { ...engine, transact: () => Promise.reject(new RemitError('store_failed')) }
    const broken = createRecordStore(failing, PLACE, ALONE, resident)
    const proof = insert('seen_proofs', { id: 'x', expiresMs: 1 })
    expect(await moved(() => commit(record, writing('proof', proof)))).toBe(false)
    expect(await moved(() => commit(record, writing('purpose', insert('purposes', purpose('a')))))).toBe(false)
    expect(await moved(() => commit(record, writing('cutoff', insert('cutoffs', cutoff))))).toBe(true)
    expect(await moved(() => broken.commit(1, [writing('two')], closing))).toBe(true)
  })

  it('a row that others hold is known by the guards that held, until it moves', async () => {
    const domain = { name: 'remit', version: 1, entry: 0 } as never // any row will do: only its version is looked at
    await commit(record, writing('one', insert('policy_domains', domain)))
    expect(resident.version('policy_domains', 'remit')).toBeUndefined()
    const wrong = requireVersion('policy_domains', Object.assign({}, domain, { version: 7 }))
    await commit(record, writing('wrong', wrong))
    expect(resident.version('policy_domains', 'remit')).toBeUndefined()
    await commit(record, writing('held', requireVersion('policy_domains', domain)))
    expect(resident.version('policy_domains', 'remit')).toBe(1)
    expect(await commit(record, writing('wrong again', wrong))).toMatchObject([{ conflict: wrong }])
    const moved = update('policy_domains', domain, domain)
    await commit(record, writing('held', requireVersion('policy_domains', domain)), writing('moved', moved))
    expect(resident.version('policy_domains', 'remit')).toBeUndefined()
    expect(await commit(record, writing('old', requireVersion('policy_domains', domain)))).toMatchObject([
      { conflict: {} },
    ])
  })

  it('hold a guard for as long as nothing moves, also where what it is about is no longer remembered', async () => {
    await commit(record, writing('one', insert('purposes', purpose('a'))))
    const guard: Require = Object.freeze({ op: 'require', table: 'purposes', key: 'a', version: 1 })
    expect(resident.holds(guard)).toBeUndefined()
    await rows.get('purposes', 'a')
    expect([resident.holds(guard), resident.holds(guard)]).toEqual([true, true])
    expect([resident.holds({ ...guard, version: 2 }), resident.holds({ ...guard, version: 0 })]).toEqual([false, false])
    const other = { ...purpose('a'), version: 1, entry: 0 }
    await commit(record, writing('two', update('purposes', other, purpose('a', 'new'))))
    expect(resident.holds(guard)).toBeUndefined()
    await rows.get('purposes', 'a')
    expect(resident.holds(guard)).toBe(false)
  })

  it('that were found in a list answer the guards of each of them, and such a commit is one order to the database', async () => {
    await commit(record, writing('one', insert('identities', identity('a'))))
    const orders: number[] = []
    function* counting<T>(script: Script<T>): Script<T> {
      let step = script.next()
      for (; !step.done; step = script.next(yield step.value)) orders.push(step.value.length)
      return step.value
    }
    const counted = { ...engine, transact: <T>(play: () => Script<T>) => engine.transact(() => counting(play())) }
    const watched = createRecordStore(counted, PLACE, ALONE, resident)
    const [found] = await rows.find('identities', { name: 'a' })
    if (found === undefined) throw new Error('it was just written')
    const guard: Require<'identities'> = { op: 'require', table: 'identities', key: 'a', version: found.version }
    expect(await watched.commit(1, [writing('guard', guard)], closing)).toEqual([{ index: 1 }])
    expect(orders).toHaveLength(1)
    await commit(record, writing('renamed', update('identities', found, { ...found, name: 'b' })))
    expect(resident.holds(guard)).toBeUndefined()
  })

  it('that nobody knows of are known as absent, until they come', async () => {
    expect(await rows.get('cutoffs', 'identity:x')).toBeUndefined()
    expect(resident.version('cutoffs', 'identity:x')).toBe(0)
    const cutoff = { id: 'identity:x', target: 'identity', targetId: 'x', atMs: 1, reason: '', by: 'psn_1' } as const
    await commit(record, writing('cut', insert('cutoffs', cutoff as never)))
    expect(await rows.get('cutoffs', 'identity:x')).toMatchObject({ version: 1 })
  })

  it('a name that no database can hold is nowhere, and hides none of its neighbours', async () => {
    await commit(record, writing('one', insert('purposes', purpose('a'))))
    for (const each of [rows, stored])
      expect(await each.getMany('purposes', ['x\0', 'a', '\ud800'])).toMatchObject([{ code: 'a' }])
    expect(resident.get('purposes', 'x\0')).toBeUndefined()
  })

  it('nobody writes into what others hold too', async () => {
    await commit(record, writing('one', insert('identities', identity('a'))))
    const row = await rows.get('identities', 'a')
    expect(() => Object.assign(row ?? {}, { state: 'active' })).toThrow(TypeError)
    expect(() => Object.assign(row?.authors ?? [], ['me'])).toThrow(TypeError)
    const [found] = await rows.find('identities', { name: 'a' })
    expect(() => Object.assign(found ?? {}, { state: 'active' })).toThrow(TypeError)
  })

  it('are bounded: neither a long name nor a long list is kept', async () => {
    const long = 'x'.repeat(LIMITS.residentNameCharsMax + 1)
    await rows.get('purposes', long)
    await rows.find('identities', { name: long })
    expect(resident.get('purposes', long)).toBeUndefined()
    expect(resident.list('identities', { name: long })).toBeUndefined()
    const many = Array.from({ length: LIMITS.residentListRowsMax + 1 }, () => ({
      ...identity('a'),
      version: 1,
      entry: 0,
    }))
    resident.keepList(resident.ticket(), 'identities', { name: 'many' }, many)
    expect(resident.list('identities', { name: 'many' })).toBeUndefined()
  })

  it('a list that was kept again, or dropped by what changed, takes no room from others', () => {
    const place = { version: 1, entry: 0 }
    const [again, other, done] = [{ name: 'again' }, { name: 'other' }, { root_id: 'tsk_a' }]
    const fact = { bytes: Buffer.alloc(0), leaf: Buffer.alloc(0) }
    const changes = [{ change: insert('chain_acts', act('a', 'tool')), row: null }]
    resident.keepList(resident.ticket(), 'identities', other, [])
    for (let kept = 0; kept <= LIMITS.residentRowsMax; kept += 2) {
      resident.keepList(resident.ticket(), 'identities', again, [{ ...identity('a'), ...place }])
      resident.keepList(resident.ticket(), 'chain_acts', done, [{ ...act('a', 'tool'), ...place }])
      resident.settle(0, [{ entries: 1, seal: () => [{ ...fact, changes }] }], [{ index: 0 }])
    }
    expect(resident.list('chain_acts', done)).toBeUndefined()
    expect(resident.list('identities', again)).toHaveLength(1)
    expect(resident.list('identities', other)).toEqual([])
  })
})
