import { describe, expect, it } from 'vitest'
import { createMeeting } from './meeting.ts'
import { nextTurn } from './next-turn.ts'

/** Lets so many join, one after the other in the same turn, and gives who has gone on by the end of it. */
async function joinAll(meet: () => Promise<void>, count: number): Promise<number[]> {
  const gone: number[] = []
  const join = async (at: number): Promise<void> => {
    await meet()
    gone.push(at)
  }
  Promise.all(Array.from({ length: count }, (_, at) => join(at))).catch(expect.unreachable)
  for (let hops = 0; hops < 10; hops += 1) await Promise.resolve()
  return gone
}

describe('a meeting', () => {
  it('lets nobody go on before the turn ends, and all of them then, in the order in which they came', async () => {
    const meet = createMeeting(4)
    const gone = await joinAll(meet, 3)
    expect(gone).toEqual([])
    await nextTurn()
    expect(gone).toEqual([0, 1, 2])
  })

  it('lets those who are there go on as soon as they are as many as fit, and the rest when the turn ends', async () => {
    const meet = createMeeting(4)
    const gone = await joinAll(meet, 9)
    expect(gone).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    await nextTurn()
    expect(gone).toHaveLength(9)
  })

  it('is there again in the next turn, for as many', async () => {
    const meet = createMeeting(2)
    for (let turn = 0; turn < 3; turn += 1) {
      const gone = await joinAll(meet, 3)
      expect(gone).toEqual([0, 1])
      await nextTurn()
      expect(gone).toEqual([0, 1, 2])
    }
  })

  it('ends at once for whoever is alone in it, where one fits', async () => {
    expect(await joinAll(createMeeting(1), 2)).toEqual([0, 1])
  })
})
