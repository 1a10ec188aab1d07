import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../cli/commands.ts'
import { readTokens } from '../tools/read-tokens.ts'
import { listFiles, ROOT, readTree } from '../tools/read-tree.ts'
import { findUntrue, type Known } from './documents/find-untrue.ts'

const ABOUT_CODE = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/why-laws-and-policies.md', 'docs/why-threads.md']
const DOCUMENTS = listFiles(['.'], /\.md$/)

const known: Known = {
  files: new Set(listFiles(['.'], /./)),
  words: new Set([...readTree(['src', 'sdk', 'cli', 'tools']).values()].flatMap(readWords)),
  scripts: new Set(Object.keys((JSON.parse(readText('package.json')) as { scripts: object }).scripts)), // it is ours
  commands: new Set(['help', ...COMMANDS.flatMap(({ name }) => name.split(' ')[0] ?? [])]),
}

describe('what a document names', () => {
  it.each(DOCUMENTS)('is there: %s', (path) => {
    expect(findUntrue(readText(path), dirname(path), known, ABOUT_CODE.includes(path))).toEqual([])
  })

  it.each([
    ['a link to a page that is not there', 'See [it](docs/lost.md).', 'docs/lost.md'],
    ['a script that npm does not know', 'Run `npm run lost`.', 'lost'],
    ['a command that nobody wrote', '    remit lose everything', 'lose'],
    ['a file that moved', 'Look at `src/lost/room.ts`.', 'src/lost/room.ts'],
    ['a pattern that no file fits', 'Look at `policies/*.lost`.', 'policies/*.lost'],
    ['a symbol that was renamed', 'It is `findNobodyAtAll`.', 'findNobodyAtAll'],
    ['a call of the sentence that is none', 'const x = await house.findNobodyAtAll(y)', 'house.findNobodyAtAll'],
  ])('is noticed where it is %s', (_, document, name) => {
    expect(findUntrue(document, '.', known, true)).toContain(name)
  })

  it.each([
    ['a link to a page that is there', 'See [it](ARCHITECTURE.md), [them](https://example.org/x).'],
    ['a script and a command', 'Run `npm run demo`, then `remit verify`.'],
    ['a file, a folder and a pattern', 'Look at `src/main.ts`, `src/decide/laws/`, `policies/*.cedar`.'],
    ['a symbol with what it takes', 'It is `RemitError`, `Recorded<Permit>`, `record(fact)`.'],
    ['prose in backquotes', 'The form is `<room>: <what changes>`.'],
  ])('is left alone where it is %s', (_, document) => {
    expect(findUntrue(document, '.', known, true)).toEqual([])
  })
})

describe('the list of attacks', () => {
  it.each(listFiles(['test/attacks'], /\.test\.ts$/))('names %s', (path) => {
    expect(readText('SECURITY.md')).toContain(`\`${path}\``)
  })
})

describe('the architecture', () => {
  it('is at most 200 lines, to be read in one go', () => {
    expect(readText('ARCHITECTURE.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200)
  })
})

function readWords(source: string): string[] {
  return readTokens(source).flatMap(({ kind, text }) => (kind === 'string' ? (text.match(/[\w$]+/g) ?? []) : [text]))
}

function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
