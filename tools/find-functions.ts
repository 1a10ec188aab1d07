import { readTokens, type Token } from './read-tokens.ts'

/** A function with a body: what it is called, whether a name is bound to it, and the lines that it takes. */
export type FunctionSpan = { name: string; named: boolean; firstLine: number; lastLine: number; lines: number }

const CONTROL = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])
const TYPE_WORDS = new Set('keyof typeof readonly is asserts extends infer unique new in abstract'.split(' '))
const OPENERS = '([{'
const CLOSERS = ')]}'
const CONTINUES = new Set([
  '.',
  '?.',
  '?',
  ':',
  '&&',
  '||',
  '??',
  '+',
  '-',
  '*',
  '/',
  '%',
  '=',
  '<',
  '>',
  '|',
  '&',
  '=>',
])

/** Finds every function declaration, function expression, method and arrow of a file. */
export function findFunctions(source: string): FunctionSpan[] {
  const tokens = readTokens(source)
  const partners = matchBrackets(tokens)
  return tokens.flatMap((token, open) => {
    const close = token.text === '(' && token.kind === 'mark' ? partners.get(open) : undefined
    const end = close === undefined ? undefined : findEnd(tokens, partners, open, close)
    return end === undefined ? [] : [describeSpan(tokens, open, end)]
  })
}

/** Pairs each opening bracket with its closing one, by their places in the list. */
function matchBrackets(tokens: readonly Token[]): Map<number, number> {
  const partners = new Map<number, number>()
  const open: number[] = []
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'mark') continue
    if (OPENERS.includes(text)) open.push(index)
    else if (CLOSERS.includes(text)) {
      const start = open.pop()
      if (start !== undefined) partners.set(start, index)
    }
  }
  return partners
}

/** Finds the last token of the function whose parameters stand between `open` and `close`, if they are parameters. */
function findEnd(tokens: readonly Token[], partners: Map<number, number>, open: number, close: number) {
  const next = textAt(tokens, close + 1)
  const isReturnType = textAt(tokens, open - 1) === ':' && textAt(tokens, open - 2) === ')'
  if (isReturnType) return undefined
  if (next === '=>') return findArrowEnd(tokens, partners, close + 2)
  const body = next === ':' ? skipReturnType(tokens, partners, close + 2) : close + 1
  if (textAt(tokens, body) === '=>') return findArrowEnd(tokens, partners, body + 1)
  if (textAt(tokens, body) !== '{' || isStatementHead(tokens, open)) return undefined
  return partners.get(body)
}

function isStatementHead(tokens: readonly Token[], open: number): boolean {
  const isCall = textAt(tokens, open - 2) === 'extends'
  return CONTROL.has(textAt(tokens, open - 1)) ? !['.', 'function'].includes(textAt(tokens, open - 2)) : isCall
}

/** Walks over a return type; returns the place of the body's `{` or of the arrow, or the end of the list for neither. */
function skipReturnType(tokens: readonly Token[], partners: Map<number, number>, start: number): number {
  let expectsType = true
  for (let at = start; at < tokens.length; at++) {
    const { kind, text } = tokens[at] as Token
    const isMark = kind === 'mark'
    if (isMark && OPENERS.includes(text)) {
      if (!expectsType && text !== '[') return text === '{' ? at : tokens.length
      at = partners.get(at) ?? tokens.length
      // The arrow after a list of parameter types belongs to a function type.
      if (expectsType && text === '(' && textAt(tokens, at + 1) === '=>') at++
      else expectsType = false
    } else if (text === '=>') return at
    else if (isMark && (',;)]}'.includes(text) || text === '=')) return tokens.length
    else if (isMark) expectsType = text !== '>'
    else if (!expectsType && !TYPE_WORDS.has(text)) return tokens.length
    else expectsType = TYPE_WORDS.has(text)
  }
  return tokens.length
}

/** Finds the last token of an arrow's body: a block, or an expression up to where it can no longer go on. */
function findArrowEnd(tokens: readonly Token[], partners: Map<number, number>, start: number): number {
  if (textAt(tokens, start) === '{') return partners.get(start) ?? start
  let at = start
  for (; at < tokens.length; at++) {
    const token = tokens[at] as Token
    if (token.kind === 'mark' && (',;'.includes(token.text) || CLOSERS.includes(token.text))) break
    if (at > start && startsStatement(tokens[at - 1] as Token, token)) break
    if (token.kind === 'mark' && OPENERS.includes(token.text)) at = partners.get(at) ?? at
  }
  return at - 1
}

function startsStatement(before: Token, token: Token): boolean {
  if (token.line === before.line || before.kind === 'template' || token.kind === 'template') return false
  return !CONTINUES.has(token.text) && !(before.kind === 'mark' && CONTINUES.has(before.text))
}

function describeSpan(tokens: readonly Token[], open: number, end: number): FunctionSpan {
  const head = skipTypeParameters(tokens, open - 1)
  const { name, named } = nameFunction(tokens, head)
  const first = tokens[named ? Math.max(0, head) : open] as Token
  const last = tokens[end] as Token
  const lastLine = last.line + (last.kind === 'template' ? last.text.split('\n').length - 1 : 0)
  return { name, named, firstLine: first.line, lastLine, lines: lastLine - first.line + 1 }
}

function skipTypeParameters(tokens: readonly Token[], at: number): number {
  if (textAt(tokens, at) !== '>') return at
  let depth = 0
  for (let back = at; back >= 0; back--) {
    if (textAt(tokens, back) === '>') depth++
    if (textAt(tokens, back) === '<' && --depth === 0) return back - 1
  }
  return at
}

/** A name is bound by a declaration, a method or property, or an assignment; a callback has none. */
function nameFunction(tokens: readonly Token[], head: number): { name: string; named: boolean } {
  const word = tokens[head]
  if (word?.kind === 'word' && !['async', 'function'].includes(word.text)) return { name: word.text, named: true }
  let at = head
  while (['async', 'function', '*'].includes(textAt(tokens, at))) at--
  if (![':', '=', '=>'].includes(textAt(tokens, at))) return { name: 'a callback', named: false }
  return { name: findBinding(tokens, at), named: true }
}

function findBinding(tokens: readonly Token[], at: number): string {
  const isPlain = textAt(tokens, at) === ':' || ['.', 'const', 'let', 'var'].includes(textAt(tokens, at - 2))
  if (isPlain) return textAt(tokens, at - 1)
  const start = tokens.findLastIndex(({ text }, index) => index < at && ['const', 'let', 'var'].includes(text))
  return start === -1 ? textAt(tokens, at - 1) : textAt(tokens, start + 1)
}

function textAt(tokens: readonly Token[], index: number): string {
  return tokens[index]?.text ?? ''
}
