import { describe, expect, it } from 'vitest'
import { recordTo } from '../../test/decide/recording.ts'
import { read, reader, World } from '../../test/decide/world.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { openTestLog } from '../../test/record/open-test-log.ts'
import type { Decision } from '../contract/decision.ts'
import { systemClock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import { nextTurn } from '../ground/next-turn.ts'
import { decideAndRecord } from './decision.ts'

const HOUR_MS = 3_600_000

/** Decides whether a reader may read a file; `pass` is what the clock does between each decision and its entry. */
async function readWhile(pass: (tries: number) => number) {
  const world = new World()
  const agent = await world.start(reader.id)
  const log = await openTestLog(createMemoryStore())
  const house = recordTo(log, { ...systemClock, nowMs: () => world.nowMs })
  let tries = 0
  const decide = async (): Promise<Decision<'call'>> => {
    const decision = await world.decide.call(agent, read())
    tries += 1
    world.nowMs += pass(tries)
    return { ...decision, changes: [] } // the rows that they are about are in no store
  }
  const recorded = await decideAndRecord(house, decide).catch((error: unknown) => error)
  await log.close()
  return { recorded, tries }
}

describe('a permit', () => {
  it('is recorded as it was decided where that took a moment', async () => {
    const { recorded, tries } = await readWhile(() => LIMITS.permitAgeMsMax - 1)
    expect([recorded, tries]).toMatchObject([{ fact: { outcome: 'permit' } }, 1])
  })

  it('is decided again where hours passed before it was recorded: what it rests on has ended', async () => {
    const { recorded, tries } = await readWhile((at) => (at === 1 ? 24 * HOUR_MS : 0))
    expect([recorded, tries]).toMatchObject([{ fact: { outcome: 'denial' } }, 2])
  })

  it('is none where deciding takes too long each time', async () => {
    const { recorded, tries } = await readWhile(() => LIMITS.permitAgeMsMax)
    expect([recorded, tries]).toMatchObject([{ code: 'log_unavailable' }, 2])
  })

  it('that takes long beside many others is decided one after the other', async () => {
    const world = new World()
    const agent = await world.start(reader.id)
    const log = await openTestLog(createMemoryStore())
    const house = recordTo(log, { ...systemClock, nowMs: () => world.nowMs })
    const atOnce = { now: 0, most: 0 }
    const decide = async (isFirst: boolean): Promise<Decision<'call'>> => {
      const decision = await world.decide.call(agent, read())
      if (isFirst) world.nowMs += LIMITS.permitAgeMsMax
      else atOnce.most = Math.max(atOnce.most, ++atOnce.now)
      await nextTurn()
      if (!isFirst) atOnce.now -= 1
      return { ...decision, changes: [] }
    }
    const asked = Array.from({ length: 5 }, async () => {
      let tries = 0
      return await decideAndRecord(house, () => decide(++tries === 1))
    })
    const recorded = await Promise.all(asked)
    await log.close()
    expect(recorded.map(({ fact }) => fact.outcome)).toEqual(Array.from(asked, () => 'permit'))
    expect(atOnce.most).toBe(1)
  })
})
