import { tileWidthMax } from '../../contract/log/tile.ts'
import { beginTurn, type Turn } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type PlacedEntry, readLog } from '../read-log.ts'
import type { CardPart, CardShelf, KeptCard, ProveStore } from '../store.ts'
import { type CardSeal, createCardSeal, hashName, holdsOne } from './card.ts'
import { beginCards, type CardWriter, isCarded } from './write-card.ts'

/** What a search is made of. */
export interface SearchParts {
  readonly store: ProveStore
  readonly shelf: CardShelf
  readonly masterKey: Uint8Array
  /** Told of cards that could not be kept: they are written again by whoever looks next. */
  readonly report: (error: unknown) => void
}

/**
 * Who finds entries by what they tell of or name. Nothing is written for it with an entry: beside each full tile of 256
 * stand its cards, which say what it holds and are written later. A tile whose card does not count is read, and its card is
 * written; the last tile, which is not full, is always read. So it is true whatever became of the cards, and only slower.
 */
export interface LogSearch {
  /**
   * Gives, in order, entries from `from` to `to` (exclusive): all that tell of one of these names, or answer one (`told`), or all
   * that name one (`named`), and others that stand beside them. Errors: `store_failed`, `store_damaged`,
   * `log_broken`.
   */
  read(part: CardPart, names: Iterable<string>, from: number, to: number): AsyncGenerator<PlacedEntry>
  /** Writes the next few cards where little else is written; none where much is. Errors: as of a commit. */
  catchUp(): Promise<void>
}

type Keep = (cards: readonly KeptCard[]) => Promise<void>

/** Opens the search. */
export function createSearch({ store, shelf, masterKey, report }: SearchParts): LogSearch {
  const parts: Walked = { store, shelf, seal: createCardSeal(masterKey) }
  const keepAll: Keep = (cards) => shelf.keepCards(cards)
  const keepOrReport: Keep = (cards) => keepAll(cards).catch(report)
  let [next, size] = [Number.NaN, Number.NaN]
  return {
    read: (part, names, from, to) => walk(parts, { part, wanted: hashAll(part, names), from, to, keep: keepOrReport }),
    catchUp: async () => {
      const before = size
      size = (await store.readHead()).size
      if (!(size - before <= LIMITS.cardsQuietEntries)) return // the first look knows of none before
      if (Number.isNaN(next)) next = (await shelf.lastCard()) + 1
      const end = Math.min(next + LIMITS.cardsPerSweep, Math.floor(size / tileWidthMax))
      const [from, to] = [next * tileWidthMax, end * tileWidthMax]
      for await (const _ of walk(parts, { part: 'told', wanted: new Set(), from, to, keep: keepAll }));
      next = Math.max(next, end)
    },
  }
}

/** Null: cards say nothing of one of these, so that every tile may hold it. */
function hashAll(part: CardPart, names: Iterable<string>): ReadonlySet<number> | null {
  const wanted = new Set<number>()
  for (const name of names) {
    if (part === 'named' && !isCarded(name)) return null
    wanted.add(hashName(name))
  }
  return wanted
}

interface Walked extends Pick<SearchParts, 'store' | 'shelf'> {
  readonly seal: CardSeal
}

interface Walk {
  readonly part: CardPart
  readonly wanted: ReadonlySet<number> | null
  readonly from: number
  readonly to: number
  readonly keep: Keep
}

async function* walk(parts: Walked, { part, wanted, from, to, keep }: Walk): AsyncGenerator<PlacedEntry> {
  const turn = beginTurn()
  const full = Math.floor(to / tileWidthMax)
  for (let n = Math.floor(from / tileWidthMax); n < full; n += LIMITS.cardsReadTogether) {
    const until = Math.min(n + LIMITS.cardsReadTogether, full)
    const roots = await parts.store.readHashes(1, n, until)
    const cards = await readCards(parts, part, n, roots)
    const written: KeptCard[] = []
    for (let tile = n; tile < until; tile += 1) {
      if (turn.isOver()) await turn.next()
      const card = cards.get(tile)
      if (card !== undefined && wanted !== null && !holdsOne(card, wanted)) continue
      const writer = card === undefined ? beginCards() : null
      for await (const placed of readLog(parts.store, tile * tileWidthMax, (tile + 1) * tileWidthMax)) {
        if (writer !== null) await takeInTurn(turn, () => writer.take(placed.text))
        if (placed.index >= from) yield placed
      }
      const root = roots[tile - n]
      if (writer !== null && root !== undefined) written.push(...writeCards(parts.seal, tile, root, writer))
    }
    if (written.length > 0) await keep(written)
  }
  yield* readLog(parts.store, Math.max(from, full * tileWidthMax), to)
}

function writeCards(seal: CardSeal, n: number, root: Uint8Array, writer: CardWriter): readonly KeptCard[] {
  const made = writer.finish(root)
  if (made === null) return []
  return (['told', 'named'] as const).map((part) => {
    const hashes = made[part]
    return { part, n, hashes, seal: seal.seal({ part, n, root }, hashes) }
  })
}

async function takeInTurn(turn: Turn, take: () => void): Promise<void> {
  take()
  if (turn.isOver()) await turn.next()
}

/** Gives the cards that count, by their tile. */
async function readCards(
  { shelf, seal }: Walked,
  part: CardPart,
  first: number,
  roots: readonly Uint8Array[],
): Promise<ReadonlyMap<number, Uint8Array>> {
  const kept = await shelf.readCards(part, first, first + roots.length)
  return new Map(
    kept.flatMap((card) => {
      const root = roots[card.n - first]
      return root !== undefined && seal.isOurs({ part, n: card.n, root }, card) ? [[card.n, card.hashes] as const] : []
    }),
  )
}
