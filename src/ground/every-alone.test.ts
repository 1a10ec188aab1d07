import { describe, expect, it } from 'vitest'
import { createTestClock } from '../../test/record/open-test-log.ts'
import { everyAlone } from './every-alone.ts'

/** Something of which each turn lasts until the test ends it. */
function createTask() {
  const turns: PromiseWithResolvers<void>[] = []
  const run = (): Promise<void> => {
    const turn = Promise.withResolvers<void>()
    turns.push(turn)
    return turn.promise
  }
  return { turns, run }
}

const reportNothing = (): void => undefined
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('what is done every so often, alone', () => {
  it('does not begin again before it has ended, and then does', async () => {
    const clock = createTestClock()
    const { turns, run } = createTask()
    const repeated = everyAlone(clock, 10, run, reportNothing)
    for (let at = 0; at < 3; at++) clock.turn()
    expect(turns).toHaveLength(1)
    turns[0]?.resolve()
    await settle()
    clock.turn()
    expect(turns).toHaveLength(2)
    turns[1]?.resolve()
    await repeated.stop()
  })

  it('is waited for when it is stopped, and never begins again', async () => {
    const clock = createTestClock()
    const { turns, run } = createTask()
    const repeated = everyAlone(clock, 10, run, reportNothing)
    clock.turn()
    let isStopped = false
    const stopped = repeated.stop().then(() => {
      isStopped = true
    })
    await settle()
    expect(isStopped).toBe(false)
    turns[0]?.resolve()
    await stopped
    clock.turn()
    expect(turns).toHaveLength(1)
  })

  it('says what went wrong, and goes on', async () => {
    const clock = createTestClock()
    const said: unknown[] = []
    let calls = 0
    const run = async (): Promise<void> => {
      calls += 1
      throw new Error(`call ${calls}`)
    }
    const repeated = everyAlone(clock, 10, run, (error) => said.push(error))
    for (let at = 0; at < 2; at++) {
      clock.turn()
      await settle()
    }
    expect(said).toMatchObject([{ message: 'call 1' }, { message: 'call 2' }])
    await repeated.stop()
  })

  it('that is stopped before its first turn ends at once', async () => {
    await expect(everyAlone(createTestClock(), 10, createTask().run, reportNothing).stop()).resolves.toBeUndefined()
  })
})
