import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../test/arbitraries.ts'
import { sha256 } from './sha256.ts'

const platform = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const ours = (bytes: Uint8Array): string => Buffer.from(sha256(bytes)).toString('hex')

describe('SHA-256', () => {
  it('is the one of the platform on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => ours(bytes) === platform(bytes)),
      RUNS,
    )
  })

  it('is the one of the platform at every length around the borders of blocks', () => {
    const lengths = Array.from({ length: 260 }, (_, length) => new Uint8Array(length).fill(length))
    expect(lengths.map(ours)).toEqual(lengths.map(platform))
  })

  it('is the one of the platform on 70,000 bytes', () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251)
    expect(ours(bytes)).toBe(platform(bytes))
  })
})
