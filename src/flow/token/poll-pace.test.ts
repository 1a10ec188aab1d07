import { describe, expect, it } from 'vitest'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createPollPace } from './poll-pace.ts'

let atMs = 0
const clock = { ...systemClock, monotonicMs: () => atMs }

describe('who asks about a task that waits', () => {
  const pace = createPollPace(clock)
  const ask = (identityId = 'idn_1', taskId = 'tsk_1'): string => {
    if (pace.isTooFast(identityId, taskId)) return 'slow_down'
    pace.noteWaiting(identityId, taskId)
    return 'told to wait'
  }

  it('may ask a few times, and then once in a while', () => {
    const asked = Array.from({ length: LIMITS.pollsAtOnceMax + 2 }, () => ask())
    expect(asked.filter((told) => told === 'told to wait')).toHaveLength(LIMITS.pollsAtOnceMax)
    expect(asked.at(-1)).toBe('slow_down')
    atMs += LIMITS.pollSeconds * 1000 - 1
    expect(ask()).toBe('slow_down')
    atMs += 1
    expect([ask(), ask()]).toEqual(['told to wait', 'slow_down'])
  })

  it('holds up nobody else, and no other task', () => {
    expect([ask(), ask('idn_2'), ask('idn_1', 'tsk_2')]).toEqual(['slow_down', 'told to wait', 'told to wait'])
  })
})
