import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DpopProof } from '../../authenticate/dpop-proof.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createProofMemory, type ProofMemory } from './proof-memory.ts'

const startMs = 1_772_323_200_500
const lifeMs = (LIMITS.dpopWindowSeconds + 2 * LIMITS.clockSkewSeconds) * 1000

const proof = (seenId: string, thumbprint = 'key', issuedMs = startMs): DpopProof =>
  ({ seenId, thumbprint, issuedMs, changes: [] }) as unknown as DpopProof // only dpop-proof.ts makes real ones

function outcomeOf(memory: ProofMemory, shown: DpopProof): string {
  try {
    memory.remember(shown)
    return 'taken'
  } catch (error) {
    return error instanceof RemitError ? error.code : String(error)
  }
}

describe('the memory of proofs', () => {
  it('takes each proof once for as long as one may live, whatever comes between', () => {
    const shown = fc.record({ id: fc.nat(20), waitMs: fc.nat(lifeMs / 8) })
    fc.assert(
      fc.property(fc.array(shown, { maxLength: 40 }), (all) => {
        let atMs = startMs
        const memory = createProofMemory(() => atMs)
        const lastMs = new Map<number, number>()
        for (const { id, waitMs } of all) {
          atMs += waitMs
          const isNew = (lastMs.get(id) ?? Number.NEGATIVE_INFINITY) + lifeMs <= atMs
          expect(outcomeOf(memory, proof(String(id), 'key', atMs))).toBe(isNew ? 'taken' : 'proof_invalid')
          if (isNew) lastMs.set(id, atMs)
        }
      }),
      { numRuns: 10_000 },
    )
  })

  it('takes none that was made before it began, since it may have been shown before', () => {
    const memory = createProofMemory(() => startMs)
    const beganMs = startMs - (startMs % 1000)
    expect(outcomeOf(memory, proof('a', 'key', beganMs - 1000))).toBe('proof_invalid')
    expect(outcomeOf(memory, proof('b', 'key', beganMs))).toBe('taken')
  })

  it('takes none again that it has forgotten, when the clock goes back', () => {
    let atMs = startMs
    const memory = createProofMemory(() => atMs)
    expect(outcomeOf(memory, proof('once'))).toBe('taken')
    atMs += 3_600_000
    expect(outcomeOf(memory, proof('later', 'key', atMs))).toBe('taken')
    atMs = startMs
    expect(outcomeOf(memory, proof('once'))).toBe('proof_invalid')
    expect(outcomeOf(memory, proof('fresh', 'key', startMs + 1_000))).toBe('taken')
  })

  it('has room for others when one key has shown too many', () => {
    let atMs = startMs
    const memory = createProofMemory(() => atMs)
    for (let at = 0; at < LIMITS.proofsPerKeyMax; at += 1) memory.remember(proof(`a${at}`, 'busy'))
    expect(outcomeOf(memory, proof('more', 'busy'))).toBe('rate_limited')
    expect(outcomeOf(memory, proof('other', 'calm'))).toBe('taken')
    atMs += lifeMs
    expect(outcomeOf(memory, proof('more', 'busy', atMs))).toBe('taken')
  })
})
