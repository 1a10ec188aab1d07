import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { insert } from '../../src/contract/change.ts'
import type { StateRow } from '../../src/record/store.ts'
import type { Store, StoreConfig } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { closing, commit, identity, purpose, readLog, usage, writing } from './writes.ts'

describe.each(BACKENDS)('the record on $name', ({ start }) => {
  let backend: Backend
  let config: StoreConfig
  let store: Store
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    config = await backend.create()
    store = await open(config)
  })
  afterEach(() => store.close())

  it('an empty log has size 0 and no note', async () => {
    expect(await readLog(store.record)).toEqual({ head: { size: 0, note: '' }, entries: [] })
  })

  it('accepted writes are there after the store was closed and opened again', async () => {
    await commit(store.record, writing('first', insert('purposes', purpose('help'))), writing('second'))
    await store.close()
    store = await open(config)
    expect(await readLog(store.record)).toEqual({
      head: { size: 2, note: 'note of 2' },
      entries: ['0 first', '1 second'],
    })
    expect(await store.rows.get('purposes', 'help')).toEqual({ ...purpose('help'), version: 1, entry: 0 })
  })

  it('entries get their places in the order of the writes, over many commits', async () => {
    const words = Array.from({ length: 40 }, (_, at) => `w${at}`)
    for (let at = 0; at < 40; at += 8)
      await commit(store.record, ...words.slice(at, at + 8).map((word) => writing(word)))
    expect((await readLog(store.record)).entries).toEqual(words.map((word, at) => `${at} ${word}`))
  })

  it('hashes are read by level and range, shorter where the log ends', async () => {
    await commit(store.record, writing('a'), writing('b'), writing('c'))
    const leaves = await store.record.readHashes(0, 1, 9)
    expect(leaves).toHaveLength(2)
    expect(leaves[0]).toBeInstanceOf(Uint8Array)
    expect(await store.record.readHashes(1, 1, 3)).toEqual(leaves)
    expect(await store.record.readHashes(2, 0, 9)).toEqual([])
  })

  it('a thousand writes in one commit all land', async () => {
    const codes = Array.from({ length: 1000 }, (_, at) => `p${String(at).padStart(4, '0')}`)
    const written = await commit(store.record, ...codes.map((code) => writing(code, insert('purposes', purpose(code)))))
    expect(written).toEqual(codes.map((_, index) => ({ index })))
    expect(await store.record.readEntries(998, 2000)).toHaveLength(2)
    expect((await store.rows.find('purposes', {})).map(({ code, entry }) => [code, entry])).toEqual(
      codes.map((code, at) => [code, at]),
    )
  })

  it.each([[[]], [[2]], [[0, 2, 1]], [[4, 0, 3, 0, 1]]])(
    'the entries at %j are read at once, and each by its place',
    async (places) => {
      await commit(store.record, writing('a'), writing('b'), writing('c'), writing('d'))
      const found = await store.record.readEntriesAt(places)
      const all = await store.record.readEntries(0, 4)
      const there = new Set(places.filter((place) => place < 4).toSorted((one, other) => one - other))
      expect([...found].toSorted(([one], [other]) => one - other)).toEqual(
        [...there].map((place) => [place, all[place]]),
      )
    },
  )

  it('a conflicting write leaves no trace while its neighbours in the same commit land', async () => {
    await commit(store.record, writing('old', insert('purposes', purpose('taken'))))
    const clash = insert('purposes', purpose('taken', 'again'))
    const written = await commit(
      store.record,
      writing('before', insert('purposes', purpose('before'))),
      writing('conflict', insert('purposes', purpose('half')), clash, insert('purposes', purpose('rest'))),
      writing('after', insert('purposes', purpose('after'))),
    )
    expect(written).toEqual([{ index: 1 }, { conflict: clash }, { index: 2 }])
    expect((await readLog(store.record)).entries).toEqual(['0 old', '1 before', '2 after'])
    expect((await store.rows.find('purposes', {})).map(({ code, title, entry }) => [code, title, entry])).toEqual([
      ['after', 'after', 2],
      ['before', 'before', 1],
      ['taken', 'taken', 0],
    ])
  })

  it('a commit in which every write conflicts leaves the log as it was', async () => {
    await commit(store.record, writing('old', insert('purposes', purpose('taken'))))
    await commit(
      store.record,
      writing('x', insert('purposes', purpose('taken'))),
      writing('y', insert('purposes', purpose('taken'))),
    )
    expect(await readLog(store.record)).toEqual({ head: { size: 1, note: 'note of 1' }, entries: ['0 old'] })
  })

  it('a commit on a head that has moved is refused whole', async () => {
    await commit(store.record, writing('first'))
    const late = store.record.commit(0, [writing('late', insert('purposes', purpose('late')))], closing)
    await expect(late).rejects.toMatchObject({ code: 'conflict', detail: 'Another process has written to this log.' })
    expect((await readLog(store.record)).entries).toEqual(['0 first'])
    expect(await store.rows.get('purposes', 'late')).toBeUndefined()
  })

  it('of commits that race for one head, one wins and the others leave nothing', async () => {
    const race = ['a', 'b', 'c', 'd'].map((code) =>
      store.record.commit(0, [writing(code, insert('purposes', purpose(code)))], closing),
    )
    const settled = await Promise.allSettled(race)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await readLog(store.record)).entries).toHaveLength(1)
    expect(await store.rows.find('purposes', {})).toHaveLength(1)
  })

  it('an error while closing leaves nothing behind, and the next commit passes', async () => {
    const failing = () => {
      throw new Error('the signer is away')
    }
    await expect(
      store.record.commit(0, [writing('x', insert('purposes', purpose('p')))], failing),
    ).rejects.toMatchObject({ code: 'store_failed' })
    expect((await readLog(store.record)).head.size).toBe(0)
    expect(await commit(store.record, writing('y', insert('purposes', purpose('p'))))).toEqual([{ index: 0 }])
  })

  it('reads never see what is not committed', async () => {
    const seen: Promise<unknown>[] = []
    const peeking: typeof closing = (firstIndex, leaves) => {
      seen.push(store.rows.get('purposes', 'p'), store.record.readHead())
      return closing(firstIndex, leaves)
    }
    await store.record.commit(0, [writing('x', insert('purposes', purpose('p')))], (firstIndex, leaves) =>
      peeking(firstIndex, leaves),
    )
    const [row, head] = await Promise.all(seen)
    // the embedded store answers at once, inside the transaction; a server may have committed meanwhile
    if (config.kind === 'sqlite') expect([row, (head as { size: number }).size]).toEqual([undefined, 0])
    expect([undefined, 1]).toContain((row as { version: number } | undefined)?.version)
    expect([0, 1]).toContain((head as { size: number }).size)
    expect(await store.rows.get('purposes', 'p')).toBeDefined()
  })

  it('the auditor is shown every row once, in batches, by table and key', async () => {
    await commit(
      store.record,
      writing('1', insert('purposes', purpose('b')), insert('purposes', purpose('a'))),
      writing('2', insert('identities', identity('idn_1')), insert('task_usage', usage('t'))),
    )
    const rows: StateRow[] = []
    for (let isEnd = false; !isEnd; ) {
      const batch = await store.record.readRows(rows.at(-1) ?? null, 2)
      rows.push(...batch)
      isEnd = batch.length < 2
    }
    expect(rows.map(({ table, key, version, entry }) => `${table}/${key}@${version} ${entry}`)).toEqual([
      'identities/idn_1@1 1',
      'purposes/a@1 0',
      'purposes/b@1 0',
      'task_usage/t@1 1',
    ])
  })

  it('organisations and logs in one database do not see each other', async () => {
    if (config.kind === 'sqlite') await store.close()
    const other = await open(config, { org: 'other', log: 'remit.test/other' })
    await commit(other.record, writing('theirs', insert('purposes', purpose('p'))))
    await other.close()
    if (config.kind === 'sqlite') store = await open(config)
    expect((await readLog(store.record)).head.size).toBe(0)
    expect(await store.rows.find('purposes', {})).toEqual([])
    expect(await store.record.readRows(null, 10)).toEqual([])
  })
})
