import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { KeptCard } from '../../src/prove/store.ts'
import type { Store, StoreConfig } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open, PLACE } from './backends.ts'

const card = (part: KeptCard['part'], n: number, says = `${part} ${n}`): KeptCard => ({
  part,
  n,
  hashes: new TextEncoder().encode(says),
  seal: new TextEncoder().encode(`seal of ${says}`),
})

describe.each(BACKENDS)('the cards of tiles, on $name', ({ start }) => {
  let backend: Backend
  let config: StoreConfig
  let store: Store
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    config = await backend.create()
    store = await open(config)
  })
  afterEach(() => store.close())
  const read = async (part: KeptCard['part'], from = 0, to = 99) =>
    (await store.cards.readCards(part, from, to)).map(({ n, hashes, seal }) => [
      n,
      Buffer.from(hashes).toString(),
      Buffer.from(seal).toString(),
    ])

  it('are kept by part and tile, in order, and over another opening', async () => {
    expect(await store.cards.lastCard()).toBe(-1)
    await store.cards.keepCards([card('named', 9), card('told', 2), card('told', 1), card('told', 5)])
    await store.close()
    store = await open(config)
    expect(await read('told', 1, 5)).toEqual([
      [1, 'told 1', 'seal of told 1'],
      [2, 'told 2', 'seal of told 2'],
    ])
    expect((await read('named')).map(([n]) => n)).toEqual([9])
    expect(await store.cards.lastCard()).toBe(5)
  })

  it('take the place of those before', async () => {
    await store.cards.keepCards([card('told', 1, 'old'), card('told', 2)])
    await store.cards.keepCards([card('told', 1, 'new')])
    await store.cards.keepCards([])
    expect((await read('told')).map(([, says]) => says)).toEqual(['new', 'told 2'])
  })

  it('of another organisation or log are not seen, and stay', async () => {
    await store.cards.keepCards([card('told', 1)])
    for (const place of [
      { ...PLACE, org: 'other' },
      { ...PLACE, log: 'remit.test/other' },
    ]) {
      await store.close()
      store = await open(config, place)
      expect([await read('told'), await store.cards.lastCard()]).toEqual([[], -1])
      await store.cards.keepCards([card('told', 1, 'theirs')])
    }
    await store.close()
    store = await open(config)
    expect((await read('told')).map(([, says]) => says)).toEqual(['told 1'])
  })
})
