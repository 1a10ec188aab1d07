import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import type { LogEntry } from '../log-entry.ts'
import { isCrowded, readAct, type ToldUse, tellUses } from './use.ts'

const data = (weighedMs: number) => ({ decision: 'call', action: { name: 'a/b', class: 'read' }, weighedMs })
const budget = { callsMax: 9, writesMax: 9, bytesMax: 9, callsPerMinuteMax: 1 }

/** Counts acts that were weighed at these moments and written in this order. */
function count(moments: readonly number[], writtenMs: number): readonly number[] {
  const told = { uses: new Map<string, ToldUse>(), limits: new Map(), counts: new Map() }
  for (const weighedMs of moments) {
    const entry: LogEntry = {
      v: 1,
      org: 'o',
      atMs: writtenMs,
      kind: 'decision.permit',
      actor: { kind: 'identity', id: 'i' },
      subject: { kind: 'tool', id: 'a/b' },
      data: data(weighedMs),
      touched: [],
    }
    tellUses(told, entry, [{ id: 't', identityId: 'i', budget }])
  }
  return told.uses.get('t')?.times ?? []
}

describe('what is done in any window', () => {
  it('is counted in the order in which it was weighed, however it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 30 }), (moments) => {
        expect(count(moments, 50_000)).toEqual(moments.toSorted((a, b) => a - b))
      }),
      RUNS,
    )
  })

  it('is too much exactly where one window more holds more than it may', () => {
    const times = fc.array(fc.nat(40), { maxLength: 25 }).map((all) => all.toSorted((a, b) => a - b))
    fc.assert(
      fc.property(times, fc.nat(40), fc.nat(5), fc.integer({ min: 1, max: 20 }), (kept, atMs, most, windowMs) => {
        const all = [...kept, atMs]
        const holds = (from: number): number => all.filter((each) => each >= from && each < from + windowMs).length
        const withIt = Array.from({ length: windowMs }, (_, back) => holds(atMs - back))
        expect(isCrowded(kept, atMs, most, windowMs)).toBe(Math.max(...withIt) > most)
      }),
      RUNS,
    )
  })

  it('counts an act as weighed no later than written, and no more than a minute before', () => {
    expect(readAct('decision.permit', data(200_000), 100_000)?.atMs).toBe(100_000)
    expect(readAct('decision.permit', data(99_000), 100_000)?.atMs).toBe(99_000)
    expect(readAct('decision.permit', data(1), 100_000)?.atMs).toBe(40_000)
    expect(readAct('decision.permit', { ...data(1), weighedMs: 'x' }, 100_000)?.atMs).toBe(100_000)
    expect(readAct('decision.denial', data(1), 100_000)).toBeNull()
  })
})
