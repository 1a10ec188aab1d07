import { describe, expect, it } from 'vitest'
import { digestSuite } from './kept.ts'
import type { Suite } from './suites.ts'

const suite: Suite = {
  name: 'tools-mutation',
  files: ['tools/mutation/report.ts', 'tools/mutation/suites.ts'],
  tests: ['tools/mutation/*.test.ts'],
  judges: ['tools/mutation/report.test.ts'],
  runs: 1,
}
const digestOf = (more: Partial<Suite>, file = 'tools/mutation/report.ts') =>
  digestSuite({ ...suite, ...more }).get(file)

describe('a file that was tried', () => {
  it('is known again while it and all that its tests are made of stay as they are', () => {
    expect(digestOf({})).toMatch(/^[0-9a-f]{64}$/)
    expect(digestOf({ files: ['tools/mutation/report.ts'] })).toBe(digestOf({}))
    expect(digestOf({}, 'tools/mutation/suites.ts')).not.toBe(digestOf({}))
    expect(digestOf({}, 'tools/mutation/main.ts')).toBeUndefined()
  })

  it('is tried again where a test came, went or has changed, or where a law is tried more often', () => {
    const both = ['tools/mutation/report.test.ts', 'tools/mutation/suites.test.ts']
    const digests = [digestOf({}), digestOf({ judges: [] }), digestOf({ judges: both }), digestOf({ runs: 2 })]
    expect(new Set(digests).size).toBe(4)
  })
})
