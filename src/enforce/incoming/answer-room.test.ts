import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { createAnswerRoom } from './answer-room.ts'

const large = 2 * LIMITS.upstreamSmallBytes

/** Tells whether something has come true by the next turn. */
async function hasCome(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(resolve, false))
  return await Promise.race([promise.then(() => true), later])
}

describe('answers of one server', () => {
  it('come while there is room, and in a full one the largest alone, until it leaves', async () => {
    const room = createAnswerRoom(3 * large)
    const [one, other] = [room.enter(), room.enter()]
    expect(await hasCome(one.take(2 * large))).toBe(true)
    const waits = other.take(large + 1)
    expect(await hasCome(waits)).toBe(false)
    expect(await hasCome(one.take(large))).toBe(true)
    one.leave()
    expect(await hasCome(waits)).toBe(true)
  })

  it('wait for one of them also where they are as large, or would overtake it by turns', async () => {
    const room = createAnswerRoom(3 * large)
    const [one, two, three, four] = [room.enter(), room.enter(), room.enter(), room.enter()]
    for (const share of [one, two, three]) expect(await hasCome(share.take(large))).toBe(true)
    const waits = four.take(large)
    const overtakes = two.take(2 * large)
    expect([await hasCome(waits), await hasCome(overtakes), await hasCome(one.take(large))]).toEqual([
      false,
      false,
      true,
    ])
    one.leave()
    expect([await hasCome(overtakes), await hasCome(waits)]).toEqual([true, false])
  })

  it('wait for nobody where they are small, however full the room is', async () => {
    const room = createAnswerRoom(large)
    await room.enter().take(2 * large)
    expect(await hasCome(room.enter().take(LIMITS.upstreamSmallBytes))).toBe(true)
  })

  it('make room for others once nobody holds what has come', async () => {
    const room = createAnswerRoom(large)
    const [stream, other] = [room.enter(), room.enter()]
    await stream.take(2 * large)
    const waits = other.take(large)
    expect(await hasCome(waits)).toBe(false)
    stream.empty()
    expect(await hasCome(waits)).toBe(true)
    expect(await hasCome(stream.take(1))).toBe(true)
  })

  it('wait no longer once they have left themselves', async () => {
    const room = createAnswerRoom(large)
    await room.enter().take(2 * large)
    const leaves = room.enter()
    const waits = leaves.take(large)
    expect(await hasCome(waits)).toBe(false)
    leaves.leave()
    expect(await hasCome(waits)).toBe(true)
  })
})
