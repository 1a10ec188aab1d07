import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAssertionKeys } from '../../sdk/key-assertion.ts'
import { type House, startHouse } from '../house.ts'
import { approveIdentity, codeOf, furnish, makeSummariser } from './cast.ts'

describe('a rotation that people said yes to', () => {
  let house: House

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
  })
  afterAll(async () => {
    await house.end(20)
  })

  const keyOf = async () => (await createAssertionKeys()).publicJwk

  it('is carried out also where the identity moves in the same moment', async () => {
    const { ada, grace } = house.people
    const { identities } = ada.client
    const { profile, entitlements } = makeSummariser(house, 'raced')
    const { id } = (await identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity
    const proof = { kind: 'key', issuer: 'self', subject: 'key:raced', claims: {} } as const
    let bindingId = (await identities.bind(id, { ...proof, keys: [await keyOf()] })).binding.id
    for (const each of entitlements) await identities.entitle(id, each)
    await identities.rehearse(id)
    await approveIdentity(house, id)
    for (let at = 0; at < 20; at += 1) {
      const draft = { keys: [await keyOf()], overlapSeconds: 0, reason: 'The key is old' }
      const { approval } = await identities.rotate(id, bindingId, draft)
      const moves = Array.from({ length: 4 }, () => codeOf(identities.rehearse(id)))
      await new Promise((done) => setTimeout(done, at * 4))
      const voted = await grace.client.approvals.vote(approval.id, 'approve', 'Of course')
      expect(voted.effect).toBe('binding rotated')
      await Promise.all(moves)
      const { bindings } = await identities.show(id)
      bindingId = bindings.find(({ replacesId }) => replacesId === bindingId)?.id ?? ''
    }
  })
})
