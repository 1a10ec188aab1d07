import { describe, expect, it } from 'vitest'
import { readImports } from '../tools/read-imports.ts'
import { readTree } from '../tools/read-tree.ts'
import { RULES, withoutTests } from './walls/rules.ts'
import { findUnusedRows } from './walls/unused.ts'

const everything = readTree(['src', 'sdk', 'cli', 'console', 'test', 'bench', 'tools'])
const tree = withoutTests(readTree(['src', 'sdk', 'cli', 'console']))

describe('the walls of the house', () => {
  it.each(RULES)('$name', ({ check, withTests }) => {
    expect(check(withTests === true ? everything : tree)).toEqual([])
  })

  it('are checked on every room that stands', () => {
    expect([...tree.keys()].filter((path) => path.startsWith('src/')).length).toBeGreaterThan(10)
  })
})

describe.each(RULES)('the rule that $name', ({ check, planted, allowed }) => {
  it.each(Object.keys(planted))('notices %s', (path) => {
    const faults = check(new Map(Object.entries(planted)))
    expect(faults.filter((fault) => fault.includes(path))).not.toEqual([])
  })

  it.each(Object.keys(allowed))('leaves %s alone', (path) => {
    const faults = check(new Map(Object.entries({ ...planted, ...allowed })))
    expect(faults.filter((fault) => fault.includes(path))).toEqual([])
  })
})

describe('a row of a table', () => {
  const table = ['src/ground/limits/doors.ts', 'export const DOORS = { aMax: 1, b: { c: 2 } } as const'] as const
  const cases: [string, string, string[]][] = [
    ['that is used is left alone', 'f(LIMITS.aMax, LIMITS.b)', []],
    ['that is used under a longer name only is noticed', 'f(LIMITS.aMaximum, LIMITS.b)', ['aMax']],
    ['that only another object has is noticed', 'f(limits.aMax, LIMITS.b)', ['aMax']],
  ]
  it.each(cases)('%s', (_, source, unused) => {
    const faults = findUnusedRows(new Map([table, ['src/flow/use.ts', source]]))
    expect(faults).toEqual(unused.map((row) => `src/ground/limits/doors.ts: nobody uses ${row} of DOORS`))
  })
})

describe('reading imports', () => {
  const cases: [string, string, string[]][] = [
    ['a default and names', "import a, { b as c } from './x.ts'", ['src/x.ts']],
    ['a namespace', "import * as a from './x.ts'", ['src/x.ts']],
    ['for its effect', "import './x.ts'", ['src/x.ts']],
    ['types', "import type { A } from '../sdk/x.ts'", ['sdk/x.ts']],
    ['attributes', "import a from './x.json' with { type: 'json' }", ['src/x.json']],
    ['a re-export', "export * as a from './x.ts'\nexport type { B } from './y.ts'", ['src/x.ts', 'src/y.ts']],
    ['a late import', 'const a = await import(`./x.ts`)', ['src/x.ts']],
    ['a required module', "const a = require('node:fs')", ['node:fs']],
    ['an import inside a template value', "const a = `${await import('./x.ts')}`", ['src/x.ts']],
    ['after a regular expression with quotes', "const a = /['\"`]/.test(b)\nimport './x.ts'", ['src/x.ts']],
    ['no import: a comment, a string, a property', "// import './x.ts'\n/* import './x.ts' */ a.import('./x.ts')", []],
    ['no import: its address', "import.meta.url\nconst from = './x.ts'", []],
    ['no import: an export with a value', "export const a = { from: './x.ts' }", []],
    ['no import: an exported type', "export type A = { b: 'x' }\nconst c = from\n'./x.ts'", []],
  ]
  it.each(cases)('sees %s', (_, source, targets) => {
    expect(readImports('src/a.ts', source).map((each) => each.target)).toEqual(targets)
  })
})
