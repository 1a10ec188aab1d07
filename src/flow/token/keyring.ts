import type { KeyObject } from 'node:crypto'
import type { Actor } from '../../contract/log-entry.ts'
import type { OpenKey } from '../../issue/signing-key.ts'
import type { StatusReference } from '../../issue/status-list.ts'

/** What a rotation did; times in epoch milliseconds. */
export interface KeyRotated {
  readonly key: { readonly id: string; readonly algorithm: string; readonly activatesMs: number }
  /** Ids of the keys that count no more. */
  readonly retired: readonly string[]
  readonly entry: number
}

/** The token keys, held open in memory. */
export interface TokenKeys {
  readonly use: 'token' | 'svid' | 'x509-ca' | 'federation'
  /** The key that signs now. */
  readonly current: () => OpenKey
  /** Asked right before a key signs: gives it back; `conflict` where it was taken out of force meanwhile, as one that leaked is. */
  readonly stillOurs: (key: OpenKey) => OpenKey
  readonly publicKeyOf: (id: string) => KeyObject | undefined
  /** The public halves that others verify with, as JWK (RFC 7517). */
  readonly published: () => readonly Readonly<Record<string, unknown>>[]
  /**
   * Makes a successor now. It signs once whoever keeps the published keys has had the time to read it; where `isLeaked`
   * it signs at once, and nothing that the others signed counts any more. One after the other, however many ask. Errors:
   * `keys_full` where too many still count, never where `isLeaked`; `conflict`.
   */
  readonly rotate: (actor: Actor, why: { readonly because: string; readonly isLeaked: boolean }) => Promise<KeyRotated>
  /** Makes a successor in time and forgets the retired; has to run once before anything else, and often enough after. */
  readonly renew: () => Promise<void>
}

/** The lists by which others see, without asking about each, which of our tokens count no more. */
export interface StatusLists {
  /** What a token says of its place. */
  readonly referenceOf: (intent: number) => StatusReference
  /** The signed list of a number; at most `LIMITS.statusListMs` old. Errors: `not_found` for one that no entry is in yet. */
  readonly read: (list: number) => Promise<string>
}
