import type { DpopProof } from '../../authenticate/dpop/proof.ts'
import type { Change } from '../../contract/change.ts'
import type { SeenRead } from '../../contract/token/seen-read.ts'
import type { ReadProofs } from '../../flow/token/read-proofs.ts'
import { RemitError } from '../../ground/errors.ts'
import { Fifo } from '../../ground/fifo.ts'
import { LIMITS } from '../../ground/limits.ts'

/**
 * Proofs that were shown at this door, by this process or one before it. What is decided on is remembered by the record;
 * what only reads is kept here, on disk before its answer. Proofs that were made before any of that was kept are not taken,
 * since nobody here can know whether they were shown; nor those that are no younger than one that was forgotten, so that a
 * clock that goes back brings none of them back.
 */
export interface ProofMemory {
  /**
   * Takes a proof, once. Errors: `proof_invalid` for one that was shown before or made before this memory reaches back,
   * `rate_limited` where its key has shown `LIMITS.proofsPerKeyMax` within a proof's life, or all keys together
   * `LIMITS.proofsRememberedMax`.
   */
  remember(proof: DpopProof): Promise<void>
  /**
   * Keeps over a restart those of the proofs behind these changes that were taken here and that nothing has recorded. To be
   * waited for before anything is answered. Errors: as `ReadProofs.keep`.
   */
  keep(changes: readonly Change[]): Promise<void>
}

interface Seen {
  readonly id: string
  readonly untilMs: number
  readonly thumbprint: string
  readonly issuedMs: number
}

/** Makes a memory of proofs that lasts as long as a proof may live. A proof is dated in whole seconds, and so is its begin. */
export function createProofMemory(nowMs: () => number, proofs: ReadProofs): ProofMemory {
  const taken = new WeakMap<Change, SeenRead>()
  const take = createTaker(nowMs, proofs)
  return {
    async remember(proof) {
      const expiresMs = take(proof)
      const { seenId: id, thumbprint, issuedMs } = proof
      for (const change of proof.changes) taken.set(change, { id, thumbprint, issuedMs, expiresMs })
      await proofs.refuseDecided(proof)
    },
    async keep(changes) {
      const reads = changes.flatMap((change) => (proofs.isRecorded(change) ? [] : (taken.get(change) ?? [])))
      if (reads.length > 0) await proofs.keep(reads)
    },
  }
}

/** Gives what takes a proof, and says until when it is remembered. */
function createTaker(nowMs: () => number, { sinceMs, before }: ReadProofs): (proof: DpopProof) => number {
  const seen = new Set<string>()
  // each in the order of their ends: where the clock went back, what comes then is queued anew
  let queues = [new Fifo<Seen>()]
  let lastUntilMs = Number.NEGATIVE_INFINITY
  const counts = new Map<string, number>()
  const lifeMs = (LIMITS.dpopWindowSeconds + 2 * LIMITS.clockSkewSeconds) * 1000
  let forgottenMs = Math.floor(sinceMs / 1000) * 1000 - 1
  const count = (thumbprint: string, by: number): void => {
    const left = (counts.get(thumbprint) ?? 0) + by
    if (left > 0) counts.set(thumbprint, left)
    else counts.delete(thumbprint)
  }
  const note = (proof: Seen): void => {
    seen.add(proof.id)
    if (proof.untilMs < lastUntilMs) queues.push(new Fifo())
    lastUntilMs = proof.untilMs
    queues.at(-1)?.push(proof)
    count(proof.thumbprint, 1)
  }
  const forgetEndedOf = (queue: Fifo<Seen>, atMs: number): void => {
    for (let first = queue.first(); first !== undefined && first.untilMs <= atMs; first = queue.first()) {
      forgottenMs = Math.max(forgottenMs, first.issuedMs)
      seen.delete(first.id)
      queue.drop()
      count(first.thumbprint, -1)
    }
  }
  const forgetEnded = (atMs: number): void => {
    for (const queue of queues) forgetEndedOf(queue, atMs)
    // the last one is filled
    if (queues.length > 1)
      queues = queues.filter((queue, at) => queue.first() !== undefined || at === queues.length - 1)
  }
  for (const { id, thumbprint, issuedMs, expiresMs } of [...before].sort((x, y) => x.expiresMs - y.expiresMs))
    note({ id, untilMs: expiresMs, thumbprint, issuedMs })
  return ({ seenId, thumbprint, issuedMs }) => {
    const atMs = nowMs()
    forgetEnded(atMs)
    if (issuedMs <= forgottenMs)
      throw new RemitError('proof_invalid', {
        detail: 'The proof is older than what is remembered here; make a new one.',
      })
    if (seen.has(seenId))
      throw new RemitError('proof_invalid', { detail: 'The proof was shown before; each counts once.' })
    const isFull = seen.size >= LIMITS.proofsRememberedMax
    if (isFull || (counts.get(thumbprint) ?? 0) >= LIMITS.proofsPerKeyMax) throw new RemitError('rate_limited')
    note({ id: seenId, untilMs: atMs + lifeMs, thumbprint, issuedMs })
    return atMs + lifeMs
  }
}
