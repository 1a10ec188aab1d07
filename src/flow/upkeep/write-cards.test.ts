import { expect, it } from 'vitest'
import type { LogCondition } from '../../record/condition.ts'
import type { House } from '../house.ts'
import { writeCards } from './write-cards.ts'

it('cards are written while the log is open, and nothing is said each second of one that is not', async () => {
  const written: string[] = []
  for (const state of ['open', 'failing', 'broken'] as const) {
    const condition = (): LogCondition => ({ state, detail: '', facts: {} })
    const house = { log: { condition }, search: { catchUp: async () => void written.push(state) } }
    await writeCards(house as unknown as House) // all that is looked at
  }
  expect(written).toEqual(['open'])
})
