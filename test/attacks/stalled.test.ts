import { describe, expect, it } from 'vitest'
import { answerDomain } from '../../src/decide/domain/answer-domain.ts'
import { compileDomain } from '../../src/decide/domain/compile-domain.ts'
import type { Domain } from '../../src/decide/domain/domain.ts'
import { searchDomain } from '../../src/decide/domain/search/search-domain.ts'
import type { SearchRequest } from '../../src/decide/requests.ts'
import { nextTurn } from '../../src/ground/next-turn.ts'
import { personOf, World } from '../decide/world.ts'

/** What is asked of each of many entities looks at every policy, and none permits. */
function makeSlowDomain(): Domain {
  const policies = Array.from(
    { length: 400 },
    (_, at) =>
      `@id("p${at}") @sentence("Never.") permit (principal, action, resource) when { context.number == ${at} };`,
  )
  const users = Array.from({ length: 3_000 }, (_, at) => ({
    uid: { type: 'user', id: `u${String(at).padStart(4, '0')}` },
    attrs: {},
    parents: [],
  }))
  const files = [{ name: 'a.cedar', text: policies.join('\n') }]
  const entities = JSON.stringify(users)
  return compileDomain('slow', { schema: null, entities, files }, () => expect.unreachable())
}

describe('a search of a domain in which many policies look at many entities', () => {
  const domain = makeSlowDomain()
  const request: SearchRequest = {
    what: 'subject',
    subject: { type: 'user', id: '', properties: {} },
    action: { name: 'read', properties: {} },
    resource: { type: 'record', id: '1', properties: {} },
    context: { number: -1 },
  }

  it('comes to its end in steps of one question each', () => {
    const work = searchDomain(domain, request, { after: null, limit: 50 })
    let steps = 0
    let step = work.next()
    for (; step.done !== true; step = work.next()) steps += 1
    expect(step.value).toMatchObject({ found: [], asked: 2_000, next: { after: 'u1999' } })
    expect(steps).toBe(2_000)
  })

  it('holds up nobody else until then', async () => {
    const world = new World()
    world.domains.put({ domain, guards: [] })
    let isOver = false
    const search = world.decide.search(request, { after: null, limit: 50, tasks: [] }, personOf(world), 'slow')
    const done = search.finally(() => {
      isOver = true
    })
    let turns = 0
    for (; !isOver; turns += 1) await nextTurn()
    expect(await done).toMatchObject({ outcome: 'found', asked: 2_000 })
    expect(turns).toBeGreaterThan(5)
  })
})

describe('a question whose context is made to be compared for ever', () => {
  const answerTo = (condition: string, context: Readonly<Record<string, unknown>>): string => {
    const text = `@id("p") @sentence("Perhaps.") permit (principal, action, resource) when { ${condition} };`
    const files = [{ name: 'a.cedar', text }]
    const domain = compileDomain('app', { schema: null, entities: null, files }, () => expect.unreachable())
    const one = { type: 'x', id: '1', properties: {} }
    return answerDomain(domain, { subject: one, action: { name: 'read', properties: {} }, resource: one, context })
      .answer.is
  }
  const nest = (depth: number, inner: unknown): unknown =>
    Array.from({ length: depth }).reduce<unknown>((within) => [within], inner)
  const records = Array.from({ length: 20_000 }, (_, at) => ({ a: { b: at } }))
  const sets = Array.from({ length: 20_000 }, (_, at) => [[at, 'x'], [at]])

  it.each<[string, string, unknown, unknown, string]>([
    [
      'sets in sets, of which each level could double the work',
      'context.a == context.b',
      nest(40, 1),
      nest(40, 1),
      'yes',
    ],
    ['the same with another heart', 'context.a == context.b', nest(40, 1), nest(40, '1'), 'no'],
    ['a set of such a set', 'context.a.contains(context.b)', [nest(40, 1)], nest(40, 1), 'yes'],
    ['many records', 'context.a == context.b', records, [...records].reverse(), 'yes'],
    ['many records and one more', 'context.a.containsAll(context.b)', records, [...records, { a: 1 }], 'no'],
    ['many records and none of these', 'context.a.containsAny(context.b)', records, records.map(({ a }) => a), 'no'],
    ['many sets', 'context.a == context.b', sets, [...sets].reverse().map((each) => [...each, ...each]), 'yes'],
    [
      'many texts',
      'context.a.containsAll(context.b)',
      sets.map((_, at) => `t${at}`),
      sets.map((_, at) => `t${at + 1}`),
      'no',
    ],
  ])('is answered: %s', (_, condition, a, b, answer) => {
    expect(answerTo(condition, { a, b })).toBe(answer)
  })

  it('takes what only looks alike for two', () => {
    const many = Array.from({ length: 80 }, (_, at) => at)
    const alike = [
      1,
      '1',
      true,
      'true',
      [1],
      ['1'],
      { a: 1 },
      { a: '1' },
      { 'a":1,"b': 1 },
      { a: 1, b: 1 },
      '[1]',
      [[1]],
      [],
    ]
    for (const [at, one] of alike.entries())
      for (const [place, other] of alike.entries()) {
        const both = { a: [...many.slice(2), one], b: [other] }
        expect(answerTo('context.a.containsAll(context.b)', both)).toBe(at === place ? 'yes' : 'no')
        expect(answerTo('context.a.containsAny(context.b)', both)).toBe(at === place ? 'yes' : 'no')
        expect(answerTo('context.a == context.b', { a: [one], b: [other, other] })).toBe(at === place ? 'yes' : 'no')
      }
  })
})
