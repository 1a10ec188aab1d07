import { describe, expect, it } from 'vitest'
import { readTree } from '../tools/read-tree.ts'

interface NamedLaw {
  readonly file: string
  readonly name: string
  readonly code: string
}

/** Every law of every table that decisions are judged by, as its row is written. */
const laws: readonly NamedLaw[] = [...readTree(['src/decide'])]
  .filter(([file]) => !file.endsWith('.test.ts'))
  .flatMap(([file, text]) =>
    [...text.matchAll(/rule: '(law:[a-z-]+)',\s+code: '([a-z_]+)'/g)].map(([, name = '', code = '']) => ({
      file,
      name,
      code,
    })),
  )

/** What a task asks for, and what is then done in it or given for it, are judged by one law, once each. */
const JUDGED_TWICE = ['law:behalf-rights', 'law:ceiling', 'law:own-svid', 'law:purpose']

describe('the laws that decisions name', () => {
  it('are found', () => {
    expect(laws.length).toBeGreaterThan(35)
  })

  it('have one code each, wherever they stand', () => {
    const codes = new Map(laws.map(({ name, code }) => [name, code]))
    expect(laws.filter(({ name, code }) => codes.get(name) !== code)).toEqual([])
  })

  it('stand once each, but for those that are judged when a task is asked for and when it acts', () => {
    const names = laws.map(({ name }) => name)
    const twice = names.filter((name, at) => names.indexOf(name) !== at)
    expect(twice.sort()).toEqual(JUDGED_TWICE)
    const once = laws.filter((law) =>
      laws.some((other) => other !== law && other.file === law.file && other.name === law.name),
    )
    expect(once).toEqual([])
  })
})
