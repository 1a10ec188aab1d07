import { describe, expect, it } from 'vitest'
import { readImports } from '../read-imports.ts'
import { listFiles, readTree } from '../read-tree.ts'
import { groupByTests } from './suites.ts'
import { createStandIn } from './worker/stand-in.ts'

const tree = readTree(['src', 'test', 'cli', 'sdk', 'tools', 'bench'])

/** Gives a file and all of the repository that it brings along, by their paths. */
function withImports(files: readonly string[]): ReadonlySet<string> {
  const found = new Set(files)
  for (const file of found)
    for (const { target } of readImports(file, tree.get(file) ?? '')) if (tree.has(target)) found.add(target)
  return found
}

/** The names that a file takes from vitest, types left out. */
function namesOfVitest(text: string): readonly string[] {
  return [...text.matchAll(/^import \{([^}]*)\} from 'vitest'/gm)].flatMap(([, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type ')),
  )
}

describe('the tests by which changes are tried', () => {
  const judges = new Set(groupByTests(listFiles(['src', 'test'], /\.ts$/), []).flatMap((suite) => suite.judges))

  it('take nothing from vitest that is not there where they are run', () => {
    const known = Object.keys(createStandIn(1).vitest)
    const taken = [...withImports([...judges])].flatMap((file) =>
      namesOfVitest(tree.get(file) ?? '')
        .filter((name) => !known.includes(name))
        .map((name) => `${file} takes ${name}`),
    )
    expect(judges.size).toBeGreaterThan(100)
    expect(taken).toEqual([])
  })

  it('are read for what they take', () => {
    expect(namesOfVitest("import { expect, type Mock, vi } from 'vitest'\nimport { it } from './it.ts'")).toEqual([
      'expect',
      'vi',
    ])
  })
})
