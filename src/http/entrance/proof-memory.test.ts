import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOTHING_SPENT } from '../../../test/issuer/room.ts'
import type { DpopProof } from '../../authenticate/dpop/proof.ts'
import { type Change, insert } from '../../contract/change.ts'
import type { SeenRead } from '../../contract/token/seen-read.ts'
import type { ReadProofs } from '../../flow/token/read-proofs.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createProofMemory, type ProofMemory } from './proof-memory.ts'

const startMs = 1_772_323_200_500
const lifeMs = (LIMITS.dpopWindowSeconds + 2 * LIMITS.clockSkewSeconds) * 1000

/** What was kept before, and nothing that was decided on. */
const kept = (before: readonly SeenRead[] = [], sinceMs = startMs): ReadProofs => ({
  sinceMs,
  before,
  isRecorded: () => false,
  spent: NOTHING_SPENT,
  refuseDecided: async () => undefined,
  keep: async () => undefined,
})

const proof = (seenId: string, thumbprint = 'key', issuedMs = startMs): DpopProof =>
  ({ seenId, thumbprint, issuedMs, changes: [] }) as unknown as DpopProof // only dpop/proof.ts makes real ones

async function outcomeOf(memory: ProofMemory, shown: DpopProof): Promise<string> {
  try {
    await memory.remember(shown)
    return 'taken'
  } catch (error) {
    return error instanceof RemitError ? error.code : String(error)
  }
}

describe('the memory of proofs', () => {
  it('takes each proof once for as long as one may live, whatever comes between', async () => {
    const shown = fc.record({ id: fc.nat(20), waitMs: fc.nat(lifeMs / 8) })
    await fc.assert(
      fc.asyncProperty(fc.array(shown, { maxLength: 40 }), async (all) => {
        let atMs = startMs
        const memory = createProofMemory(() => atMs, kept())
        const lastMs = new Map<number, number>()
        for (const { id, waitMs } of all) {
          atMs += waitMs
          const isNew = (lastMs.get(id) ?? Number.NEGATIVE_INFINITY) + lifeMs <= atMs
          expect(await outcomeOf(memory, proof(String(id), 'key', atMs))).toBe(isNew ? 'taken' : 'proof_invalid')
          if (isNew) lastMs.set(id, atMs)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes none that was made before it began, since it may have been shown before', async () => {
    const memory = createProofMemory(() => startMs, kept())
    const beganMs = startMs - (startMs % 1000)
    expect(await outcomeOf(memory, proof('a', 'key', beganMs - 1000))).toBe('proof_invalid')
    expect(await outcomeOf(memory, proof('b', 'key', beganMs))).toBe('taken')
  })

  it('takes none again that it has forgotten, when the clock goes back', async () => {
    let atMs = startMs
    const memory = createProofMemory(() => atMs, kept())
    expect(await outcomeOf(memory, proof('once'))).toBe('taken')
    atMs += 3_600_000
    expect(await outcomeOf(memory, proof('later', 'key', atMs))).toBe('taken')
    atMs = startMs
    expect(await outcomeOf(memory, proof('once'))).toBe('proof_invalid')
    expect(await outcomeOf(memory, proof('fresh', 'key', startMs + 1_000))).toBe('taken')
  })

  it('has room for others when one key has shown too many', async () => {
    let atMs = startMs
    const memory = createProofMemory(() => atMs, kept())
    for (let at = 0; at < LIMITS.proofsPerKeyMax; at += 1) await memory.remember(proof(`a${at}`, 'busy'))
    expect(await outcomeOf(memory, proof('more', 'busy'))).toBe('rate_limited')
    expect(await outcomeOf(memory, proof('other', 'calm'))).toBe('taken')
    atMs += lifeMs
    expect(await outcomeOf(memory, proof('more', 'busy', atMs))).toBe('taken')
  })

  it('lets go of what is over after the clock ran ahead for a moment and came back', async () => {
    let atMs = startMs + 3_600_000
    const memory = createProofMemory(() => atMs, kept())
    await memory.remember(proof('ahead', 'other', atMs))
    atMs = startMs
    for (let at = 0; at < LIMITS.proofsPerKeyMax; at += 1) await memory.remember(proof(`a${at}`, 'busy'))
    expect(await outcomeOf(memory, proof('more', 'busy'))).toBe('rate_limited')
    atMs += lifeMs
    expect(await outcomeOf(memory, proof('more', 'busy', atMs))).toBe('taken')
    expect(await outcomeOf(memory, proof('ahead', 'other', startMs + 3_600_000))).toBe('proof_invalid')
    atMs = startMs + 3_600_000 + lifeMs
    expect(await outcomeOf(memory, proof('later', 'busy', atMs))).toBe('taken')
    expect(await outcomeOf(memory, proof('ahead', 'other', startMs + 3_600_000))).toBe('proof_invalid')
  })

  it('knows those of before, and forgets them in the order in which they end', async () => {
    let atMs = startMs + 30_000
    const read = (id: string, issuedMs: number): SeenRead => ({
      id,
      thumbprint: 'key',
      issuedMs,
      expiresMs: issuedMs + lifeMs,
    })
    const before = [read('late', startMs + 20_000), read('early', startMs + 1_000)]
    const memory = createProofMemory(() => atMs, kept(before))
    for (const { id, issuedMs } of before)
      expect(await outcomeOf(memory, proof(id, 'key', issuedMs))).toBe('proof_invalid')
    expect(await outcomeOf(memory, proof('unused', 'key', startMs + 2_000))).toBe('taken')
    atMs = startMs + 1_000 + lifeMs
    // nothing as old as what was forgotten is taken, nothing that may still be shown is forgotten
    expect(await outcomeOf(memory, proof('early', 'key', startMs + 1_000))).toBe('proof_invalid')
    expect(await outcomeOf(memory, proof('late', 'key', startMs + 20_000))).toBe('proof_invalid')
    expect(await outcomeOf(memory, proof('fresh', 'key', atMs))).toBe('taken')
  })

  it('has those kept that it took itself and that nobody has recorded, each with its end', async () => {
    const written: SeenRead[][] = []
    const recorded = new Set<Change>()
    const memory = createProofMemory(() => startMs, {
      ...kept(),
      isRecorded: (change) => recorded.has(change),
      keep: async (reads) => void written.push([...reads]),
    })
    const changesOf = (id: string): Change[] => [insert('seen_proofs', { id, expiresMs: 1 })]
    const [read, decided, foreign] = [changesOf('read'), changesOf('decided'), changesOf('foreign')]
    await memory.remember({ ...proof('read'), changes: read })
    await memory.remember({ ...proof('decided'), changes: decided })
    for (const change of decided) recorded.add(change)
    for (const changes of [read, decided, foreign]) await memory.keep(changes)
    expect(written).toEqual([[{ id: 'read', thumbprint: 'key', issuedMs: startMs, expiresMs: startMs + lifeMs }]])
  })
})
