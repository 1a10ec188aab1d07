import type { DpopProof } from '../../authenticate/dpop-proof.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'

/**
 * Proofs that were shown to this process. What is decided on is remembered durably; this also covers what only reads.
 * Proofs that were made before it began are not taken, since nobody here can know whether they were shown; nor those that
 * are no younger than one that was forgotten, so that a clock that goes back brings none of them back.
 */
export interface ProofMemory {
  /**
   * Takes a proof, once. Errors: `proof_invalid` for one that was shown before or made before this memory reaches back,
   * `rate_limited` where its key has shown `LIMITS.proofsPerKeyMax` within a proof's life, or all keys together
   * `LIMITS.proofsRememberedMax`.
   */
  remember(proof: DpopProof): void
}

interface Seen {
  readonly untilMs: number
  readonly thumbprint: string
  readonly issuedMs: number
}

/** Makes a memory of proofs that lasts as long as a proof may live. A proof is dated in whole seconds, and so is its begin. */
export function createProofMemory(nowMs: () => number): ProofMemory {
  const seen = new Map<string, Seen>()
  const counts = new Map<string, number>()
  const lifeMs = (LIMITS.dpopWindowSeconds + 2 * LIMITS.clockSkewSeconds) * 1000
  let forgottenMs = Math.floor(nowMs() / 1000) * 1000 - 1
  const count = (thumbprint: string, by: number): void => {
    const left = (counts.get(thumbprint) ?? 0) + by
    if (left > 0) counts.set(thumbprint, left)
    else counts.delete(thumbprint)
  }
  return {
    remember({ seenId, thumbprint, issuedMs }) {
      const atMs = nowMs()
      for (const [id, { untilMs, thumbprint: key, issuedMs: madeMs }] of seen) {
        if (untilMs > atMs) break
        forgottenMs = Math.max(forgottenMs, madeMs)
        seen.delete(id)
        count(key, -1)
      }
      if (issuedMs <= forgottenMs)
        throw new RemitError('proof_invalid', {
          detail: 'The proof is older than what is remembered here; make a new one.',
        })
      if (seen.has(seenId))
        throw new RemitError('proof_invalid', { detail: 'The proof was shown before; each counts once.' })
      const isFull = seen.size >= LIMITS.proofsRememberedMax
      if (isFull || (counts.get(thumbprint) ?? 0) >= LIMITS.proofsPerKeyMax) throw new RemitError('rate_limited')
      seen.set(seenId, { untilMs: atMs + lifeMs, thumbprint, issuedMs })
      count(thumbprint, 1)
    },
  }
}
