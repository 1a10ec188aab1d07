import { describe, expect, it } from 'vitest'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { createInTurnOf } from '../ground/one-by-one.ts'
import { tryAgain, tryInTurn } from './try-again.ts'

/** A step that fails so often, and then gives how often it was taken. */
function failing(times: number, error: unknown = new RemitError('conflict')): () => Promise<number> {
  let taken = 0
  return async () => {
    taken += 1
    if (taken <= times) throw error
    return taken
  }
}

describe('a step that is raced', () => {
  it('is taken again until it is not, and no more often than it may', async () => {
    expect(await tryAgain(failing(0))).toBe(1)
    expect(await tryAgain(failing(LIMITS.decideRetriesMax - 1))).toBe(LIMITS.decideRetriesMax)
    const step = failing(LIMITS.decideRetriesMax)
    await expect(tryAgain(step)).rejects.toMatchObject({ code: 'conflict' })
    expect(await step()).toBe(LIMITS.decideRetriesMax + 1)
  })

  it('is not taken again after anything else', async () => {
    const step = failing(1, new RemitError('log_unavailable'))
    await expect(tryAgain(step)).rejects.toMatchObject({ code: 'log_unavailable' })
    expect(await step()).toBe(2)
  })

  it('is one where the caller says so', async () => {
    const odd = new Error('odd')
    expect(await tryAgain(failing(2, odd), async (error) => error === odd)).toBe(3)
    await expect(tryAgain(failing(1), () => false)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('a step that many race for', () => {
  it('comes through for each of them, however many move the same row at once', async () => {
    const inTurnOf = createInTurnOf()
    let moved = 0
    const move = async (): Promise<number> => {
      const seen = moved
      await new Promise((resolve) => setImmediate(resolve))
      if (seen !== moved) throw new RemitError('conflict', { facts: { table: 'chain_acts', key: 'a' } })
      moved += 1
      return moved
    }
    const all = await Promise.all(Array.from({ length: 50 }, () => tryInTurn(move, () => true, inTurnOf)))
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1))
  })

  it('is taken no more often than it may, and not again after anything else', async () => {
    const step = failing(LIMITS.decideRetriesMax)
    await expect(tryInTurn(step, () => true, createInTurnOf())).rejects.toMatchObject({ code: 'conflict' })
    expect(await step()).toBe(LIMITS.decideRetriesMax + 1)
    const odd = failing(1, new RemitError('log_unavailable'))
    await expect(tryInTurn(odd, () => false, createInTurnOf())).rejects.toMatchObject({ code: 'log_unavailable' })
    expect(await odd()).toBe(2)
  })
})
