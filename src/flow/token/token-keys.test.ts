import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createTestClock, openTestLog } from '../../../test/record/open-test-log.ts'
import type { Kept } from '../../contract/change.ts'
import type { SigningKey } from '../../contract/credential.ts'
import { RemitError } from '../../ground/errors.ts'
import { createIds } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { IssueStore } from '../../issue/store.ts'
import { createTokenKeys } from './token-keys.ts'

const actor = { kind: 'person', id: 'per_1' } as const

/** A keyring whose store can be made to answer late, or to give nothing any more after so many reads. */
async function begin() {
  const clock = createTestClock()
  const store = createMemoryStore()
  let readsLeft = Number.POSITIVE_INFINITY
  let slow = Promise.resolve()
  const issue: Pick<IssueStore, 'signingKeys'> = {
    signingKeys: async () => {
      const rows = [...store.rows].filter(([name]) => name.startsWith('signing_keys/'))
      await slow
      if (readsLeft-- <= 0) throw new RemitError('store_failed')
      const keys = rows.map(
        ([, { body, version, entry }]): Kept<SigningKey> => ({ ...JSON.parse(body), version, entry }),
      )
      return keys.filter(({ retiresMs }) => retiresMs === null || clock.nowMs() < retiresMs)
    },
  }
  const house = { log: await openTestLog(store, { clock }), clock, ids: createIds(() => clock.nowMs()) }
  const keys = createTokenKeys(house, issue as IssueStore, new Uint8Array(32)) // a keyring reads keys alone
  await keys.renew()
  const slowDown = (until: Promise<void>): void => {
    slow = until
  }
  return { keys, clock, slowDown, failAfter: (reads: number) => (readsLeft = reads) }
}

describe('a key that leaked', () => {
  it('signs nothing more once that is written, and nothing is verified by it, even where the store cannot be read then', async () => {
    const { keys, failAfter } = await begin()
    const leaked = keys.current()
    failAfter(1) // of what is retired
    const { key, retired } = await keys.rotate(actor, { because: 'it leaked', isLeaked: true })
    expect([retired, keys.current().id]).toEqual([[leaked.id], key.id])
    expect(keys.publicKeyOf(leaked.id)).toBeUndefined()
    expect(() => keys.stillOurs(leaked)).toThrow(
      'conflict: The key that was to sign it counts no more since; ask again.',
    )
    expect(keys.published().map(({ kid }) => kid)).toEqual([key.id])
  })
})

describe('a key that leaked while the keys are read anew', () => {
  it('is not taken for one of ours by what was read before', async () => {
    const { keys, slowDown } = await begin()
    const leaked = keys.current()
    const { promise, resolve } = Promise.withResolvers<void>()
    slowDown(promise)
    const renewed = keys.renew()
    slowDown(Promise.resolve())
    await keys.rotate(actor, { because: 'it leaked', isLeaked: true })
    resolve()
    await renewed
    expect(keys.publicKeyOf(leaked.id)).toBeUndefined()
    expect(keys.current().id).not.toBe(leaked.id)
  })
})

describe('a key that is replaced before its time', () => {
  it('signs on until its successor was read by those who verify, and both are published', async () => {
    const { keys } = await begin()
    const before = keys.current()
    const { key, retired } = await keys.rotate(actor, { because: 'in time', isLeaked: false })
    expect([keys.current(), retired]).toEqual([before, []])
    expect(keys.published().map(({ kid }) => kid)).toEqual([before.id, key.id])
  })
})

describe('keys that are replaced again and again', () => {
  const why = { because: 'each day', isLeaked: false }

  it('are added up to a bound, then refused until the first of them ends, which the refusal names', async () => {
    const { keys, clock } = await begin()
    for (let made = 1; made < LIMITS.keysPublishedMax; made++) await keys.rotate(actor, why)
    const firstEndsMs = clock.nowMs() + (LIMITS.keyRotationDays + LIMITS.keyOverlapDays) * 86_400_000
    await expect(keys.rotate(actor, why)).rejects.toMatchObject({
      code: 'keys_full',
      detail: expect.stringContaining(new Date(firstEndsMs).toISOString()),
    })
    expect(keys.published()).toHaveLength(LIMITS.keysPublishedMax)
    clock.atMs = firstEndsMs
    expect((await keys.rotate(actor, why)).retired).toEqual([])
  })

  it('are not kept from being replaced where one leaked, and make place with that', async () => {
    const { keys } = await begin()
    for (let made = 1; made < LIMITS.keysPublishedMax; made++) await keys.rotate(actor, why)
    const { retired } = await keys.rotate(actor, { because: 'it leaked', isLeaked: true })
    expect(retired).toHaveLength(LIMITS.keysPublishedMax)
    expect((await keys.rotate(actor, why)).retired).toEqual([])
  })

  it('are ended by each of two who say at once that one leaked', async () => {
    const { keys } = await begin()
    const before = keys.current().id
    const leak = { because: 'it leaked', isLeaked: true }
    const [first, second] = await Promise.all([keys.rotate(actor, leak), keys.rotate(actor, leak)])
    expect([first.retired, second.retired]).toEqual([[before], [first.key.id]])
    expect(keys.published().map(({ kid }) => kid)).toEqual([second.key.id])
  })
})
