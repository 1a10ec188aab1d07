import type { PolicyFile } from '../../decide/policy/policy.ts'
import type { PolicySets } from '../../decide/policy/policy-sets.ts'
import type { Shelf } from '../../decide/policy/shelf.ts'
import type { CheckTurns } from './check-turns.ts'
import type { PolicyFaults } from './policy-faults.ts'

/** What the policies of a house are made of: what decides now, what could, and what its folder held at the start. */
export interface PolicyDesk {
  readonly shelf: Shelf
  readonly sets: PolicySets
  /** The organisation's files in the configured folder; null where none is configured. */
  readonly folder: readonly PolicyFile[] | null
  /** Who checks, and so what nobody does too often at once. */
  readonly turns: CheckTurns
  /** What went wrong with policies while they decided. */
  readonly faults: PolicyFaults
  /**
   * Puts on the shelf what the store says is in force. A set that was made once is not made again. Errors: those of
   * `PolicySets`, `store_failed`, `store_damaged`; the shelf then stays as it is, and its guards let no permit through that it
   * should not.
   */
  readonly refresh: () => Promise<void>
}
