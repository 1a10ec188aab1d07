import { LIMITS } from '../../ground/limits.ts'

/** What is wrong with an expression: nothing is permitted by one that cannot be read or worked out. */
export class CelError extends Error {}

/** A word of an expression. `value` is that of a literal. */
export interface Word {
  readonly kind: 'name' | 'sign' | 'literal' | 'end'
  readonly text: string
  readonly value?: string | number | bigint
  /** Where it begins, for messages; from 0. */
  readonly at: number
}

const SPACE = /[\t\n\f\r ]+|\/\/[^\n]*/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /0x[0-9a-fA-F]+|(?:\d+\.\d+|\d+(?=[eE])|\.\d+)(?:[eE][+-]?\d+)?|\d+/y
const SIGN = /&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()[\]{}]/y
const STRING = /(r|R)?("(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')/y
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|(.))/gs
const PLAIN: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
}
/** The largest that CEL can count with. */
const INT_MAX = 2n ** 63n

/** Gives the words of an expression (CEL language definition, "Lexis"). Not offered: bytes, unsigned numbers, strings of three quotes. */
export function readWords(text: string): readonly Word[] {
  if (text.length > LIMITS.celCharsMax)
    throw new CelError(`it has more than ${LIMITS.celCharsMax} characters, which is the most that is taken`)
  const words: Word[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const word = readWord(text, at)
    words.push(word)
    at = skipSpace(text, at + word.text.length)
  }
  return [...words, { kind: 'end', text: '', at }]
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (let found = match(SPACE, text, at); found !== undefined; found = match(SPACE, text, at)) at += found[0].length
  return at
}

function readWord(text: string, at: number): Word {
  const string = match(STRING, text, at)
  if (string !== undefined) return { kind: 'literal', text: string[0], value: readString(string), at }
  const name = match(NAME, text, at)
  if (name !== undefined) return { kind: 'name', text: name[0], at }
  const number = match(NUMBER, text, at)
  if (number !== undefined) return { kind: 'literal', text: number[0], value: readNumber(number[0]), at }
  const sign = match(SIGN, text, at)
  if (sign !== undefined) return { kind: 'sign', text: sign[0], at }
  throw new CelError(`it cannot be read at character ${at + 1}`)
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

function readNumber(text: string): number | bigint {
  if (/^0x|^\d+$/.test(text)) {
    const whole = BigInt(text)
    if (whole <= INT_MAX) return whole // as much as that may stand behind a minus
    throw new CelError(`the number ${text} is too large`)
  }
  return Number(text)
}

function readString([, raw, quoted = '']: RegExpExecArray): string {
  const inner = quoted.slice(1, -1)
  if (raw !== undefined) return inner
  return inner.replaceAll(ESCAPE, (whole, u: string, U: string, x: string, octal: string, plain: string) => {
    const hex = u ?? U ?? x
    const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16)
    const char = Number.isNaN(code) ? PLAIN[plain] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined
    if (char?.isWellFormed() === true) return char
    throw new CelError(`there is no escape ${whole}`)
  })
}
