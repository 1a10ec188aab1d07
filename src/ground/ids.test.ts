import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { digestText } from './digest.ts'
import { createIds, ID_PREFIXES, type IdKind, idFloor, idFrom } from './ids.ts'

const KINDS = Object.keys(ID_PREFIXES) as IdKind[]
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 })

describe('ids', () => {
  it('sort by the time at which they were made', () => {
    fc.assert(
      fc.property(times, times, fc.constantFrom(...KINDS), (a, b, kind) => {
        const [x, y] = [createIds(() => a).next(kind), createIds(() => b).next(kind)]
        return a === b || a < b === x < y
      }),
      RUNS,
    )
  })

  it('stand behind the floor of their moment and of every earlier one, and before that of a later one', () => {
    fc.assert(
      fc.property(times, times, fc.constantFrom(...KINDS), (a, b, kind) => {
        return createIds(() => a).next(kind) > idFloor(kind, b) === a >= b
      }),
      RUNS,
    )
    expect(idFloor('task', -1)).toBe(idFloor('task', 0))
  })

  it('say what they name and have one form', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(...KINDS), (atMs, kind) => {
        expect(createIds(() => atMs).next(kind)).toMatch(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{26}$`))
      }),
      RUNS,
    )
  })

  it('follow from a moment and a digest where both are given, in the form and the order of all others', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(...KINDS), fc.string(), fc.string(), (atMs, kind, text, other) => {
        const id = idFrom(kind, atMs, digestText(text))
        expect(id).toMatch(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{26}$`))
        expect(id.startsWith(idFloor(kind, atMs))).toBe(true)
        expect(idFrom(kind, atMs, digestText(other)) === id).toBe(other === text)
      }),
      RUNS,
    )
  })

  it('are unique among 10,000 of one millisecond', () => {
    const ids = createIds(() => 1_800_000_000_000)
    expect(new Set(Array.from({ length: 10_000 }, () => ids.next('task'))).size).toBe(10_000)
  })

  it('use every letter of their alphabet alike', () => {
    const ids = createIds(() => 0)
    const counts = new Map<string, number>()
    for (let at = 0; at < 10_000; at++) {
      for (const letter of ids.next('task').slice(-16)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    expect(counts.size).toBe(32)
    for (const count of counts.values()) expect(Math.abs(count - 5_000)).toBeLessThan(700)
  })

  it('of two kinds never begin alike', () => {
    expect(new Set(Object.values(ID_PREFIXES)).size).toBe(KINDS.length)
  })
})

describe('secrets', () => {
  it('are used once: none of 10,000 of any length is given again, nor is anything that was wiped', () => {
    const ids = createIds(() => 0)
    const secrets = Array.from({ length: 10_000 }, (_, at) => ids.secret(16 + (at % 32)))
    expect(new Set(secrets).size).toBe(10_000)
    expect(secrets.filter((secret) => secret.includes('AAAAAAAA'))).toEqual([])
  })

  it('have the bytes that were asked for, and differ', () => {
    const ids = createIds(() => 0)
    expect(Buffer.from(ids.secret(32), 'base64url')).toHaveLength(32)
    expect(ids.secret(32)).not.toBe(ids.secret(32))
    expect(Buffer.from(ids.secret(10_000), 'base64url')).toHaveLength(10_000)
    expect(ids.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
