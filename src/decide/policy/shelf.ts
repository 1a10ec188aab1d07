import type { Change } from '../../contract/change.ts'
import type { Policies } from './load-policies.ts'

/**
 * The policy sets of one domain as they count now. They change while the house runs: a hearing takes the one in force
 * at its opening, with the guards of that moment, and keeps both to its end.
 */
export interface PolicyShelf {
  /** The set that decides. */
  enforced(): Policies
  /** The set that is observed beside it and decides nothing; null where none is. */
  shadow(): Policies | null
  /** What every permit guards, so that none is recorded under a set that no longer decides. */
  guards(): readonly Change[]
  /** The number of the version that decides: a set that is brought back has another one than before. */
  publication(): number
}

/** What stands on a shelf. */
export interface Shelved {
  readonly enforced: Policies
  readonly shadow: Policies | null
  readonly guards: readonly Change[]
  /** 0 where the set has no number yet. */
  readonly publication?: number
}

/** A shelf whose sets can be replaced, all at once. */
export interface Shelf extends PolicyShelf {
  put(shelved: Shelved): void
}

/** Makes a shelf. A hearing that has begun keeps what it took. */
export function createShelf(first: Shelved): Shelf {
  let now = first
  return {
    enforced: () => now.enforced,
    shadow: () => now.shadow,
    guards: () => now.guards,
    publication: () => now.publication ?? 0,
    put: (next) => {
      now = next
    },
  }
}
