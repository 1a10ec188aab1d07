import { expect, it } from 'vitest'
import { countTurns } from '../../test/count-turns.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Page } from '../register/store.ts'
import { allRows } from './all-rows.ts'

const rows = Array.from({ length: 4 * LIMITS.pageRowsMax + 1 }, (_, at) => ({
  id: `id_${String(at).padStart(6, '0')}`,
}))

/** Answers without leaving the turn, as the store on SQLite does. */
const read = async ({ after = '', limit }: Page): Promise<typeof rows> =>
  rows.filter(({ id }) => id > after).slice(0, limit)

it('every row of a long list is given, and others have their turn between its pages', async () => {
  const given: { readonly id: string }[] = []
  const turns = await countTurns(async () => {
    for await (const row of allRows(read)) given.push(row)
  })
  expect(given).toEqual(rows)
  expect(turns).toBeGreaterThanOrEqual(4)
})
