import type { KeyObject } from 'node:crypto'
import { RemitError } from '../../ground/errors.ts'
import { currentKey, type OpenKey, openSigningKey } from '../../issue/signing-key.ts'
import type { IssueStore } from '../../issue/store.ts'
import type { House } from '../house.ts'
import { keepTokenKeys } from '../upkeep/begin-house.ts'

/** The token keys, held open in memory. */
export interface TokenKeys {
  /** The key that signs now. */
  readonly current: () => OpenKey
  readonly publicKeyOf: (id: string) => KeyObject | undefined
  /** The public halves that others verify with, as JWK (RFC 7517). */
  readonly published: () => readonly Readonly<Record<string, unknown>>[]
  /** Makes a successor in time and forgets the retired; has to run once before anything else, and often enough after. */
  readonly renew: () => Promise<void>
}

/** Makes the keyring of a house; it is empty until `renew`. */
export function createTokenKeys(
  house: Pick<House, 'log' | 'ids' | 'clock'>,
  store: IssueStore,
  masterKey: Uint8Array,
): TokenKeys {
  let kept: Awaited<ReturnType<typeof keepTokenKeys>> = []
  let open = new Map<string, OpenKey>()
  return {
    current: () => {
      const key = open.get(currentKey(kept, 'token', house.clock.nowMs())?.id ?? '')
      if (key === undefined) throw new RemitError('internal', { cause: new Error('no token key is in force') })
      return key
    },
    publicKeyOf: (id) => open.get(id)?.publicKey,
    published: () =>
      kept
        .filter((key) => open.has(key.id))
        .map((key) => ({ ...key.publicJwk, kid: key.id, alg: key.algorithm, use: 'sig' })),
    async renew() {
      kept = await keepTokenKeys(house, store, masterKey)
      open = new Map(
        kept
          .filter((key) => key.use === 'token')
          .map((key) => [key.id, open.get(key.id) ?? openSigningKey(key, masterKey)]),
      )
    },
  }
}
