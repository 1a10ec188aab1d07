/** A piece of TypeScript source. Comments are no tokens; a template is its text pieces with `{` `}` around each value. */
export type Token = { kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark'; text: string; line: number }

type Cursor = { source: string; at: number; line: number; tokens: Token[]; templateDepths: number[]; depth: number }

const SPACE = /\s+/y
const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy
const NUMBER = /\.?\d(?:[eE][+-]|[\w.])*/y
const LINE_COMMENT = /\/\/[^\n]*|#![^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y
// An unclosed string ends with its line, so that an apostrophe in JSX text spoils one line and not the file.
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?/y
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TEMPLATE_PIECE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y
const MARK = /=>|\.\.\.|\?\.(?!\d)|\?\?|&&|\|\||[\s\S]/y

/** Words after which a slash begins a regular expression and not a division. */
const WORDS_BEFORE_VALUES = new Set(
  'return typeof case in of delete void throw new instanceof else do yield await extends default'.split(' '),
)

/** Splits TypeScript source into tokens. It is exact for what a formatter leaves behind, which is all that it is for. */
export function readTokens(source: string): Token[] {
  const cursor: Cursor = { source, at: 0, line: 1, tokens: [], templateDepths: [], depth: 0 }
  while (cursor.at < source.length) readNext(cursor)
  return cursor.tokens
}

function readNext(cursor: Cursor): void {
  if (take(cursor, SPACE) || take(cursor, BLOCK_COMMENT)) return
  if (cursor.source.startsWith('//', cursor.at) || (cursor.at === 0 && cursor.source.startsWith('#!'))) {
    take(cursor, LINE_COMMENT)
    return
  }
  if (cursor.source[cursor.at] === '`') {
    readTemplatePiece(cursor)
    return
  }
  if (take(cursor, STRING, 'string') || take(cursor, WORD, 'word') || take(cursor, NUMBER, 'number')) return
  if (startsValue(cursor.tokens.at(-1)) && take(cursor, REGEX, 'regex')) return
  readMark(cursor)
}

function readMark(cursor: Cursor): void {
  const mark = take(cursor, MARK, 'mark')
  if (mark === '{') cursor.depth++
  if (mark !== '}') return
  cursor.depth--
  if (cursor.templateDepths.at(-1) !== cursor.depth) return
  cursor.templateDepths.pop()
  cursor.at--
  readTemplatePiece(cursor)
}

// Begins at the backquote that opens a template, or at the brace that closes a value in one.
function readTemplatePiece(cursor: Cursor): void {
  cursor.at++
  take(cursor, TEMPLATE_PIECE, 'template')
  if (!cursor.source.startsWith('${', cursor.at)) {
    cursor.at++
    return
  }
  cursor.tokens.push({ kind: 'mark', text: '{', line: cursor.line })
  cursor.templateDepths.push(cursor.depth++)
  cursor.at += 2
}

function take(cursor: Cursor, pattern: RegExp, kind?: Token['kind']): string | undefined {
  pattern.lastIndex = cursor.at
  const text = pattern.exec(cursor.source)?.[0]
  if (text === undefined) return undefined
  if (kind !== undefined) cursor.tokens.push({ kind, text, line: cursor.line })
  cursor.at += text.length
  cursor.line += text.split('\n').length - 1
  return text
}

function startsValue(before: Token | undefined): boolean {
  if (before === undefined) return true
  if (before.kind === 'word') return WORDS_BEFORE_VALUES.has(before.text)
  return before.kind === 'mark' && !')]}'.includes(before.text)
}
