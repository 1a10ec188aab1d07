import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, problemOf, register } from '../scenarios/cast.ts'

let house: House
let victim: Actor
let draftId: string

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  victim = makeSummariser(house, 'reader')
  await register(house, victim)
  const { ada, grace } = house.people
  const { profile } = makeSummariser(house, 'net')
  draftId = (await ada.client.identities.draft({ ...profile, owner: grace.id, sponsor: ada.id })).identity.id
})
afterAll(async () => void (await house.end()))

const cast = async (subjectPattern: string): Promise<string> => {
  const net = { kind: 'oidc', issuer: house.issuer.url, subjectPattern, claims: {}, keys: [] } as const
  const problem = await problemOf(house.people.grace.client.identities.bind(draftId, net))
  return problem?.code ?? 'it was taken'
}

describe('a pattern that nobody has approved', () => {
  it.each(['workload:*', 'workload:**'])('does not take in what proves another identity: %s', async (pattern) => {
    expect(await cast(pattern)).toBe('already_exists')
    expect(await openTask(house, victim)).toMatch(/^tsk_/)
  })

  it('takes in what nobody else has', async () => {
    expect(await cast('other:*')).toBe('it was taken')
    expect(await cast('workload:reader:*')).toBe('it was taken')
    expect(await openTask(house, victim)).toMatch(/^tsk_/)
  })

  it('does not take in the pattern of another identity either', async () => {
    const { ada, grace } = house.people
    const { profile } = makeSummariser(house, 'second-net')
    const { id } = (await ada.client.identities.draft({ ...profile, owner: grace.id, sponsor: ada.id })).identity
    const net = { kind: 'oidc', issuer: house.issuer.url, subjectPattern: 'other:**', claims: {}, keys: [] } as const
    expect((await problemOf(ada.client.identities.bind(id, net)))?.code).toBe('already_exists')
    const { binding } = await ada.client.identities.bind(draftId, { ...net, subjectPattern: 'other:*:a' })
    expect(binding.subjectPattern).toBe('other:*:a') // of its own it may
  })
})
