import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { createFact } from '../record/open-test-log.ts'

describe('a house that runs', () => {
  let house: House
  beforeAll(async () => {
    house = await startHouse()
  })
  afterAll(() => house.end())

  it('writes the cards of full tiles by itself, and again where they were deleted once somebody asks why', async () => {
    await house.stop()
    await house.whileStopped(async ({ log }) => {
      await Promise.all(Array.from({ length: 600 }, (_, at) => log.record(createFact(`f${at}`))))
    })
    await house.start()
    await expect.poll(() => countCards(house)).toBeGreaterThanOrEqual(4)
    const written = countCards(house)
    await house.stop()
    change(house, 'delete from entry_cards')
    await house.start()
    const { explanation } = await house.people.lin.client.entries.why(500)
    expect([explanation.index, countCards(house)]).toEqual([500, written])
  })
})

function change({ dataDir }: House, sql: string): void {
  const database = new DatabaseSync(join(dataDir, 'remit.db'))
  database.exec(sql)
  database.close()
}

function countCards({ dataDir }: House): number {
  const database = new DatabaseSync(join(dataDir, 'remit.db'), { readOnly: true })
  try {
    return Number(database.prepare('select count(*) as n from entry_cards').get()?.['n'])
  } finally {
    database.close()
  }
}
