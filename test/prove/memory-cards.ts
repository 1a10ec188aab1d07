import { createSearch, type LogSearch } from '../../src/prove/cards/search.ts'
import type { CardShelf, KeptCard, ProveStore } from '../../src/prove/store.ts'

/** A shelf of cards in memory. All that stands there can be looked at and tampered with. */
export interface MemoryCards extends CardShelf {
  /** By `part n`. */
  readonly kept: Map<string, KeptCard>
}

/** Makes an empty shelf. */
export function createMemoryCards(): MemoryCards {
  const kept = new Map<string, KeptCard>()
  return {
    kept,
    readCards: async (part, from, to) =>
      [...kept.values()].filter((card) => card.part === part && card.n >= from && card.n < to),
    keepCards: async (cards) => {
      for (const card of cards) kept.set(`${card.part} ${card.n}`, card)
    },
    lastCard: async () => Math.max(-1, ...[...kept.values()].map(({ n }) => n)),
  }
}

/** The key by which cards of tests are sealed. */
export const cardKey = new Uint8Array(32).fill(7)

/** Opens a search, on a shelf of its own where none is given. */
export function searchBy(store: ProveStore, shelf = createMemoryCards()): { search: LogSearch; shelf: MemoryCards } {
  const report = (error: unknown): void => {
    throw error
  }
  return { search: createSearch({ store, shelf, masterKey: cardKey, report }), shelf }
}
