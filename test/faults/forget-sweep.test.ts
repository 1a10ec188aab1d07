import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insert } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { createFact } from '../record/open-test-log.ts'

describe('a house that runs', () => {
  let house: House
  beforeAll(async () => {
    house = await startHouse()
  })
  afterAll(async () => {
    await house.end() // audits the log, which holds no entry about what was forgotten
  })

  it('forgets the proofs that are over, and no other', async () => {
    const openMs = systemClock.nowMs() + 3_600_000
    const proofs = [
      insert('seen_proofs', { id: 'over', expiresMs: 1 }),
      insert('seen_proofs', { id: 'open', expiresMs: openMs }),
    ]
    await house.stop()
    await house.whileStopped(({ log }) => log.record(createFact('proofs', proofs)))
    expect(readProofs(house)).toEqual(expect.arrayContaining(['over', 'open']))
    await house.start()
    await expect.poll(() => readProofs(house)).not.toContain('over')
    expect(readProofs(house)).toContain('open')
  })
})

function readProofs({ dataDir }: House): readonly unknown[] {
  const database = new DatabaseSync(join(dataDir, 'remit.db'), { readOnly: true })
  try {
    return database
      .prepare('select "key" from seen_proofs')
      .all()
      .map((row) => row['key'])
  } finally {
    database.close()
  }
}
