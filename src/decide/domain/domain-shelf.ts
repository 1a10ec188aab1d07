import type { Change } from '../../contract/change.ts'
import type { Domain } from './domain.ts'

/** A domain as it counts now, and what a permit under it guards so that none is recorded after it has been replaced. */
export interface ShelvedDomain {
  readonly domain: Domain
  /** The version that is observed beside it and decides nothing; null or absent where none is. */
  readonly shadow?: Domain | null
  readonly guards: readonly Change[]
}

/** A domain by the name that somebody asks by, which may be that of none. */
export interface NamedDomain {
  readonly name: string
  readonly shelved: ShelvedDomain | undefined
}

/** The domains of other applications, by name. They change while the house runs; a hearing keeps the one that it took. */
export interface DomainShelf {
  find(name: string): ShelvedDomain | undefined
}

/** Makes a shelf without any; `put` sets or replaces one. */
export function createDomainShelf(): DomainShelf & { put(shelved: ShelvedDomain): void } {
  const byName = new Map<string, ShelvedDomain>()
  return {
    find: (name) => byName.get(name),
    put: (shelved) => void byName.set(shelved.domain.name, shelved),
  }
}
