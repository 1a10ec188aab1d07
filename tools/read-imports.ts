import { dirname, join } from 'node:path/posix'
import { readTokens, type Token } from './read-tokens.ts'

/** One way in which a file names another: what it says, what it means, the names that it takes, and where. */
export type Import = {
  specifier: string
  /** A path from the root of the tree for a relative specifier, the specifier itself for a package or `node:` module. */
  target: string
  names: string[]
  typeOnly: boolean
  line: number
}

/** Reads every `import`, `import()`, `import type`, `export from` and `require()` of a file. */
export function readImports(path: string, source: string): Import[] {
  const tokens = readTokens(source)
  return tokens.flatMap((token, index) => {
    const clause = isKeyword(tokens, index) ? readClause(tokens, index) : undefined
    if (clause === undefined) return []
    const specifier = unquote(clause.specifier)
    const target = /^\.\.?(\/|$)/.test(specifier) ? join(dirname(path), specifier) : specifier
    const typeOnly = tokens[index + 1]?.text === 'type' && tokens[index + 2]?.text !== 'from'
    return [{ specifier, target, names: clause.names, typeOnly, line: token.line }]
  })
}

type Clause = { specifier: Token; names: string[] }

const CLAUSES: Record<string, (tokens: readonly Token[], index: number) => Clause | undefined> = {
  import: (tokens, index) => readLiteral(tokens, index + 1) ?? readCall(tokens, index) ?? readFrom(tokens, index),
  export: (tokens, index) => (/^(\*|\{|type)$/.test(textAt(tokens, index + 1)) ? readFrom(tokens, index) : undefined),
  require: readCall,
}

function readClause(tokens: readonly Token[], index: number): Clause | undefined {
  return CLAUSES[textAt(tokens, index)]?.(tokens, index)
}

// Not a property called `import`, and not a string that holds the word.
function isKeyword(tokens: readonly Token[], index: number): boolean {
  const isName = tokens[index]?.kind === 'word' && Object.hasOwn(CLAUSES, textAt(tokens, index))
  return isName && !['.', '?.'].includes(textAt(tokens, index - 1)) && textAt(tokens, index + 1) !== ':'
}

function readLiteral(tokens: readonly Token[], index: number, names: string[] = []): Clause | undefined {
  const token = tokens[index]
  return token?.kind === 'string' || token?.kind === 'template' ? { specifier: token, names } : undefined
}

function readCall(tokens: readonly Token[], index: number): Clause | undefined {
  return textAt(tokens, index + 1) === '(' ? readLiteral(tokens, index + 2) : undefined
}

// Between the keyword and `from` stand only names, braces, commas and a star; anything else is another statement.
function readFrom(tokens: readonly Token[], index: number): Clause | undefined {
  const names: string[] = []
  for (let at = index + 1; at < tokens.length; at++) {
    const token = tokens[at]
    const literal = token?.text === 'from' ? readLiteral(tokens, at + 1, names) : undefined
    if (literal !== undefined) return literal
    if (token?.kind === 'word' || token?.kind === 'string') names.push(unquote(token))
    else if (!/^[{},*]$/.test(token?.text ?? '')) return undefined
  }
  return undefined
}

function textAt(tokens: readonly Token[], index: number): string {
  return tokens[index]?.text ?? ''
}

function unquote({ kind, text }: Token): string {
  return kind === 'string' ? text.slice(1, -1) : text
}
