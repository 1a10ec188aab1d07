import type { SigningKey } from '../../contract/credential.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { currentKey, makeSigningKey, type OpenKey, openSigningKey, recordRotation } from '../../issue/signing-key.ts'
import type { IssueStore } from '../../issue/store.ts'
import type { House } from '../house.ts'
import { keepTokenKeys } from '../upkeep/begin-house.ts'
import type { TokenKeys } from './keyring.ts'

/** Makes the keyring of a house for one use of its keys; it is empty until `renew`. */
export function createTokenKeys(
  house: Pick<House, 'log' | 'ids' | 'clock'>,
  store: IssueStore,
  masterKey: Uint8Array,
  use: TokenKeys['use'] = 'token',
  complete: (key: SigningKey) => SigningKey = (key) => key,
): TokenKeys {
  let kept: Awaited<ReturnType<typeof keepTokenKeys>> = []
  let open = new Map<string, OpenKey>()
  const hold = (keys: typeof kept): void => {
    kept = keys
    open = new Map(
      kept.filter((key) => key.use === use).map((key) => [key.id, open.get(key.id) ?? openSigningKey(key, masterKey)]),
    )
  }
  let rotations = 0
  const renew = async (): Promise<void> => {
    const before = rotations
    const keys = await keepTokenKeys(house, store, masterKey, { use, complete })
    if (rotations === before) hold(keys) // else they were read before a rotation, and may hold one that leaked
  }
  return {
    use,
    current: () => {
      const key = open.get(currentKey(kept, use, house.clock.nowMs())?.id ?? '')
      if (key === undefined) throw new RemitError('internal', { cause: new Error('no token key is in force') })
      return key
    },
    stillOurs: (key) => {
      if (open.has(key.id)) return key
      throw new RemitError('conflict', { detail: 'The key that was to sign it counts no more since; ask again.' })
    },
    publicKeyOf: (id) => open.get(id)?.publicKey,
    published: () =>
      kept
        .filter((key) => open.has(key.id))
        .map(({ publicJwk, id, algorithm, certificate }) => ({
          ...publicJwk,
          kid: id,
          alg: algorithm,
          use: 'sig',
          ...(certificate === undefined ? {} : { x5c: [certificate] }),
        })),
    async rotate(actor, { because, isLeaked }) {
      const nowMs = house.clock.nowMs()
      const retired = isLeaked ? (await store.signingKeys()).filter((key) => key.use === use) : []
      const activatesMs = isLeaked ? nowMs : nowMs + LIMITS.keySetSeconds * 1000
      const successor = complete(await makeSigningKey(use, masterKey, house.ids, nowMs, activatesMs))
      const { index } = await house.log.record(recordRotation({ successor, retired, because }, actor, nowMs))
      // it is written: one that leaked signs nothing more, and nobody is told otherwise where the store cannot be read now
      rotations++
      const left = kept.filter(({ id }) => !retired.some((key) => key.id === id))
      hold([...left, { ...successor, version: 1, entry: index }])
      await renew().catch(() => undefined)
      const { id, algorithm } = successor
      return { key: { id, algorithm, activatesMs }, retired: retired.map((key) => key.id), entry: index }
    },
    renew,
  }
}
