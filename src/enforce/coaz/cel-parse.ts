import { LIMITS } from '../../ground/limits.ts'
import { CelError, readWords, type Word } from './cel-words.ts'

/** What an expression says, as a tree. `isOptional` is of `.?` and `[?`. */
export type Expression =
  | { readonly is: 'literal'; readonly value: string | number | bigint | boolean | null }
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'member'; readonly of: Expression; readonly name: string; readonly isOptional: boolean }
  | { readonly is: 'index'; readonly of: Expression; readonly key: Expression; readonly isOptional: boolean }
  | {
      readonly is: 'call'
      readonly of: Expression | null
      readonly name: string
      readonly given: readonly Expression[]
    }
  | { readonly is: 'not' | 'minus'; readonly of: Expression }
  | { readonly is: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly is: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly is: 'list'; readonly items: readonly Expression[] }
  | { readonly is: 'map'; readonly members: readonly (readonly [key: Expression, value: Expression])[] }

/** The signs between two operands, from those that bind least. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['<', '<=', '>', '>=', '==', '!=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
]

const RESERVED: readonly string[] =
  'as break const continue else for function if import in let loop package namespace return var void while'.split(' ')

/** Reads an expression (CEL language definition, "Syntax"). Errors: `CelError`. */
export function parseCel(text: string): Expression {
  const parser = new Parser(readWords(text))
  return parser.readWhole()
}

class Parser {
  readonly #words: readonly Word[]
  #at = 0
  #depth = 0

  constructor(words: readonly Word[]) {
    this.#words = words
  }

  readWhole(): Expression {
    const whole = this.#choice()
    if (this.#next.kind !== 'end') throw this.#odd()
    return whole
  }

  get #next(): Word {
    return this.#words[this.#at] as Word // the last one is the end, and nobody goes past it
  }

  #odd(): CelError {
    const { kind, text, at } = this.#next
    return new CelError(kind === 'end' ? 'it ends too early' : `'${text}' at character ${at + 1} has no place there`)
  }

  #take(sign: string): boolean {
    const { kind, text } = this.#next
    if (kind === 'end' || kind === 'literal' || text !== sign) return false
    this.#at += 1
    return true
  }

  #must(sign: string): void {
    if (!this.#take(sign)) throw this.#odd()
  }

  #choice(): Expression {
    this.#depth += 1
    if (this.#depth > LIMITS.celDepthMax) throw new CelError(`it is nested deeper than ${LIMITS.celDepthMax}`)
    const test = this.#binary(0)
    const whole: Expression = this.#take('?') ? this.#branches(test) : test
    this.#depth -= 1
    return whole
  }

  #branches(test: Expression): Expression {
    const yes = this.#binary(0)
    this.#must(':')
    return { is: 'choice', test, yes, no: this.#choice() }
  }

  #binary(level: number): Expression {
    const signs = LEVELS[level]
    if (signs === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (let sign = signs.find((each) => this.#take(each)); sign !== undefined; ) {
      left = { is: 'binary', sign, left, right: this.#binary(level + 1) }
      sign = signs.find((each) => this.#take(each))
    }
    return left
  }

  #unary(): Expression {
    const is = this.#take('!') ? 'not' : this.#take('-') ? 'minus' : null
    if (is === null) return this.#member()
    this.#depth += 1
    if (this.#depth > LIMITS.celDepthMax) throw new CelError(`it is nested deeper than ${LIMITS.celDepthMax}`)
    const of = this.#unary()
    this.#depth -= 1
    return { is, of }
  }

  #member(): Expression {
    let of = this.#primary()
    for (;;) {
      if (this.#take('.')) of = this.#selected(of)
      else if (this.#take('[')) {
        const isOptional = this.#take('?')
        of = { is: 'index', of, key: this.#choice(), isOptional }
        this.#must(']')
      } else return of
    }
  }

  #selected(of: Expression): Expression {
    const isOptional = this.#take('?')
    const name = this.#name()
    if (!isOptional && this.#take('(')) return { is: 'call', of, name, given: this.#list(')') }
    return { is: 'member', of, name, isOptional }
  }

  #name(): string {
    const { kind, text } = this.#next
    if (kind !== 'name') throw this.#odd()
    this.#at += 1
    return text
  }

  #primary(): Expression {
    const { kind, text, value } = this.#next
    if (kind === 'literal') {
      this.#at += 1
      return { is: 'literal', value: value ?? null }
    }
    if (kind === 'name') return this.#named(text)
    if (this.#take('(')) {
      const inner = this.#choice()
      this.#must(')')
      return inner
    }
    if (this.#take('[')) return { is: 'list', items: this.#list(']') }
    if (this.#take('{')) return { is: 'map', members: this.#members() }
    throw this.#odd()
  }

  #named(text: string): Expression {
    if (RESERVED.includes(text)) throw this.#odd()
    this.#at += 1
    if (text === 'true' || text === 'false') return { is: 'literal', value: text === 'true' }
    if (text === 'null') return { is: 'literal', value: null }
    return this.#take('(') ? { is: 'call', of: null, name: text, given: this.#list(')') } : { is: 'name', name: text }
  }

  #list(end: string): readonly Expression[] {
    const items: Expression[] = []
    while (!this.#take(end)) {
      items.push(this.#choice())
      if (this.#take(end)) break
      this.#must(',')
    }
    return items
  }

  #members(): readonly (readonly [Expression, Expression])[] {
    const members: (readonly [Expression, Expression])[] = []
    while (!this.#take('}')) {
      const key = this.#choice()
      this.#must(':')
      members.push([key, this.#choice()])
      if (this.#take('}')) break
      this.#must(',')
    }
    return members
  }
}
