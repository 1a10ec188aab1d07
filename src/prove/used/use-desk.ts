import type { Kept } from '../../contract/change.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { LogSearch } from '../cards/search.ts'
import { openEntry } from '../read-log.ts'
import type { ProveStore } from '../store.ts'
import { createUseCount, type EntitlementUse, type UseCount } from './count-uses.ts'

/** What a count has read: the entries from `from` to `to` (exclusive) of a log of `size`. */
export interface Counted {
  readonly from: number
  readonly to: number
  readonly size: number
  readonly of: (entitlementId: string) => EntitlementUse
}

/** Who counts what was used. */
export interface UseDesk {
  /**
   * Counts on for granted entitlements of one identity, from where they were granted: a call reads at most
   * `LIMITS.usedEntriesPerLook` entries, and passes over `LIMITS.usedEntriesPassedPerLook`. Call again while `to` is below
   * `size`. Errors: `store_failed`, `store_damaged`.
   */
  count(identityId: string, entitlements: readonly Kept<Entitlement>[]): Promise<Counted>
}

/** Where use is counted. */
export interface UseParts {
  readonly store: Pick<ProveStore, 'readHead'>
  readonly search: LogSearch
}

interface Ledger {
  readonly ids: ReadonlySet<string>
  /** Which entitlements these are, each as it is now: one that is narrowed is counted anew, from there on. */
  readonly of: string
  readonly from: number
  readonly counting: UseCount
  to: number
  /** Whoever counts on waits for whoever counts now. */
  turn: Promise<unknown>
}

/**
 * Opens the desk. The log alone is the source: nothing is written for it when something is permitted. What was counted
 * is kept in memory for the identities that were asked about last, so that the next look reads only what came since.
 */
export function createUseDesk(parts: UseParts): UseDesk {
  const ledgers = new Map<string, Ledger>()
  return {
    count: async (identityId, entitlements) => {
      const ledger = findLedger(ledgers, identityId, entitlements)
      const turn = ledger.turn.then(async () => {
        const size = await countOn(parts, ledger)
        return tellCounted(ledger, size)
      })
      ledger.turn = turn.catch(() => undefined) // told to who asked for it; the next one goes on from there
      return await turn
    },
  }
}

function findLedger(
  ledgers: Map<string, Ledger>,
  identityId: string,
  entitlements: readonly Kept<Entitlement>[],
): Ledger {
  const known = ledgers.get(identityId)
  const of = entitlements.map(({ id, version }) => `${id}@${version}`).join()
  const from = Math.min(...entitlements.map((row) => row.entry))
  const ledger =
    known?.of === of
      ? known
      : {
          ids: new Set(entitlements.map((row) => row.id)),
          of,
          from: Number.isFinite(from) ? from : 0,
          counting: createUseCount(entitlements),
          to: Number.isFinite(from) ? from : 0,
          turn: Promise.resolve(),
        }
  ledgers.delete(identityId)
  ledgers.set(identityId, ledger) // the one that was asked for last is the last to go
  const [oldest] = ledgers.keys()
  if (ledgers.size > LIMITS.useCountsMax && oldest !== undefined) ledgers.delete(oldest)
  return ledger
}

/** Reads on, and gives how many entries the log has. */
async function countOn({ store, search }: UseParts, ledger: Ledger): Promise<number> {
  const { size } = await store.readHead()
  if (ledger.ids.size === 0) ledger.to = size
  const end = Math.min(size, ledger.to + LIMITS.usedEntriesPassedPerLook)
  let read = 0
  for await (const placed of search.read('named', ledger.ids, ledger.to, end)) {
    if (namesOne(placed.text, ledger.ids)) ledger.counting.take(openEntry(placed), placed.index)
    ledger.to = placed.index + 1
    read += 1
    if (read === LIMITS.usedEntriesPerLook) return size
  }
  ledger.to = end
  return size
}

/** Gives what is counted by now: whoever comes next counts on, while this is still read. */
function tellCounted({ ids, from, to, counting }: Ledger, size: number): Counted {
  const uses = new Map([...ids].map((id) => [id, counting.of(id)]))
  return { from, to, size, of: (id) => uses.get(id) ?? counting.of(id) }
}

const RELIED = /"entitlements":\[([^\]]*)\]/g

/** True where the text of an entry may name one of these entitlements, found without reading all of it. */
function namesOne(text: string, ids: ReadonlySet<string>): boolean {
  for (const [, list = ''] of text.matchAll(RELIED))
    if (list.split(',').some((quoted) => ids.has(quoted.slice(1, -1)))) return true
  return false
}
