import type { Kept } from '../../contract/change.ts'
import type { SigningKey } from '../../contract/credential.ts'
import { toRfc3339 } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createInTurn } from '../../ground/one-by-one.ts'
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
  const inTurn = createInTurn() // of two at once, the later one finds the key of the earlier one
  const rotate: TokenKeys['rotate'] = async (actor, { because, isLeaked }) => {
    const nowMs = house.clock.nowMs()
    const counting = (await store.signingKeys()).filter((key) => key.use === use)
    if (!isLeaked) refuseWhereFull(counting)
    const retired = isLeaked ? counting : []
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
    rotate: (actor, why) => inTurn(() => rotate(actor, why)),
    renew,
  }
}

/** Each is published to its end, and all are read by whoever verifies: rotated without a bound, they would grow without one. */
function refuseWhereFull(counting: readonly Kept<SigningKey>[]): void {
  if (counting.length < LIMITS.keysPublishedMax) return
  const freeMs = Math.min(...counting.flatMap(({ retiresMs }) => retiresMs ?? []))
  throw new RemitError('keys_full', {
    detail: `${counting.length} keys of this use still count. The first of them ends at ${toRfc3339(freeMs)}; where one leaked, a rotation that says so ends them all at once.`,
  })
}
