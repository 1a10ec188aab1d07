import { describe, expect, it } from 'vitest'
import { freezeAll } from './freeze-all.ts'

describe('freezing all of a value', () => {
  it('gives the same value, into which nobody writes any more, however deep', () => {
    const value = { name: 'a', list: [{ deep: { deeper: 1 } }], none: null }
    expect(freezeAll(value)).toBe(value)
    expect(() => Object.assign(value, { name: 'b' })).toThrow(TypeError)
    expect(() => value.list.push({ deep: { deeper: 2 } })).toThrow(TypeError)
    expect(() => Object.assign(value.list[0]?.deep ?? {}, { deeper: 2 })).toThrow(TypeError)
    expect(value).toEqual({ name: 'a', list: [{ deep: { deeper: 1 } }], none: null })
  })

  it('ends on a value that hangs on itself', () => {
    const value: { self?: unknown } = {}
    value.self = value
    expect(Object.isFrozen(freezeAll(value))).toBe(true)
  })

  it.each([[null], [undefined], ['text'], [1]])('gives %j as it is', (value) => {
    expect(freezeAll(value)).toBe(value)
  })
})
