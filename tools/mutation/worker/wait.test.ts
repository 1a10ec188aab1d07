import { describe, expect, it } from 'vitest'
import { wait } from './wait.ts'

describe('a wait', () => {
  it('is over after so many turns, each of which counts once, however late it comes', async () => {
    let turns = 0
    await new Promise<void>((resolve) => {
      wait(30, resolve, 10)
      const turn = setInterval(() => {
        turns += 1
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50) // stands still for longer than all of the wait
        if (turns >= 3) clearInterval(turn)
      }, 10)
    })
    expect(turns).toBeGreaterThanOrEqual(2)
  })

  it('is never over once it is called off', async () => {
    let isOver = false
    const stop = wait(10, () => (isOver = true), 10)
    stop()
    await new Promise<void>((resolve) => wait(30, resolve, 10))
    expect(isOver).toBe(false)
  })
})
