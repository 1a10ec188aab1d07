import { afterAll, beforeAll, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { codeOf, furnish, makeSummariser, prepare } from '../scenarios/cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => void (await house.end()))

it('nothing and nobody is named as the id of somebody else, and so taken for it', async () => {
  const { ada, grace } = house.people
  const actor = makeSummariser(house)
  const id = await prepare(house, actor)
  const { identities, people } = ada.client
  for (const name of [id, ada.id, 'idn_x', 'psn_x'])
    expect(await codeOf(identities.draft({ ...actor.profile, name, owner: ada.id, sponsor: grace.id }))).toBe(
      'request_invalid',
    )
  for (const name of [grace.id, id, 'Psn_x']) {
    expect(await codeOf(people.add({ name, email: 'other@example.org', roles: [] }))).toBe('request_invalid')
    expect(await codeOf(people.rename(ada.id, { name }))).toBe('request_invalid')
  }
})

it('nobody is called what reads as somebody else, or as nothing, and nothing of the kind is asked for or said', async () => {
  const { ada, grace } = house.people
  const { people, identities } = ada.client
  const unseen = ['Grace\u3164', 'Gra\u034fce', 'Grace\ufe0f', 'Grace\u2028', 'Gra\u200bce', '\u2800', ' ']
  for (const name of unseen)
    expect([name, await codeOf(people.rename(ada.id, { name }))]).toEqual([name, 'request_invalid'])
  const actor = makeSummariser(house, 'hidden-words')
  const profile = { ...actor.profile, name: 'hidden-words', owner: ada.id, sponsor: grace.id }
  const id = (await identities.draft(profile)).identity.id
  const entitle = (resource: string, reason: string) =>
    identities.entitle(id, {
      scope: [{ action: 'docs/*', resource }],
      classes: ['read'],
      ceiling: 'internal',
      approval: 'none',
      reason,
      days: 1,
    })
  expect(await codeOf(entitle('docs:public\u3164/*', 'To read'))).toBe('request_invalid')
  expect(await codeOf(entitle('docs:public/*', 'To read\u2028'))).toBe('request_invalid')
  expect(await codeOf(entitle('docs:public/*', '⚠️ to read'))).toBe('answered')
})
