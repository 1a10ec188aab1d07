import { describe, expect, it } from 'vitest'
import { TokenRefused } from './refused.ts'
import { createReplayMemory, type ReplayMemory } from './replay-memory.ts'

const lifeMs = 120_000

describe('the memory of proofs of one process', () => {
  /** Shows a proof, and says how it was refused; undefined where it was taken. */
  const spend = (memory: ReplayMemory, clientId: string, id: string, atMs: number): Promise<string | undefined> =>
    memory.spend({ id, clientId, issuedMs: atMs, expiresMs: atMs + lifeMs }).then(
      () => undefined,
      (error: unknown) => (error instanceof TokenRefused ? error.code : expect.unreachable(String(error))),
    )

  it('is not filled by one client: the others are still heard, and that one again once its proofs are over', async () => {
    let nowMs = 1_000_000
    const memory = createReplayMemory(() => nowMs)
    let taken = 0
    while (taken < 200_000 && (await spend(memory, 'agent_1', `p${taken}`, nowMs)) === undefined) taken += 1
    expect(taken).toBe(50_000)
    expect(await spend(memory, 'agent_1', 'more', nowMs)).toBe('temporarily_unavailable')
    expect(await spend(memory, 'agent_2', 'first', nowMs)).toBeUndefined()
    expect(await spend(memory, 'agent_2', 'first', nowMs)).toBe('invalid_dpop_proof')
    nowMs += lifeMs
    expect(await spend(memory, 'agent_1', 'more', nowMs)).toBeUndefined()
  })

  it('lets go of what is over after the clock ran ahead for a moment and came back', async () => {
    let nowMs = 1_000_000
    const memory = createReplayMemory(() => nowMs)
    nowMs += 3_600_000
    expect(await spend(memory, 'agent_1', 'ahead', nowMs)).toBeUndefined()
    nowMs = 1_000_000 + lifeMs
    for (let at = 0; at < 50_000; at += 1) await spend(memory, 'agent_2', `p${at}`, nowMs)
    expect(await spend(memory, 'agent_2', 'more', nowMs)).toBe('temporarily_unavailable')
    nowMs += lifeMs
    expect(await spend(memory, 'agent_2', 'more', nowMs)).toBeUndefined()
  })
})
