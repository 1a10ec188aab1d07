import { RemitError } from '../../src/ground/errors.ts'
import type { Fault, Step } from './faulty-parts.ts'

/** That the store has moved is not read for what it says: a decision is made anew, or its rows are. */
export const isRead = (step: Step): boolean =>
  step.name.startsWith('store.') && !/^store\.(moves|standingMoves) /.test(step.name)
export const isNothing = (answer: unknown): boolean =>
  answer === undefined || answer === null || (Array.isArray(answer) && answer.every(isNothing))

/** How any step may fail, whatever it is. */
export const FAILURES: readonly (readonly [string, Fault])[] = [
  ['throws', () => thrown(new Error('x'))],
  ['fails after it was done', (answer) => failAfter(answer())],
  ['throws a text', () => thrown('x')],
  ['throws nothing', () => thrown(undefined)],
]

/** A read rejects late; what is no read throws. */
function failAfter(answer: unknown): unknown {
  if (!(answer instanceof Promise)) return thrown(new Error('late'))
  return answer.then(() => thrown(new RemitError('store_failed')))
}

export function thrown(what: unknown): never {
  throw what
}

/** What a read may give that it must not. */
export const WRONG_ANSWERS: readonly (readonly [string, (answer: unknown) => unknown])[] = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['an empty list', () => []],
  ['a list of nothing', () => [undefined]],
  ['a text', () => 'granted'],
  ['a number', () => 1],
  ['true', () => true],
  ['an object', () => ({})],
  ['a list of texts', () => ['granted']],
  ['rows without members', (answer) => eachRow(answer, () => ({}))],
  ['rows with their key and version alone', (answer) => eachRow(answer, ({ id, version }) => ({ id, version }))],
  ['rows of which every member is null', (answer) => eachRow(answer, (row) => eachMember(row, () => null))],
  ['rows of which every member is a text', (answer) => eachRow(answer, (row) => eachMember(row, () => 'x'))],
  ['rows of which every member is an object', (answer) => eachRow(answer, (row) => eachMember(row, () => ({})))],
]

export type Row = Readonly<Record<string, unknown>>

function eachRow(answer: unknown, change: (row: Row) => unknown): unknown {
  if (Array.isArray(answer)) return answer.map((row: Row) => change(row))
  if (typeof answer !== 'object' || answer === null) return answer
  if (!('rules' in answer && 'catalogue' in answer)) return change(answer as Row)
  return { catalogue: eachRow(answer.catalogue, change), rules: eachRow(answer.rules, change) }
}

function eachMember(row: Row, change: (value: unknown) => unknown): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, change(value)]))
}
