import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { auditLog } from '../audit-log.ts'
import { openCrashHouse } from '../crash/open-house.ts'
import { createFact, putProof } from './open-test-log.ts'

let folder = ''
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-edited-'))
  const house = await openCrashHouse(folder)
  const purpose = { code: 'docs', title: 'Documents', classes: ['read'], ceiling: 'internal' } as const
  await house.log.record(createFact('first', [{ op: 'insert', table: 'purposes', row: purpose }]))
  const ids = Array.from({ length: 600 }, (_, at) => `p${at}`)
  await Promise.all(ids.map(async (id) => await house.log.record(createFact(id, [putProof(id)]))))
  await house.close()
})
afterEach(() => rmSync(folder, { recursive: true }))

function edit(...statements: readonly string[]): void {
  const database = new DatabaseSync(join(folder, 'remit.db'))
  for (const sql of statements) database.exec(sql)
  database.close()
}

/** What somebody with the file in hand might do, and what the log says of it at the next start. */
const EDITS: readonly { name: string; sql: readonly string[]; said: object }[] = [
  {
    name: 'an entry was rewritten',
    sql: [
      "update entries set bytes = cast(replace(cast(bytes as text), 'because', 'BECAUSE') as blob) where idx = 300",
    ],
    said: { detail: 'Entry 300 is not what was hashed: it was edited.', facts: { what: 'entry', index: 300 } },
  },
  {
    name: 'an entry was taken out',
    sql: ['delete from entries where idx = 300'],
    said: { code: 'log_broken' },
  },
  {
    name: 'the last entries were cut off, and the head was set back',
    sql: ['delete from entries where idx >= 500', 'delete from tile_roots where n >= 1', 'update heads set size = 500'],
    said: { detail: 'The head says 500 entries, its checkpoint 601.', facts: { what: 'head' } },
  },
  {
    name: 'everything was emptied',
    sql: [
      'delete from entries',
      'delete from tile_roots',
      'delete from purposes',
      'delete from seen_proofs',
      "update heads set size = 0, note = ''",
    ],
    said: { detail: 'The store ends at 0 entries, and 601 were signed: it was truncated or replaced.' },
  },
  {
    name: 'an entry was put in beyond the head',
    sql: ['insert into entries select org, log, 601, bytes, leaf from entries where idx = 1'],
    said: { detail: expect.stringMatching(/^Entries stand beyond the head, from 601 on/), facts: { index: 601 } },
  },
  {
    name: 'the signature was taken off',
    sql: ["update heads set note = ''"],
    said: { facts: { what: 'checkpoint' } },
  },
  {
    name: 'a row was put in beside the log',
    sql: ["insert into purposes select org, 'intruder', body, salt, version, entry from purposes"],
    said: { facts: { what: 'row', row: 'purposes/intruder', index: 0 } },
  },
  {
    name: 'a row was taken out beside the log',
    sql: ['delete from purposes'],
    said: { detail: 'Row purposes/docs is gone; entry 0 made it.', facts: { what: 'row', row: 'purposes/docs' } },
  },
]

describe('a store file that was edited', () => {
  it('opens where nobody has edited it', async () => {
    const house = await openCrashHouse(folder)
    expect(await auditLog({ store: house.record, vkey: house.log.vkey, origin: house.log.origin })).toEqual({
      entries: 601,
      rows: 601,
    })
    await house.close()
  })

  it.each(EDITS)('is refused at start, saying what and where: $name', async ({ sql, said }) => {
    edit(...sql)
    await expect(openCrashHouse(folder)).rejects.toMatchObject({ code: 'log_broken', ...said })
  })
})
