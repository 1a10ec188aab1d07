import { schemaToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../ground/limits.ts'
import { findSchemaCost, findTypesFault } from './schema-cost.ts'

const { domainDeclaredMax, domainPairsMax, domainTypesMax } = LIMITS
const read = (text: string): Parameters<typeof findSchemaCost>[0] => {
  const answer = schemaToJson(text)
  return answer.type === 'success' ? answer.json : expect.unreachable(JSON.stringify(answer.errors))
}
const many = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n')

describe('the cost of a schema', () => {
  it('counts types of entities and actions of all namespaces together', () => {
    const half = domainDeclaredMax / 2
    const text = `${many(half, (at) => `entity E${at};`)} namespace A { ${many(half, (at) => `action a${at};`)} }`
    expect(findSchemaCost(read(text), 1)).toBeNull()
    expect(findSchemaCost(read(`${text} entity More;`), 1)).toBe(
      `it declares ${domainDeclaredMax + 1} types of entities and actions; ${domainDeclaredMax} at most are taken`,
    )
  })

  it('is how many pairs of principal and resource all actions have, times how many policies there are', () => {
    const json = read(`entity A, B, C, D;
      action one appliesTo { principal: [A, B], resource: [A, B, C] };
      action two appliesTo { principal: [A], resource: [A, B, C, D] };
      action group;`)
    expect(findSchemaCost(json, domainPairsMax / 10)).toBeNull()
    expect(findSchemaCost(json, domainPairsMax / 10 + 1)).toBe(
      'it has too many pairs of principal and resource for so many policies',
    )
  })
})

describe('types that are named by types', () => {
  const tooMuch = 'its types, written out, come to too much'
  /** Each type names the one before it twice, so that the last comes to about 2^steps. */
  const doubling = (steps: number): string =>
    `type T0 = Long; ${many(steps, (at) => `type T${at + 1} = { a: T${at}, b: T${at} };`)}`

  it.each([
    ['few', 'type Size = { width: Long };', null],
    ['that double a few times', doubling(8), null],
    ['that double many times', doubling(20), tooMuch],
    ['that double many times, in any order', doubling(20).split(';').toReversed().join(';'), tooMuch],
    ['that double on one line', doubling(20).replaceAll('\n', ''), tooMuch],
    ['that name themselves, which Cedar refuses', 'type A = { a: A };', null],
    ['that name each other, which Cedar refuses', 'type A = { b: B }; type B = { a: A };', null],
    ['in a comment, which is none', `// ${doubling(20).replaceAll('\n', '')}\nentity A;`, null],
    ['that are counted behind a comment', `// it's\n${doubling(20)}`, tooMuch],
    ['that are counted behind a text', `entity A enum ["a\\"b;// "]; ${doubling(20)}`, tooMuch],
  ])('%s', (_, text, fault) => {
    expect(findTypesFault(text)).toBe(fault)
  })

  it('may come to so much together, and to no more', () => {
    const flat = (words: number): string => `type A = ${'Long '.repeat(words)};`
    expect(findTypesFault(flat(domainTypesMax))).toBeNull()
    expect(findTypesFault(flat(domainTypesMax + 1))).toBe(tooMuch)
    expect(findTypesFault(`${flat(domainTypesMax)} type B = Long;`)).toBe(tooMuch)
    expect(findTypesFault(`${flat(domainTypesMax / 2)} ${flat(domainTypesMax / 2 + 1)}`)).toBe(tooMuch)
  })

  it('may be so many', () => {
    const named = (count: number): string => many(count, (at) => `type T${at} = Long;`)
    expect(findTypesFault(named(domainDeclaredMax))).toBeNull()
    expect(findTypesFault(named(domainDeclaredMax + 1))).toBe('it names too many types')
  })
})
