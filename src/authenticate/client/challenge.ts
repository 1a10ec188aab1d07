import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'

/**
 * Words of ours that a client has to sign to show that it has its key now (draft-ietf-oauth-attestation-based-client-auth
 * section 8).
 */
export interface Challenges {
  make(): string
  /** True until the end of the slot after its own: `LIMITS.nonceSlotSeconds` at least, and twice that at most. */
  holds(challenge: string): boolean
}

/** Makes challenges that are kept nowhere, by a key of their own made of the master key: a restart takes those of before. */
export function createChallenges(masterKey: Uint8Array, clock: Clock): Challenges {
  const key = new Uint8Array(hkdfSync('sha256', masterKey, '', 'attestation challenge', 32))
  const slot = (): number => Math.floor(clock.nowMs() / (LIMITS.nonceSlotSeconds * 1000))
  const write = (at: number): string => {
    const told = at.toString(36)
    return `${told}.${createHmac('sha256', key).update(told).digest('base64url')}`
  }
  const isSame = (shown: string, made: string): boolean => {
    const [one, other] = [Buffer.from(shown), Buffer.from(made)]
    return one.length === other.length && timingSafeEqual(one, other)
  }
  return {
    make: () => write(slot()),
    holds: (challenge) => [slot(), slot() - 1].some((at) => isSame(challenge, write(at))),
  }
}
