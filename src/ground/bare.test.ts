import { describe, expect, it } from 'vitest'
import { makeBare } from './bare.ts'

const NAMES = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']

describe('a bare object', () => {
  it('holds nothing at first, under whatever name', () => {
    const bare = makeBare<string>()
    for (const name of NAMES) expect([bare[name], name in bare]).toEqual([undefined, false])
  })

  it('holds as its own what is put under any name, and no other one sees it', () => {
    const [bare, other] = [makeBare<string>(), makeBare<string>()]
    for (const name of NAMES) bare[name] = name
    expect(Object.entries(bare)).toEqual(NAMES.map((name) => [name, name]))
    for (const name of NAMES) expect(name in other).toBe(false)
    expect({}.constructor).toBe(Object)
  })
})
