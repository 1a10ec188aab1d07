import { expect, it } from 'vitest'
import { createMemoryCards, searchBy } from '../../../test/prove/memory-cards.ts'
import { drawHistory } from '../../../test/prove/random-history.ts'
import { digestOf, digestText } from '../../ground/digest.ts'

/** Of entries, of all that cards say of them, and of the seals: what they were when the seal got the name that it has. */
const PINNED = [
  '949ea874b354d49d80019bed3ad3e55249eb694468f2bb93da6ed98e4d2c9b0e',
  'b26354dc8414e0c0dab7e8faeed4a7ba7c63010e93951b981e3e9d92844de237',
  '5d4fd01a2db6795a8f75e6af328cf282ff499152c9987b4461e67ee03cdf0c74',
]

it('cards that say something else of the same entries than before are sealed by another name, so that older ones do not count', async () => {
  const { entries, store } = drawHistory(1, 1_024)
  const { search, shelf } = searchBy(store, createMemoryCards())
  for await (const _ of search.read('told', [], 0, entries.length));
  const cards = [...shelf.kept.values()]
  expect(cards).toHaveLength(8)
  const digest = (part: 'hashes' | 'seal'): string =>
    digestText(cards.map((card) => Buffer.from(card[part]).toString('hex')).join())
  // where the second differs and the first does not, `createCardSeal` needs another name before these are put right
  expect([digestOf(entries), digest('hashes'), digest('seal')]).toEqual(PINNED)
})
