import type { CardShelf, KeptCard } from '../prove/store.ts'
import type { Columns, Engine, Script } from './engine.ts'
import type { Hold, Place } from './hold.ts'

/** Makes the shelf of the cards of one log. `hold` goes with every write: who has lost the log keeps nothing any more. */
export function createCardShelf(engine: Engine, place: Place, hold: Hold): CardShelf {
  const { org, log } = place
  return {
    readCards: async (part, from, to) => {
      const sql =
        'select n, hashes, seal from entry_cards where org = ? and log = ? and part = ? and n >= ? and n < ? order by n'
      const rows = await engine.read({ sql, values: [org, log, part, from, to] })
      return rows.flatMap((row) => readCard(part, row))
    },
    keepCards: (cards) => engine.transact(() => keepAll(place, hold, cards)),
    lastCard: async () => {
      const sql = "select n from entry_cards where org = ? and log = ? and part = 'told' order by n desc limit 1"
      const [row] = await engine.read({ sql, values: [org, log] })
      return Number(row?.['n'] ?? -1)
    },
  }
}

/** What is no card, as somebody wrote it, is none: it is written anew. */
function readCard(part: KeptCard['part'], { n, hashes, seal }: Columns): readonly KeptCard[] {
  return hashes instanceof Uint8Array && seal instanceof Uint8Array ? [{ part, n: Number(n), hashes, seal }] : []
}

function* keepAll({ org, log }: Place, hold: Hold, cards: readonly KeptCard[]): Script<void> {
  const sql =
    'insert into entry_cards (org, log, part, n, hashes, seal) values (?, ?, ?, ?, ?, ?) ' +
    'on conflict (org, log, part, n) do update set hashes = excluded.hashes, seal = excluded.seal'
  const inserts = cards.map(({ part, n, hashes, seal }) => ({ sql, values: [org, log, part, n, hashes, seal] }))
  hold.judge((yield [...hold.look, ...inserts]).slice(0, hold.look.length))
}
