import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createVitest } from 'vitest/node'
import { SLOWEST, SlowestFirst } from './slowest-first.ts'

const root = join(import.meta.dirname, '..')

it('begins with the slowest files, the slowest first, and loses none', async () => {
  const vitest = await createVitest('test', { root, watch: false, run: true, reporters: [] })
  try {
    const files = (await vitest.globTestSpecifications()).toReversed()
    const sorted = await new SlowestFirst(vitest).sort(files)
    expect(sorted.slice(0, SLOWEST.length).map(({ moduleId }) => moduleId)).toEqual(
      SLOWEST.map((file) => join(root, file)),
    )
    expect(new Set(sorted)).toEqual(new Set(files))
  } finally {
    await vitest.close()
  }
})

it('names files that there are', () => {
  expect(SLOWEST.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
