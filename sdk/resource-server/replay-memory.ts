import { UntilEnd } from '../until-end.ts'
import { refuseProof, TokenRefused } from './refused.ts'

/** A proof that was shown: its id, whose token it came with, when it says that it was made, and until when anybody would take it. */
export interface ShownOnce {
  readonly id: string
  readonly clientId: string
  readonly issuedMs: number
  readonly expiresMs: number
}

/** Keeps proofs from counting twice. */
export interface ReplayMemory {
  /** Errors: `invalid_dpop_proof` for one that was shown before, `temporarily_unavailable` where none can be kept. */
  spend(proof: ShownOnce): Promise<void>
}

/** How many proofs of the last two minutes are kept; when they are that many, none is taken. */
const proofsMax = 200_000
/** And of one client, so that none of them takes the room of all others. */
const proofsOfClientMax = 50_000

/**
 * A memory of this process. What was shown before it began is not known, so that proofs of before it are refused: a server
 * that starts anew takes the ones of the next second on.
 */
export function createReplayMemory(nowMs: () => number): ReplayMemory {
  const beganMs = nowMs()
  const seen = new UntilEnd<string>()
  const counts = new Map<string, number>()
  const count = (clientId: string, by: number): void => {
    const left = (counts.get(clientId) ?? 0) + by
    if (left > 0) counts.set(clientId, left)
    else counts.delete(clientId)
  }
  return {
    async spend({ id, clientId, issuedMs, expiresMs }) {
      if (issuedMs + 1_000 <= beganMs) refuseProof('The proof is from before the start of this server.')
      if (seen.has(id)) refuseProof('The proof was shown before.')
      if (seen.mayBeForgotten(expiresMs)) refuseProof('The proof is older than what is remembered.')
      for (const ended of seen.forgetEnded(nowMs())) count(ended, -1)
      if (seen.size >= proofsMax || (counts.get(clientId) ?? 0) >= proofsOfClientMax)
        throw new TokenRefused('temporarily_unavailable', 'Too many proofs were shown in the last two minutes.')
      seen.set(id, clientId, expiresMs)
      count(clientId, 1)
    },
  }
}

/**
 * A memory that several processes share. `remember` keeps an id until a time, and says whether it was new: one insert into a
 * table with a key, or `SET … NX PX`.
 */
export function shareReplayMemory(remember: (id: string, expiresMs: number) => Promise<boolean>): ReplayMemory {
  return {
    async spend({ id, expiresMs }) {
      const isNew = await remember(id, expiresMs).catch((cause: unknown) => {
        throw new TokenRefused('temporarily_unavailable', 'The memory of proofs could not be asked.', cause)
      })
      if (!isNew) refuseProof('The proof was shown before.')
    },
  }
}
