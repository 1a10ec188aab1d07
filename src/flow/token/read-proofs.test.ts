import { describe, expect, it } from 'vitest'
import { makeClock } from '../../../test/issuer/room.ts'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createFact, openTestLog, putProof } from '../../../test/record/open-test-log.ts'
import { refuseSpentProof } from '../../authenticate/workload-proof.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { openReadProofs } from './read-proofs.ts'

/** A house that begins now; `asked` are the proofs of which its store was asked, and `elsewhere` stands in it already. */
async function begin() {
  const clock = makeClock()
  const asked: string[] = []
  const store = {
    getSeenProof: async (id: string) => {
      asked.push(id)
      return id === 'elsewhere' ? { id, expiresMs: 0, version: 1, entry: 0 } : undefined
    },
  }
  const shelf = { open: async () => ({ sinceMs: 0, reads: [] }), keep: async () => undefined }
  const log = await openTestLog(createMemoryStore())
  const opened = await openReadProofs({ log, shelf, store, clock })
  const show = async (seenId: string, issuedMs: number): Promise<string> => {
    const court = { store, spent: opened.readProofs.spent } as unknown as Parameters<typeof refuseSpentProof>[0] // the store is asked for proofs alone
    const proof = { seenId, issuedMs } as unknown as Parameters<typeof refuseSpentProof>[1]['proof'] // and no more of a proof is looked at
    return await refuseSpentProof(court, { proof }).then(
      () => 'free',
      (error: unknown) => (error instanceof RemitError ? error.code : String(error)),
    )
  }
  return { clock, asked, log: opened.log, show }
}

describe('a proof that is shown for a decision', () => {
  it('is known to be spent once this process has written it down, and the store is not asked', async () => {
    const { clock, asked, log, show } = await begin()
    const afterMs = clock.nowMs() + LIMITS.clockSkewSeconds * 1000 + 1
    expect(await show('one', afterMs)).toBe('free')
    await log.record(createFact('a', [putProof('one')]))
    expect(await show('one', afterMs)).toBe('proof_invalid')
    expect(await show('two', afterMs)).toBe('free')
    expect(asked).toEqual([])
  })

  it('is asked about where it may be from before this process began', async () => {
    const { clock, asked, show } = await begin()
    const lastMs = clock.nowMs() + LIMITS.clockSkewSeconds * 1000
    expect(await show('elsewhere', lastMs)).toBe('proof_invalid')
    expect(await show('elsewhere', lastMs + 1)).toBe('free') // what makes sure is that it cannot be written twice
    expect(await show('new', 0)).toBe('free')
    expect(asked).toEqual(['elsewhere', 'new'])
  })

  it('is not written down by a fact that was refused', async () => {
    const { clock, log, show } = await begin()
    const afterMs = clock.nowMs() + LIMITS.clockSkewSeconds * 1000 + 1
    await log.record(createFact('a', [putProof('one')]))
    const failed = log.record(createFact('b', [putProof('one'), putProof('two')]))
    await expect(failed).rejects.toMatchObject({ code: 'conflict' })
    expect(await show('two', afterMs)).toBe('free')
  })
})
