import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { sampleKey, tokenIssuer } from '../../../test/register/tokens.ts'
import { LIMITS } from '../../ground/limits.ts'
import { statusListSize, writeStatusList } from '../../issue/status-list.ts'
import { createStatusLists } from './status-lists.ts'

const key = (await sampleKey()).open

/** Two lists over a store that says how often it is read, and may fail; on a clock that the test turns. */
function openLists() {
  const at = { ms: 1_800_000_000_000, reads: 0, isDown: false }
  const lists = createStatusLists({
    house: {
      publicUrl: tokenIssuer,
      clock: { nowMs: () => at.ms },
      log: { head: () => ({ size: 2 * statusListSize }) },
    } as never, // they ask no more of a house
    store: {
      upstreamCutoffs: async () => [],
      keysRetiredSince: async () => 0,
      credentials: async () => {
        at.reads += 1
        if (at.isDown) throw new Error('the store is down')
        return []
      },
    } as never,
    keys: { current: () => key, publicKeyOf: () => key.publicKey },
    placeOf: (intent) => ({ list: 0, index: intent }),
  })
  const toldMs = async (list: number): Promise<number> => (decodeJwt(await lists.read(list)).iat ?? 0) * 1000
  return { at, lists, toldMs }
}

describe('the lists of tokens that count no more', () => {
  it('are each no older than they may be, whichever was asked for before', async () => {
    const { at, toldMs } = openLists()
    await toldMs(0)
    for (const passedMs of [LIMITS.statusListMs - 1, LIMITS.statusListMs - 1, 1, LIMITS.statusListMs]) {
      at.ms += passedMs
      for (const list of [1, 0]) expect(at.ms - (await toldMs(list))).toBeLessThan(LIMITS.statusListMs + 1_000) // told in seconds
    }
  })

  it('are read once for all of them, and anew as soon as that failed', async () => {
    const { at, lists } = openLists()
    await Promise.all([lists.read(0), lists.read(1), lists.read(0)])
    expect(at.reads).toBe(1)
    at.ms += LIMITS.statusListMs
    at.isDown = true
    await expect(lists.read(0)).rejects.toThrow('the store is down')
    at.isDown = false
    await expect(lists.read(0)).resolves.toMatch(/^ey/)
    expect(at.reads).toBe(3)
  })

  it('tell of a token of a server that was cut off, also where it is taken back while they are read', async () => {
    const issuedMs = 1_800_000_000_000
    const signed = { intent: 5, keyId: 'key_1' }
    const token = { id: 'crd_1', audience: 'remit:docs', issuedMs, expiresMs: issuedMs + 60_000, signed }
    let state = 'issued'
    const lists = createStatusLists({
      house: {
        publicUrl: tokenIssuer,
        clock: { nowMs: () => issuedMs + 2 },
        log: { head: () => ({ size: statusListSize }) },
      } as never, // they ask no more of a house
      store: {
        upstreamCutoffs: async () => [{ targetId: 'docs', atMs: issuedMs + 1 }],
        keysRetiredSince: async () => 0,
        credentials: async (asked: string) => {
          const found = asked === state ? [{ ...token, state }] : []
          state = 'revoked' // by whoever ends its task meanwhile
          return found
        },
      } as never,
      keys: { current: () => key, publicKeyOf: () => key.publicKey },
      placeOf: (intent) => ({ list: 0, index: intent }),
    })
    const told = decodeJwt(await lists.read(0))['status_list']
    expect(told).toEqual({ bits: 1, lst: writeStatusList([5]) })
  })
})
