import { describe, expect, it } from 'vitest'
import { countAll, createHistogram, findWithin, writeHistogram } from './histogram.ts'

const holding = (...times: readonly number[]) => {
  const histogram = createHistogram()
  for (const ms of times) histogram.add(ms)
  return histogram
}

describe('a histogram', () => {
  it('counts a time in the first part whose end it does not pass, and what passes all of them in one without an end', () => {
    const lines = writeHistogram('took', holding(0.25, 0.5, 0.75, 10_000, 10_000.5), (le) =>
      le === null ? '' : `{${le}}`,
    )
    expect(lines).toContain('took_bucket{0.0005} 2')
    expect(lines).toContain('took_bucket{0.001} 3')
    expect(lines).toContain('took_bucket{2.5} 3')
    expect(lines.slice(-4)).toEqual(['took_bucket{10} 4', 'took_bucket{+Inf} 5', 'took_sum 20.002', 'took_count 5'])
  })

  it('writes its parts in the order of their ends', () => {
    const ends = writeHistogram('took', holding(1), (le) => le ?? '').flatMap(
      (line) => /^took_bucket([\d.]+) /.exec(line)?.[1] ?? [],
    )
    expect(ends.map(Number)).toEqual(ends.map(Number).toSorted((one, other) => one - other))
    expect(ends.length).toBeGreaterThan(5)
  })

  it('tells within which end a share of all of several lies', () => {
    const both = [holding(0.1, 0.1, 0.1), holding(4)]
    expect(countAll(both)).toBe(4)
    expect(findWithin(both, 0.75)).toBe(0.5)
    expect(findWithin(both, 0.76)).toBe(5)
    expect(findWithin(both, 1)).toBe(5)
  })

  it.each([
    ['there are none', [], 0.5],
    ['that share took longer than all ends', [1, 11_000], 0.99],
  ])('tells of no end where %s', (_, times, share) => {
    expect(findWithin([holding(...times)], share)).toBeNull()
  })
})
