import { describe, expect, it } from 'vitest'
import { systemClock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createDpopNonces, type DpopNonces } from './nonce.ts'
import type { DpopProof } from './proof.ts'

const slotMs = LIMITS.nonceSlotSeconds * 1000
const startMs = 29_538_720 * slotMs
let atMs = startMs
const clock = { ...systemClock, nowMs: () => atMs }
const masterKey = Buffer.alloc(32, 7)
const nonces = createDpopNonces(masterKey, clock, 'token')

const proof = (nonce: string | null, thumbprint = 'key'): DpopProof =>
  ({ thumbprint, nonce, issuedMs: atMs, seenId: 'x', changes: [] }) as unknown as DpopProof // only dpop-proof.ts makes real ones

/** Gives the nonce that is asked for, null where the proof is taken. */
function asked(by: DpopNonces, shown: DpopProof, door: 'token' | 'resource' = 'token'): string | null {
  try {
    by.require(shown, door)
    return null
  } catch (error) {
    if (error instanceof RemitError && error.code === 'use_dpop_nonce') return String(error.facts['nonce'])
    throw error
  }
}

describe('the nonce of a proof', () => {
  it('counts from when it was given out until the end of the slot after, for its key alone', () => {
    atMs = startMs
    const nonce = asked(nonces, proof(null)) ?? ''
    expect(asked(nonces, proof(nonce))).toBeNull()
    expect(asked(nonces, proof(nonce, 'other'))).not.toBeNull()
    atMs = startMs + 2 * slotMs - 1
    expect(asked(nonces, proof(nonce))).toBeNull()
    atMs = startMs + 2 * slotMs
    expect(asked(nonces, proof(nonce))).not.toBeNull()
    atMs = startMs - 1
    expect(asked(nonces, proof(nonce))).not.toBeNull()
  })

  it('is taken by another start with the same master key, and by none with another', () => {
    atMs = startMs
    const nonce = asked(nonces, proof(null)) ?? ''
    expect(asked(createDpopNonces(masterKey, clock, 'all'), proof(nonce))).toBeNull()
    expect(asked(createDpopNonces(Buffer.alloc(32, 8), clock, 'all'), proof(nonce))).not.toBeNull()
  })

  it.each(['', '.', 'x', 'é', `${Math.floor(startMs / slotMs).toString(36)}.`])('is refused where it is %j', (made) => {
    atMs = startMs
    expect(asked(nonces, proof(made))).not.toBeNull()
  })

  it('is asked for where the configuration says so', () => {
    const outcomes = (['off', 'token', 'all'] as const).map((places) => {
      const made = createDpopNonces(masterKey, clock, places)
      return (['token', 'resource'] as const).map((door) => asked(made, proof(null), door) !== null)
    })
    expect(outcomes).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ])
  })
})
