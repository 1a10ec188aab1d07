import { sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { createTestClock } from '../../test/record/open-test-log.ts'
import { keep, sampleMs } from '../../test/register/samples.ts'
import { masterKey } from '../../test/register/tokens.ts'
import type { Fact, Kept } from '../contract/change.ts'
import type { SigningKey } from '../contract/credential.ts'
import { TIER_TERMS } from '../contract/register/tier.ts'
import { keepTokenKeys } from '../flow/upkeep/begin-house.ts'
import { createIds } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { currentKey, makeSigningKey, needsSuccessor, openSigningKey, recordKey } from './signing-key.ts'
import type { IssueStore } from './store.ts'

const DAY_MS = 86_400_000
const ids = createIds(() => sampleMs)
const lifeMs = (LIMITS.keyRotationDays + LIMITS.keyOverlapDays) * DAY_MS

describe('a signing key', () => {
  it.each([
    ['token', 'ES256', sampleMs + lifeMs],
    ['federation', 'RS256', sampleMs + lifeMs],
    ['log', 'Ed25519', null],
  ] as const)('for the %s signs with %s', async (use, algorithm, retiresMs) => {
    const key = await makeSigningKey(use, masterKey, ids, sampleMs)
    expect(key).toMatchObject({ use, algorithm, createdMs: sampleMs, activatesMs: sampleMs, retiresMs })
    const open = openSigningKey(key, masterKey)
    const hash = use === 'log' ? null : 'sha256'
    const text = Buffer.from('x')
    expect(verify(hash, text, open.publicKey, sign(hash, text, open.privateKey))).toBe(true)
    expect(open.publicKey.export({ format: 'jwk' })).toEqual(key.publicJwk)
  })

  it('is kept without its private half in clear', async () => {
    const key = await makeSigningKey('token', masterKey, ids, sampleMs)
    expect(Object.keys(key.publicJwk).sort()).toEqual(['crv', 'kty', 'x', 'y'])
    const secret = openSigningKey(key, masterKey).privateKey.export({ format: 'jwk' }).d ?? ''
    expect(secret).not.toBe('')
    const kept = JSON.stringify(key) + Buffer.from(key.sealed, 'base64url').toString('latin1')
    expect(kept).not.toContain(secret)
    expect(kept).not.toContain(Buffer.from(secret, 'base64url').toString('latin1'))
  })

  it.each<[string, (key: SigningKey) => readonly [SigningKey, Uint8Array]]>([
    ['under another master key', (key) => [key, Buffer.alloc(32, 8)]],
    ['under the name of another key', (key) => [{ ...key, id: 'key_other' }, masterKey]],
    ['with one bit changed', (key) => [{ ...key, sealed: flip(key.sealed) }, masterKey]],
    ['cut short', (key) => [{ ...key, sealed: key.sealed.slice(0, 20) }, masterKey]],
    ['empty', (key) => [{ ...key, sealed: '' }, masterKey]],
  ])('does not open %s', async (_, change) => {
    const [key, master] = change(await makeSigningKey('token', masterKey, ids, sampleMs))
    expect(() => openSigningKey(key, master)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })

  it('is in the log by its terms, and neither half is', async () => {
    const key = await makeSigningKey('token', masterKey, ids, sampleMs)
    const { entry, changes } = recordKey(key)
    expect(entry.data).toEqual({
      use: 'token',
      algorithm: 'ES256',
      activatesMs: key.activatesMs,
      retiresMs: key.retiresMs,
    })
    expect(changes).toEqual([{ op: 'insert', table: 'signing_keys', row: key }])
  })
})

function flip(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  bytes[40] = (bytes[40] ?? 0) ^ 1
  return bytes.toString('base64url')
}

describe('which key signs', () => {
  const key = (id: string, activatesMs: number, retiresMs: number | null, use: SigningKey['use'] = 'token') =>
    keep({ id, use, algorithm: 'ES256', publicJwk: {}, sealed: '', createdMs: 0, activatesMs, retiresMs } as SigningKey)
  const keys = [key('old', 0, 10), key('new', 5, 15), key('log', 6, null, 'log')]

  it.each([
    [0, 'old'],
    [4, 'old'],
    [5, 'new'],
    [14, 'new'],
    [15, undefined],
    [-1, undefined],
  ])('at %i: %s', (atMs, id) => {
    expect(currentKey(keys, 'token', atMs)?.id).toBe(id)
  })

  it('a key of another use never signs', () => {
    expect(currentKey(keys, 'log', 100)?.id).toBe('log')
    expect(currentKey([key('log', 0, null, 'log')], 'token', 1)).toBeUndefined()
  })

  it('a successor is needed when the last key is in its overlap, and not while one waits', () => {
    const overlapMs = LIMITS.keyOverlapDays * DAY_MS
    const only = [key('a', 0, lifeMs)]
    expect(needsSuccessor([], 'token', 0)).toBe(true)
    expect(needsSuccessor(only, 'token', lifeMs - overlapMs - 1)).toBe(false)
    expect(needsSuccessor(only, 'token', lifeMs - overlapMs)).toBe(true)
    expect(needsSuccessor([...only, key('b', lifeMs - 1, 2 * lifeMs)], 'token', lifeMs - overlapMs)).toBe(false)
    expect(needsSuccessor(only, 'log', 0)).toBe(true)
  })
})

/** A house of nothing but keys: what rotation reads and writes, on a clock that the test turns. */
function makeKeyHouse() {
  const clock = createTestClock()
  const kept: Kept<SigningKey>[] = []
  const store: Pick<IssueStore, 'signingKeys'> = {
    signingKeys: async () => kept.filter((key) => key.retiresMs === null || clock.atMs < key.retiresMs),
  }
  const record = async ({ changes: [change] }: Fact): Promise<void> => {
    if (change?.op === 'insert' && change.table === 'signing_keys') kept.push(keep(change.row))
  }
  const house = { log: { record }, ids, clock } as unknown as Parameters<typeof keepTokenKeys>[0] // it needs no more of a log
  const keepKeys = async (): Promise<void> => void (await keepTokenKeys(house, store, masterKey))
  return { clock, kept, keepKeys }
}

describe('rotation', () => {
  const longestTokenMs = Math.max(...Object.values(TIER_TERMS).map((terms) => terms.longestCredentialSeconds)) * 1000
  const pauses = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 24 }).map((hours) => hours * 3_600_000) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 20 }).map((days) => days * DAY_MS) },
      { weight: 1, arbitrary: fc.integer({ min: 30, max: 100 }).map((days) => days * DAY_MS) },
    ),
    { maxLength: 8 },
  )

  it('leaves no moment without a key, whatever the pauses, and drops none that signed something living', async () => {
    const tried = fc.asyncProperty(pauses, async (waits) => {
      const { clock, kept, keepKeys } = makeKeyHouse()
      for (const waitMs of [0, ...waits]) {
        clock.atMs += waitMs
        await keepKeys()
        const signing = currentKey(kept, 'token', clock.atMs)
        expect(signing).toBeDefined()
        // until the next hourly look: the present key or its successor
        for (const aheadMs of [1, 60_000, LIMITS.keyCheckEveryMs]) {
          const then = currentKey(kept, 'token', clock.atMs + aheadMs)
          expect(then?.retiresMs ?? 0).toBeGreaterThan(
            clock.atMs + aheadMs + (then?.id === signing?.id ? 0 : longestTokenMs),
          )
        }
      }
    })
    await fc.assert(tried, RUNS)
  }, 600_000)

  it('publishes a successor for a day before it signs, and the old key until all it signed is over', async () => {
    const { clock, kept, keepKeys } = makeKeyHouse()
    const endMs = clock.atMs + 200 * DAY_MS
    const signedWith = new Map<string, number>()
    for (; clock.atMs < endMs; clock.atMs += LIMITS.keyCheckEveryMs) {
      await keepKeys()
      signedWith.set(currentKey(kept, 'token', clock.atMs)?.id ?? '', clock.atMs)
    }
    expect([...signedWith.keys()]).toEqual(kept.slice(0, signedWith.size).map((key) => key.id))
    expect(signedWith.size).toBeGreaterThan(5)
    for (const key of kept.slice(1)) expect(key.activatesMs - key.createdMs).toBe(DAY_MS)
    for (const key of kept.slice(0, -2))
      expect(key.retiresMs ?? 0).toBeGreaterThanOrEqual((signedWith.get(key.id) ?? 0) + longestTokenMs)
  })
})
