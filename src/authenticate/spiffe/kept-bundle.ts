import { type Fact, insert, type Kept, update } from '../../contract/change.ts'
import type { TrustBundle } from '../../contract/register/trust-bundle.ts'
import { digestText } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { LoadedKeys } from '../assertion/key-source.ts'
import type { AuthenticateStore } from '../store.ts'
import { readBundle } from './bundle.ts'

/** How what was taken of a trust domain is kept: read from the store, and written by the record alone. */
export interface BundleShelf {
  readonly store: Pick<AuthenticateStore, 'getTrustBundle'>
  readonly record: (fact: Fact) => Promise<unknown>
  readonly nowMs: () => number
}

/** What was kept of a trust domain, and how old it is. */
export interface KeptKeys {
  readonly value: LoadedKeys
  readonly ageMs: number
}

/** Gives the newest bundle that was taken of a trust domain, undefined where none was. */
export async function findKeptKeys(shelf: BundleShelf, domain: string): Promise<KeptKeys | undefined> {
  const kept = await shelf.store.getTrustBundle(domain)
  if (kept === undefined) return undefined
  return { value: readBundle(kept.body, domain, null), ageMs: Math.max(0, shelf.nowMs() - kept.readMs) }
}

/**
 * Keeps a bundle before it is used, so that what it revoked stays revoked after a restart, whatever its source says then. One
 * that is kept already is written again once half of `LIMITS.bundleStaleMs` is over. A bundle without a sequence is not kept:
 * nobody could say of another one whether it is older. Rejects where it cannot be written; the bundle does not count then.
 */
export async function keepBundle(shelf: BundleShelf, domain: string, text: string, keys: LoadedKeys): Promise<void> {
  if (keys.sequence === null) return
  const kept = await shelf.store.getTrustBundle(domain)
  const isFresh = kept !== undefined && shelf.nowMs() - kept.readMs < LIMITS.bundleStaleMs / 2
  if (isFresh && kept.body === text) return
  const bundle = { domain, sequence: String(keys.sequence), body: text, readMs: shelf.nowMs() }
  await shelf.record(recordBundle(bundle, kept, keys))
}

function recordBundle(bundle: TrustBundle, kept: Kept<TrustBundle> | undefined, keys: LoadedKeys): Fact {
  return {
    entry: {
      kind: 'trust-bundle.kept',
      actor: { kind: 'system', id: 'remit' },
      subject: { kind: 'trust-domain', id: bundle.domain },
      data: {
        sequence: bundle.sequence,
        digest: digestText(bundle.body),
        keys: keys.keys.length,
        authorities: keys.authorities?.length ?? 0,
      },
    },
    changes: [kept === undefined ? insert('trust_bundles', bundle) : update('trust_bundles', kept, bundle)],
  }
}
