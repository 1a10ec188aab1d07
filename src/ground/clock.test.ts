import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFlooredClock, systemClock, toRfc3339 } from './clock.ts'

const DAY_MS = 24 * 3600 * 1000

describe('a floored clock', () => {
  it('says the floor while the clock is behind it, and the time otherwise', () => {
    let floorMs = 0
    const clock = createFlooredClock({ ...systemClock, nowMs: () => 10 }, () => floorMs)
    expect(clock.nowMs()).toBe(10)
    floorMs = 20
    expect(clock.nowMs()).toBe(20)
  })
})

describe('the clock', () => {
  beforeEach(() => vi.useFakeTimers({ now: 0 }))
  afterEach(() => vi.useRealTimers())

  it('waits longer than one timer of the platform can', async () => {
    const run = vi.fn()
    systemClock.after(60 * DAY_MS, run)
    await vi.advanceTimersByTimeAsync(60 * DAY_MS - 1)
    expect(run).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(run).toHaveBeenCalledOnce()
  })

  it('repeats at its interval, however long, until it is stopped', async () => {
    const run = vi.fn()
    const stop = systemClock.every(30 * DAY_MS, run)
    await vi.advanceTimersByTimeAsync(90 * DAY_MS)
    expect(run).toHaveBeenCalledTimes(3)
    stop()
    await vi.advanceTimersByTimeAsync(90 * DAY_MS)
    expect(run).toHaveBeenCalledTimes(3)
  })

  it('repeats no more when it is stopped while it runs', async () => {
    const run = vi.fn(() => stop())
    const stop = systemClock.every(10, run)
    await vi.advanceTimersByTimeAsync(100)
    expect(run).toHaveBeenCalledOnce()
  })

  it('does not call what was cancelled, even after a first long timer', async () => {
    const run = vi.fn()
    const cancel = systemClock.after(60 * DAY_MS, run)
    await vi.advanceTimersByTimeAsync(30 * DAY_MS)
    cancel()
    await vi.advanceTimersByTimeAsync(60 * DAY_MS)
    expect(run).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('sleeps for its time', async () => {
    const asleep = systemClock.sleep(100).then(() => systemClock.nowMs())
    await vi.advanceTimersByTimeAsync(100)
    await expect(asleep).resolves.toBe(100)
  })

  it('wakes with the reason of its signal, and leaves no timer', async () => {
    const controller = new AbortController()
    const asleep = systemClock.sleep(100, controller.signal)
    controller.abort(new Error('enough'))
    await expect(asleep).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not fall asleep on a signal that has fired already', async () => {
    await expect(systemClock.sleep(100, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('listens to a signal no longer than it sleeps', async () => {
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    const asleep = systemClock.sleep(100, signal)
    await vi.advanceTimersByTimeAsync(100)
    await asleep
    expect(removed).toHaveBeenCalledOnce()
  })
})

describe('time as text', () => {
  it('is RFC 3339 in UTC, to the millisecond', () => {
    expect(toRfc3339(0)).toBe('1970-01-01T00:00:00.000Z')
    expect(toRfc3339(1_800_000_000_123)).toBe('2027-01-15T08:00:00.123Z')
  })

  it('grows only, where it measures', () => {
    const first = systemClock.monotonicMs()
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(first)
  })
})
