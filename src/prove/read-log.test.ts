import { expect, it } from 'vitest'
import { countTurns } from '../../test/count-turns.ts'
import { readLog } from './read-log.ts'
import type { ProveStore } from './store.ts'

/** A store that answers without leaving the turn, as the one on SQLite does. */
const store: ProveStore = {
  readHead: async () => ({ size: 0, note: '' }),
  readEntries: async (from, to) => Array.from({ length: to - from }, (_, at) => Buffer.from(`${from + at}`)),
  readHashes: async () => [],
}

it('a long log is read whole, and others have their turn between any two entries', async () => {
  const texts: string[] = []
  const turns = await countTurns(async () => {
    for await (const { text } of readLog(store, 0, 2_000)) texts.push(text)
  })
  expect(texts).toEqual(Array.from({ length: 2_000 }, (_, at) => `${at}`))
  expect(turns).toBeGreaterThanOrEqual(2_000)
})
