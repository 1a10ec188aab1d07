import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import type { DpopProof } from './proof.ts'

/** Where proofs have to hold a nonce: nowhere, at the token endpoint, or at every door that takes one. */
type NoncePlaces = 'off' | 'token' | 'all'

/** The nonces of proofs (RFC 9449 section 8): with them nobody makes proofs in advance, however long they have the key. */
export interface DpopNonces {
  /**
   * Refuses a proof that lacks a nonce that counts now. Gives the newest one for its key, to be used from now on (section 8.2);
   * null where this door asks for none. Error: `use_dpop_nonce`; its fact `nonce` is the one to use.
   */
  require(proof: DpopProof, door: 'token' | 'resource'): string | null
}

/**
 * Makes nonces that need to be kept nowhere: each holds its time and is bound to the key of the proof, by a key of its own made
 * of the master key. So a restart, and another server on the same log, takes those that were given out. One counts until the
 * end of the slot after its own: `LIMITS.nonceSlotSeconds` at least, and twice that at most.
 */
export function createDpopNonces(masterKey: Uint8Array, clock: Clock, places: NoncePlaces): DpopNonces {
  const key = new Uint8Array(hkdfSync('sha256', masterKey, '', 'dpop nonce', 32))
  const made = new Recent<string>(LIMITS.proofKeysMax) // one key shows many proofs in a slot
  const make = (slot: number, thumbprint: string): string => {
    const told = slot.toString(36)
    const text = `${told}.${thumbprint}`
    const known = made.get(text)
    if (known !== undefined) return known
    const nonce = `${told}.${createHmac('sha256', key).update(text).digest('base64url')}`
    made.set(text, nonce)
    return nonce
  }
  return {
    require(proof, door) {
      if (places === 'off' || (places === 'token' && door !== 'token')) return null
      const slot = Math.floor(clock.nowMs() / (LIMITS.nonceSlotSeconds * 1000))
      const newest = make(slot, proof.thumbprint)
      if (
        proof.nonce !== null &&
        (isSame(proof.nonce, newest) || isSame(proof.nonce, make(slot - 1, proof.thumbprint)))
      )
        return newest
      throw new RemitError('use_dpop_nonce', { facts: { nonce: newest } })
    },
  }
}

function isSame(shown: string, made: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(made)]
  return one.length === other.length && timingSafeEqual(one, other)
}
