import { describe, expect, it } from 'vitest'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { tryAgain } from './try-again.ts'

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
