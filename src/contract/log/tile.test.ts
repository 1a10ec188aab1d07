import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { decodeBundle, encodeBundle, formatTilePath, parseTilePath, type TileName, tileWidth } from './tile.ts'

describe('tile paths', () => {
  const cases: [TileName, string][] = [
    [{ level: 0, n: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, n: 1234067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 2, n: 273, width: 112 }, 'tile/2/273.p/112'],
    [{ level: 'entries', n: 1000, width: 1 }, 'tile/entries/x001/000.p/1'],
    [{ level: 63, n: 999, width: 255 }, 'tile/63/999.p/255'],
  ]
  it.each(cases)('%o is at %s', (name, path) => {
    expect(formatTilePath(name)).toBe(path)
    expect(parseTilePath(path)).toEqual(name)
  })

  it('every name has one path, and the path that name', () => {
    const level = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const))
    fc.assert(
      fc.property(level, fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (each, n, width) => {
        const name = { level: each, n, width }
        expect(parseTilePath(formatTilePath(name))).toEqual(name)
      }),
      RUNS,
    )
  })

  it.each([
    ['a level with a leading zero', 'tile/00/000'],
    ['a level above 63', 'tile/64/000'],
    ['a level that is a word', 'tile/data/000'],
    ['a group without x', 'tile/0/001/000'],
    ['a last group with x', 'tile/0/x001'],
    ['an empty first group', 'tile/0/x000/000'],
    ['two digits', 'tile/0/00'],
    ['a width of nothing', 'tile/0/000.p/0'],
    ['a partial tile of full width', 'tile/0/000.p/256'],
    ['a width above full', 'tile/0/000.p/999'],
    ['a width with a leading zero', 'tile/0/000.p/01'],
    ['a number beyond safe ones', 'tile/0/x999/x999/x999/x999/x999/999'],
    ['a way up', 'tile/0/../000'],
    ['a slash at the end', 'tile/0/000/'],
    ['nothing', ''],
  ])('%s is no path of a tile', (_, path) => {
    expect(parseTilePath(path)).toBeNull()
  })
})

describe('tile widths', () => {
  it.each([
    [0, 272, 70_000, 256],
    [0, 273, 70_000, 112],
    [0, 274, 70_000, 0],
    [1, 0, 70_000, 256],
    [1, 1, 70_000, 17],
    [2, 0, 70_000, 1],
    [3, 0, 70_000, 0],
    [1, 0, 256, 1],
    [0, 0, 0, 0],
    [63, 0, Number.MAX_SAFE_INTEGER, 0],
  ])('tile %i/%i of a tree of %i leaves has %i hashes', (level, n, size, width) => {
    expect(tileWidth({ level, n }, size)).toBe(width)
  })
})

describe('entry bundles', () => {
  it('a bundle is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 8 }), (entries) => {
        expect(decodeBundle(encodeBundle(entries), entries.length)).toEqual(entries)
      }),
      RUNS,
    )
  })

  it('the longest entry fits, and one byte more does not', () => {
    const longest = new Uint8Array(65_535)
    expect(decodeBundle(encodeBundle([longest]), 1)).toEqual([longest])
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(RangeError)
  })

  const bundle = encodeBundle([Uint8Array.of(1, 2), Uint8Array.of(3)])
  it.each([
    ['fewer entries than said', bundle, 3],
    ['more entries than said', bundle, 1],
    ['an entry cut short', bundle.slice(0, -1), 2],
    ['half a length', Uint8Array.of(...bundle, 0), 3],
  ])('%s is no bundle', (_, bytes, width) => {
    expect(decodeBundle(bytes, width)).toBeNull()
  })
})
