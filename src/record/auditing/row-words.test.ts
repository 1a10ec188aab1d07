import fc from 'fast-check'
import { expect, it } from 'vitest'
import { digestText } from '../../ground/digest.ts'
import { type RowWord, RowWords } from './row-words.ts'

const nameOf = (at: number): string => `purposes/${at}`
const wordOf = (index: number): RowWord => ({ index, version: 1, digest: digestText(String(index)).slice(0, 32) })

it('the last word on each row is held as by a map, whatever is put, replaced and taken out', () => {
  const steps = fc.array(fc.tuple(fc.nat(60), fc.boolean()), { maxLength: 300 })
  fc.assert(
    fc.property(steps, (taken) => {
      const [words, map] = [new RowWords(), new Map<string, RowWord>()]
      for (const [index, [at, isPut]] of taken.entries()) {
        const word = { ...wordOf(index), version: index + 1 }
        let before: RowWord | undefined
        words.note(nameOf(at), (known) => {
          before = known
          return isPut ? word : null
        })
        expect(before).toEqual(map.get(nameOf(at)))
        if (isPut) map.set(nameOf(at), word)
        else map.delete(nameOf(at))
      }
      expect(words.size).toBe(map.size)
      for (let at = 0; at <= 60; at += 1) expect(words.take(nameOf(at))).toEqual(map.get(nameOf(at)))
    }),
  )
})

it('very many rows are held, and what is left of them is told by the first entries first', () => {
  const words = new RowWords()
  const count = 5_000
  for (let at = count - 1; at >= 0; at -= 1) words.note(nameOf(at), () => wordOf(at))
  expect(words.size).toBe(count)
  for (let at = 0; at < count; at += 1) if (at % 1_000 !== 7) expect(words.take(nameOf(at))?.index).toBe(at)
  const left = words.left(3)
  expect(left.map(({ index }) => index)).toEqual([7, 1_007, 2_007])
  expect(left[1]?.isOf(nameOf(1_007))).toBe(true)
  expect(left[1]?.isOf(nameOf(7))).toBe(false)
})

it('a digest that is not held is told as none', () => {
  const words = new RowWords()
  words.note('entitlements/a', () => ({ index: 3, version: 2, digest: '' }))
  expect(words.take('entitlements/b')).toBeUndefined()
  expect(words.take('entitlements/a')).toEqual({ index: 3, version: 2, digest: '' })
  expect(words.take('entitlements/a')).toBeUndefined()
})
