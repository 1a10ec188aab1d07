import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PLACE } from '../../test/suites/backends.ts'
import { closing, commit, usage, writing } from '../../test/suites/writes.ts'
import { type Change, insert, meter } from '../contract/change.ts'
import { systemClock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import type { RecordStore } from '../record/store.ts'
import type { Engine, Script } from './engine.ts'
import { ALONE } from './hold.ts'
import { migrate } from './migrate.ts'
import { readLabels } from './read-labels.ts'
import { createHead, createRecordStore } from './record.ts'
import { Resident } from './resident.ts'
import { createRows, type Rows } from './rows.ts'
import { openSqlite } from './sqlite.ts'

let home: string
let engine: Engine
let resident: Resident
let rows: Rows
let record: RecordStore
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'remit-labels-'))
  engine = await openSqlite(join(home, 'store.db'), 0)
  await migrate(engine, systemClock, 'test')
  await engine.transact(() => createHead(PLACE))
  resident = new Resident()
  rows = createRows(engine, PLACE.org, resident)
  record = createRecordStore(engine, PLACE, ALONE, resident)
})
afterEach(async () => {
  await engine.close()
  rmSync(home, { recursive: true, force: true })
})

const [KEYS, OWNERS] = [
  ['a', 'b', 'c', 'd'],
  ['idn_1', 'idn_2'],
]
const raiseTo = (key: string, confidentiality: number, integrity: number): Change =>
  meter('task_usage', key, { add: { calls: 1 }, raise: { confidentiality, integrity }, atMost: {} })
const remembered = (after: string, of = 'idn_1') => readLabels(rows, resident, of, after)
const stored = (after: string, of = 'idn_1') => readLabels(createRows(engine, PLACE.org), null, of, after)

interface Act {
  readonly what: 'begin' | 'read' | 'raise' | 'count' | 'pass' | 'look' | 'fail'
  readonly key: string
  readonly of: string
  readonly confidentiality: number
  readonly integrity: number
}
const anyAct: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom('begin', 'read', 'raise', 'count', 'pass', 'look', 'fail'),
  key: fc.constantFrom(...KEYS),
  of: fc.constantFrom(...OWNERS),
  confidentiality: fc.nat(3),
  integrity: fc.nat(1),
})

const CHANGES: Readonly<Record<Exclude<Act['what'], 'read' | 'look' | 'fail'>, (act: Act) => Change>> = {
  begin: ({ key, of, confidentiality, integrity }) =>
    insert('task_usage', usage(key, { identityId: of, confidentiality, integrity })),
  raise: ({ key, confidentiality, integrity }) => raiseTo(key, confidentiality, integrity),
  count: ({ key }) => meter('task_usage', key, { add: { calls: 1 }, raise: {}, atMost: {} }),
  pass: ({ key }) => meter('task_usage', key, { add: { calls: 1 }, raise: { integrity: 1 }, atMost: { calls: 2 } }),
}

async function play(act: Act): Promise<unknown> {
  if (act.what === 'look') return await remembered(act.key, act.of)
  if (act.what === 'read') return await rows.get('task_usage', act.key)
  if (act.what !== 'fail') return await commit(record, writing('any', CHANGES[act.what](act)))
  const failing = { ...engine, transact: () => Promise.reject(new RemitError('store_failed')) }
  return await createRecordStore(failing, PLACE, ALONE, resident)
    .commit(0, [writing('none')], closing)
    .catch(() => null)
}

describe('what tasks have read, held in memory', () => {
  it('is what the database says, whatever is begun, raised, refused and read in whatever order', async () => {
    const property = fc.asyncProperty(fc.array(anyAct, { maxLength: 12 }), async (acts) => {
      for (const act of acts) {
        await play(act)
        for (const of of OWNERS)
          for (const after of ['', 'a', 'c', 'b']) expect(await remembered(after, of)).toEqual(await stored(after, of))
      }
    })
    await fc.assert(property, { numRuns: 60 })
  })

  it('is what the database says also where the task was read behind a commit that was not told of yet', async () => {
    await commit(record, writing('one', insert('task_usage', usage('a'))))
    expect(await remembered('')).toEqual([])
    const readBehind = async <T>(script: () => Script<T>): Promise<T> => {
      const done = await engine.transact(script)
      await rows.get('task_usage', 'a')
      return done
    }
    const slow = createRecordStore({ ...engine, transact: readBehind }, PLACE, ALONE, resident)
    await slow.commit(1, [writing('two', raiseTo('a', 2, 0))], closing)
    expect(await remembered('')).toEqual([{ taskId: 'a', confidentiality: 2, integrity: 0 }])
  })

  it('asks the database once, and anew for an identity alone of which a task has read what it had not', async () => {
    const begin = [insert('task_usage', usage('a')), insert('task_usage', usage('b', { identityId: 'idn_2' }))]
    await commit(record, writing('one', ...begin))
    await rows.getMany('task_usage', ['a', 'b'])
    const asked = vi.spyOn(engine, 'read')
    const count = async (): Promise<number> => {
      asked.mockClear()
      for (const of of OWNERS) await remembered('', of)
      return asked.mock.calls.length
    }
    expect([await count(), await count()]).toEqual([2, 0])
    await commit(record, writing('two', raiseTo('a', 1, 0)))
    expect([await count(), await count()]).toEqual([1, 0])
    await commit(record, writing('three', raiseTo('a', 1, 0), insert('task_usage', usage('c'))))
    expect(await count()).toBe(0)
    expect(await remembered('a')).toEqual([])
  })
})
