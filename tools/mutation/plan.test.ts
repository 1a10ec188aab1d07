import { describe, expect, it } from 'vitest'
import { planTrial } from './plan.ts'
import type { Surveyed } from './worker/stage.ts'

const surveyed: readonly Surveyed[] = [
  {
    file: 'slow.test.ts',
    loading: {},
    loadMs: 10,
    tests: [
      { ms: 90, hits: { running: 200 } },
      { ms: 1, hits: {} },
      { ms: 30, hits: { running: 1, both: 1 } },
    ],
  },
  {
    file: 'late.test.ts',
    loading: { both: 3, loading: 1 },
    loadMs: 10,
    tests: [
      { ms: 20, hits: {} },
      { ms: 500, hits: { both: 4 } },
      { ms: 10, hits: {} },
    ],
  },
  { file: 'quick.test.ts', loading: { loading: 1 }, loadMs: 10, tests: [{ ms: 40, hits: { running: 1 } }] },
]

describe('a change', () => {
  it('is tried by each test that comes by it, the quickest first', () => {
    expect(planTrial('running', surveyed)).toEqual({
      mutant: 'running',
      hitsMax: 20_000,
      msMax: 30_800,
      tests: [
        { file: 'slow.test.ts', at: 2 },
        { file: 'quick.test.ts', at: 0 },
        { file: 'slow.test.ts', at: 0 },
      ],
      reloads: [],
    })
  })

  it('is tried by loading each file anew that comes by it as it is loaded, the quickest first', () => {
    const reloads = [
      { file: 'quick.test.ts', first: [0] },
      { file: 'late.test.ts', first: [2, 0, 1] },
    ]
    expect(planTrial('loading', surveyed)).toEqual({
      mutant: 'loading',
      hitsMax: 10_000,
      msMax: 32_950,
      tests: [],
      reloads,
    })
  })

  it('is tried by those files first that have noticed most of its like', () => {
    const noticedBy = (file: string): number => (file === 'late.test.ts' ? 2 : 1)
    const reloads = [{ file: 'late.test.ts' }, { file: 'quick.test.ts' }]
    expect(planTrial('loading', surveyed, noticedBy)).toMatchObject({ reloads })
  })

  it('is tried in both ways, but by the tests of each file in one of them, first by those that come by it again', () => {
    const reloads = [{ file: 'late.test.ts', first: [1, 2, 0] }]
    expect(planTrial('both', surveyed)).toMatchObject({
      tests: [{ file: 'slow.test.ts', at: 2 }],
      reloads,
      hitsMax: 10_000,
    })
  })

  it('is not tried where no test comes by it', () => {
    expect(planTrial('none', surveyed)).toBeUndefined()
  })
})
