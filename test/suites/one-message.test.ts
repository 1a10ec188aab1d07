import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from '../../src/contract/change.ts'
import { insert } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import type { RecordStore, Write } from '../../src/record/store.ts'
import type { Engine } from '../../src/store/engine.ts'
import { ALONE } from '../../src/store/hold.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createHead, createRecordStore } from '../../src/store/record.ts'
import { Resident } from '../../src/store/resident.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { createRandom } from '../crash/random.ts'
import { PLACE } from './backends.ts'
import { commit, identity, person, purpose, readLog, writingAll } from './writes.ts'

describe('a commit in one message', () => {
  let home: string
  let engines: Engine[]
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'remit-one-message-'))
    engines = []
  })
  afterEach(async () => {
    for (const engine of engines) await engine.close()
    rmSync(home, { recursive: true, force: true })
  })

  async function open(name: string, isOwned: boolean): Promise<{ record: RecordStore; engine: Engine }> {
    const engine = await openSqlite(join(home, name), 0)
    engines.push(engine)
    await migrate(engine, systemClock, 'test')
    await engine.transact(() => createHead(PLACE))
    const record = createRecordStore({ ...engine, isOwned }, PLACE, ALONE, isOwned ? new Resident() : null)
    return { record, engine }
  }

  function drawChange(draw: () => number): Change {
    const pick = (max: number): number => Math.floor(draw() * max)
    const [code, version] = [`p${pick(6)}`, pick(4)]
    const kinds: readonly (() => Change)[] = [
      () => insert('purposes', purpose(code)),
      () => ({ op: 'update', table: 'purposes', row: purpose(code, `t${pick(100)}`), ifVersion: version }),
      () => ({ op: 'require', table: 'purposes', key: code, version }),
      () => ({ op: 'require', table: 'purposes', key: code, version: 0 }),
      () => insert('identities', identity(`i${pick(20)}`, `n${pick(8)}`)),
      () => insert('persons', person(`u${pick(20)}`, `e${pick(8)}@x`)),
      () => insert('purposes', purpose('')),
      () => insert('purposes', purpose('nul\0')),
    ]
    return kinds[pick(kinds.length)]?.() ?? insert('purposes', purpose(code))
  }

  it.each([1, 2, 3])('does what one in many messages does, whichever change conflicts (seed %i)', async (seed) => {
    const [one, many] = [await open('one.db', true), await open('many.db', false)]
    const draw = createRandom(seed)
    for (let round = 0; round < 30; round += 1) {
      const drawFact = (words: string): readonly [string, ...Change[]] => [
        words,
        ...Array.from({ length: Math.floor(draw() * 3) }, () => drawChange(draw)),
      ]
      const writes: Write[] = Array.from({ length: 1 + Math.floor(draw() * 5) }, (_, at) =>
        writingAll(
          ...Array.from({ length: 1 + Math.floor(draw() * 2) }, (_, after) => drawFact(`${round}.${at}.${after}`)),
        ),
      )
      expect(await commit(one.record, ...writes)).toEqual(await commit(many.record, ...writes))
    }
    expect(await readLog(one.record)).toEqual(await readLog(many.record))
    expect(await one.record.readRows(null, 10_000)).toEqual(await many.record.readRows(null, 10_000))
    expect((await readLog(one.record)).head.size).toBeGreaterThan(20)
    for (const sql of ['select * from tile_roots order by level, n', 'select idx, bytes from entries order by idx'])
      expect(await one.engine.read({ sql, values: [] })).toEqual(await many.engine.read({ sql, values: [] }))
  })
})
