import { expect, it } from 'vitest'
import { readSlices, writeSlices } from './json-slices.ts'
import { LIMITS } from './limits.ts'

it('gives back a list in its order, in slices that are about as long as they may be', () => {
  const items = Array.from({ length: 3_000 }, (_, at) => ({ at, text: 'é"\\'.repeat(at % 20) }))
  const slices = writeSlices(items)
  expect([...readSlices(slices)]).toEqual(items)
  expect(slices.length).toBeGreaterThan(1)
  for (const slice of slices) expect(slice.length).toBeLessThan(LIMITS.jsonSliceChars * 1.2)
})

it('gives back each name as it was, whatever was read before', () => {
  const items = [
    { slice: 1, '\\': 1 },
    { slice: 1, '"': 2 },
  ]
  for (const item of items) expect([...readSlices(writeSlices([item]))]).toEqual([item])
})

it('never cuts one item, and takes none at all', () => {
  const long = 'x'.repeat(LIMITS.jsonSliceChars * 2)
  const slices = writeSlices([1, long, 2])
  expect(slices).toEqual(['[1]', `["${long}"]`, '[2]'])
  expect([...readSlices(slices)]).toEqual([1, long, 2])
  expect([writeSlices([]), [...readSlices([])]]).toEqual([[], []])
})
