import type { SpentProofs } from '../../authenticate/assertion/assertion-kinds.ts'
import type { DpopProof } from '../../authenticate/dpop/proof.ts'
import type { AuthenticateStore } from '../../authenticate/store.ts'
import type { Change } from '../../contract/change.ts'
import type { SeenRead } from '../../contract/token/seen-read.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createInTurn } from '../../ground/one-by-one.ts'
import { Recent } from '../../ground/recent.ts'
import type { Log } from '../../record/log.ts'

/** Where proofs are kept that came with requests which only read. */
export interface ReadShelf {
  open(nowMs: number): Promise<{ readonly sinceMs: number; readonly reads: readonly SeenRead[] }>
  keep(reads: readonly SeenRead[]): Promise<void>
}

/** Proofs of possession at doors that only read: what was shown before a restart, and what has to outlive the next. */
export interface ReadProofs {
  /** Since when every proof is kept that was shown at such a door. */
  readonly sinceMs: number
  /** Those that were shown before this process began. */
  readonly before: readonly SeenRead[]
  /** Refuses a proof from before this process began that was decided on then. Error: `proof_invalid`. */
  refuseDecided(proof: DpopProof): Promise<void>
  /** True where the change that marks a proof as seen has been recorded by this process. */
  isRecorded(seen: Change): boolean
  /** Proofs that decisions were made on. */
  readonly spent: SpentProofs
  /**
   * Resolves once they are on disk. Those that come together share one commit. Errors: `log_unavailable`, `store_failed`,
   * `store_locked`.
   */
  keep(reads: readonly SeenRead[]): Promise<void>
}

/** What it is made of. */
interface Parts {
  readonly log: Log
  readonly shelf: ReadShelf
  readonly store: Pick<AuthenticateStore, 'getSeenProof'>
  readonly clock: Clock
}

/** Reads what is kept, and makes the log tell which proofs it has recorded. Errors: those of the shelf. */
export async function openReadProofs({
  log,
  shelf,
  store,
  clock,
}: Parts): Promise<{ readonly readProofs: ReadProofs; readonly log: Log }> {
  const beganMs = clock.nowMs()
  const { sinceMs, reads: before } = await shelf.open(beganMs)
  const recorded = new WeakSet<Change>()
  const spent = new Recent<true>(LIMITS.proofsSpentRememberedMax)
  // one that is dated ahead of the moment when this began may be from before it
  const mayPrecede: SpentProofs['mayPrecede'] = ({ issuedMs }) => issuedMs <= beganMs + LIMITS.clockSkewSeconds * 1000
  const record: Log['record'] = async (fact) => {
    const kept = await log.record(fact)
    for (const change of fact.changes) {
      if (change.op !== 'insert' || change.table !== 'seen_proofs') continue
      recorded.add(change)
      spent.set(change.row.id, true)
    }
    return kept
  }
  const readProofs: ReadProofs = {
    sinceMs,
    before,
    isRecorded: (seen) => recorded.has(seen),
    spent: { has: (seenId) => spent.get(seenId) === true, mayPrecede },
    refuseDecided: async (proof) => {
      if (!mayPrecede(proof)) return
      if ((await store.getSeenProof(proof.seenId)) !== undefined)
        throw new RemitError('proof_invalid', { detail: 'The proof was shown before; each counts once.' })
    },
    keep: inBatches((reads) => shelf.keep(reads)),
  }
  return { readProofs, log: { ...log, record } }
}

/** What comes while a batch is on its way waits for it, and goes together. */
function inBatches(write: ReadShelf['keep']): ReadShelf['keep'] {
  const inTurn = createInTurn()
  let waiting: SeenRead[] = []
  let next: Promise<void> | null = null
  const begin = async (): Promise<void> => {
    const batch = waiting
    waiting = []
    next = null
    await write(batch)
  }
  return (reads) => {
    waiting.push(...reads)
    next ??= inTurn(begin)
    return next
  }
}
