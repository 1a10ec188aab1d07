import { describe, expect, it } from 'vitest'
import { finishInTurns } from '../../../ground/in-turns.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { SearchRequest } from '../../requests.ts'
import { compileDomain } from '../compile-domain.ts'
import type { Domain } from '../domain.ts'
import { type Found, type SearchPlace, searchDomain } from './search-domain.ts'

const alike = 'x'.repeat(LIMITS.searchPlaceCharsMax)
const request: SearchRequest = {
  what: 'subject',
  subject: { type: 'user', id: '', properties: {} },
  action: { name: 'read', properties: {} },
  resource: { type: 'record', id: 'one', properties: {} },
  context: {},
}

/** A domain that permits everything to these users. */
function makeDomain(ids: readonly string[]): Domain {
  const entities = JSON.stringify(ids.map((id) => ({ uid: { type: 'user', id }, attrs: {}, parents: [] })))
  const files = [{ name: 'all.cedar', text: '@id("all") permit (principal, action, resource);' }]
  return compileDomain('app', { files, schema: null, entities }, () => expect.unreachable())
}

const find = async (domain: Domain, place: SearchPlace, limit = 1): Promise<Found> =>
  await finishInTurns(searchDomain(domain, request, { ...place, limit }))

describe('a search goes on', () => {
  const ids = ['a', alike, `${alike}a`, `${alike}b`, 'z']

  it('behind a long id by how it begins and its digest, so that a token has room for it', async () => {
    const domain = makeDomain(ids)
    const found: string[] = []
    let place: SearchPlace | null = { after: null }
    while (place !== null) {
      expect(place.after?.length ?? 0).toBeLessThanOrEqual(alike.length)
      const part = await find(domain, place)
      found.push(...part.found)
      place = part.next
    }
    expect(found).toEqual(ids)
  })

  it('where a long id has gone meanwhile with those that begin as it did, and leaves none out', async () => {
    const { next } = await find(makeDomain(ids), { after: null }, 3)
    expect(next).toEqual({ after: alike, digest: expect.any(String) })
    const rest = await find(makeDomain(ids.filter((id) => id !== `${alike}a`)), next ?? expect.unreachable(), 9)
    expect(rest.found).toEqual([alike, `${alike}b`, 'z'])
    const none = await find(makeDomain(['a', 'z']), next ?? expect.unreachable(), 9)
    expect(none.found).toEqual(['z'])
  })

  it('where it was when a part wanted nothing', async () => {
    const { next } = await find(makeDomain(ids), { after: null }, 3)
    expect((await find(makeDomain(ids), next ?? expect.unreachable(), 0)).next).toEqual(next)
  })
})
