import { basename } from 'node:path'
import { readImports } from '../../tools/read-imports.ts'
import { readTokens } from '../../tools/read-tokens.ts'
import type { Tree } from '../../tools/read-tree.ts'

/** A table whose rows somebody has to use, and how a use of one looks. */
type UsedTable = { file: string; table: string; uses: (source: string, row: string) => boolean }

const isQuoted = (source: string, row: string): boolean => source.includes(`'${row}'`)

/** The tables of which a row that nobody uses is a promise that nobody keeps. */
const TABLES: readonly UsedTable[] = [
  { file: 'src/ground/error-table.ts', table: 'ERRORS', uses: isQuoted },
  { file: 'src/contract/log-entry.ts', table: 'ENTRY_KINDS', uses: isQuoted },
]

/** The tables that `LIMITS` is made of: each is called as its file is. */
function limitTables(tree: Tree): UsedTable[] {
  return [...tree.keys()]
    .filter((path) => path.startsWith('src/ground/limits/'))
    .map((file) => ({ file, table: basename(file, '.ts').toUpperCase(), uses: isLimit }))
}

const isLimit = (source: string, row: string): boolean => new RegExp(`\\bLIMITS\\.${row}\\b`).test(source)

/** Lists the rows of the tables that no file of the server uses. */
export function findUnusedRows(tree: Tree): string[] {
  return [...TABLES, ...limitTables(tree)].flatMap(({ file, table, uses }) => {
    const others = [...tree].filter(([path]) => path.startsWith('src/') && path !== file)
    const rows = readRows(tree.get(file) ?? '', table)
    return rows
      .filter((row) => !others.some(([, source]) => uses(source, row)))
      .map((row) => `${file}: nobody uses ${row} of ${table}`)
  })
}

/** Gives the names of the rows of a table: the keys of an object, at its first depth. */
function readRows(source: string, table: string): string[] {
  const tokens = readTokens(source)
  const start = tokens.findIndex(({ text }, at) => text === table && tokens[at + 1]?.text === '=')
  const rows: string[] = []
  let depth = 0
  for (let at = start + 2; start !== -1 && at < tokens.length; at++) {
    const text = tokens[at]?.text ?? ''
    if ('{(['.includes(text)) depth++
    if ('})]'.includes(text) && --depth === 0) break
    if (depth === 1 && tokens[at + 1]?.text === ':') rows.push(text.replaceAll(/^'|'$/g, ''))
  }
  return rows
}

const EXPORTED = new Set(['function', 'const', 'class'])

const EXPORTING = /^(src\/(contract|ground|register|authenticate|decide|issue|enforce|revoke|prove|mcp)|cli)\//

/** Lists functions, constants and classes that are exported and that no other file, a test neither, imports. */
export function findUnusedExports(tree: Tree): string[] {
  const taken = new Set<string>()
  const whole = new Set<string>()
  for (const [path, source] of tree)
    for (const { target, names } of readImports(path, source)) {
      for (const name of names) taken.add(`${target} ${name}`)
      if (names[0] === 'as') whole.add(target)
    }
  return [...tree].flatMap(([path, source]) =>
    whole.has(path) || !EXPORTING.test(path)
      ? []
      : readExports(source)
          .filter((name) => !taken.has(`${path} ${name}`))
          .map((name) => `${path}: nobody imports ${name}`),
  )
}

function readExports(source: string): string[] {
  const tokens = readTokens(source)
  return tokens.flatMap(({ text }, at) => {
    if (text !== 'export') return []
    const rest = tokens.slice(at + 1, at + 5).filter((each) => !['async', '*'].includes(each.text))
    return EXPORTED.has(rest[0]?.text ?? '') ? [rest[1]?.text ?? ''] : []
  })
}
