import { describe, expect, it } from 'vitest'
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
