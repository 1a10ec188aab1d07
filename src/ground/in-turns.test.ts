import { describe, expect, it } from 'vitest'
import { beginTurn, finishAtOnce, finishInTurns, type InTurns } from './in-turns.ts'
import { LIMITS } from './limits.ts'

function* count(to: number, atEach = (): void => undefined): InTurns<number> {
  for (let at = 0; at < to; at++) {
    atEach()
    yield
  }
  return to
}

/** Counts the turns that others have while something is done. */
async function countTurns(doing: Promise<unknown>): Promise<number> {
  let [turns, isDone] = [0, false]
  const done = doing.finally(() => {
    isDone = true
  })
  while (!isDone) {
    turns += 1
    await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  return turns
}

describe('work in turns', () => {
  it('comes to the same at once and in turns', async () => {
    expect(finishAtOnce(count(5))).toBe(5)
    expect(await finishInTurns(count(5))).toBe(5)
  })

  it('lets others have a turn whenever so much time is over, however many steps that took', async () => {
    let nowMs = 0
    const clock = { monotonicMs: () => nowMs }
    const slow = finishInTurns(
      count(50, () => {
        nowMs += LIMITS.turnMs
      }),
      clock,
    )
    expect(await countTurns(slow)).toBeGreaterThanOrEqual(50)
    const quarter = finishInTurns(
      count(40, () => {
        nowMs += LIMITS.turnMs / 4
      }),
      clock,
    )
    const turns = await countTurns(quarter)
    expect(turns).toBeGreaterThanOrEqual(10)
    expect(turns).toBeLessThanOrEqual(12)
  })

  it('goes on in each turn of the event loop for one of many who work long, and for each in its turn', async () => {
    const [nowMs, seen]: [() => number, string[]] = [() => seen.length * LIMITS.turnMs, []]
    const work = (name: string) =>
      finishInTurns(
        count(3, () => void seen.push(name)),
        { monotonicMs: nowMs },
      )
    let isDone = false
    const all = Promise.all(['a', 'b', 'c'].map(work)).then(() => {
      isDone = true
    })
    const each: number[] = []
    for (let before = seen.length; !isDone; before = seen.length) {
      await new Promise((resolve) => setImmediate(resolve))
      each.push(seen.length - before)
    }
    await all
    expect(Math.max(...each)).toBe(1)
    expect(seen.join('')).toBe('abcabcabc')
  })

  it('keeps its turn while there is time, and begins to count anew with the next one', async () => {
    let nowMs = 7
    const turn = beginTurn({ monotonicMs: () => nowMs })
    expect(turn.isOver()).toBe(false)
    nowMs += LIMITS.turnMs - 1
    expect(turn.isOver()).toBe(false)
    nowMs += 1
    expect(turn.isOver()).toBe(true)
    await turn.next()
    expect(turn.isOver()).toBe(false)
  })

  it('fails as what it does fails', async () => {
    const fail = (): never => {
      throw new Error('no')
    }
    expect(() => finishAtOnce(count(1, fail))).toThrow('no')
    await expect(finishInTurns(count(1, fail))).rejects.toThrow('no')
  })
})
