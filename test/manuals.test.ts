import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MANUALS, writeTable } from '../tools/manuals.ts'
import { listFiles, ROOT } from '../tools/read-tree.ts'

describe('the generated manuals', () => {
  it.each(MANUALS)('$path says what the code says (else: npm run manuals)', async ({ path, write }) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(await write())
  })

  it('a document that says it is generated has a generator', () => {
    const generated = listFiles(['docs'], /\.md$/).filter((path) =>
      readFileSync(join(ROOT, path), 'utf8').includes('Written by `npm run manuals`'),
    )
    expect(generated).toEqual(MANUALS.map(({ path }) => path).sort())
  })

  it('a bar or a line break in a cell does not break its table', () => {
    expect(writeTable(['a'], [['b | c\nd']])).toBe('| a |\n| --- |\n| b \\| c d |')
  })
})
