import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../sdk/nouns.ts'
import { type House, startHouse } from '../house.ts'
import { approveIdentity, furnish, makeReleaser } from './cast.ts'

describe.each<[string, readonly (readonly Role[])[]]>([
  ['has lost the role for it', [['auditor']]],
  ['has lost the role for it, and was given it back', [['auditor'], ['auditor', 'approver']]],
])('an identity to which people said yes before its revocation path was rehearsed', (what, changes) => {
  let house: House
  let identityId: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const { identities } = house.people.ada.client
    const { profile, binding, entitlements } = await makeReleaser(house)
    const { ada, grace } = house.people
    identityId = (await identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity.id
    await identities.bind(identityId, binding)
    for (const entitlement of entitlements) await identities.entitle(identityId, entitlement)
    await approveIdentity(house, identityId)
  })
  afterAll(async () => {
    await house.end(20)
  })

  it(`is not let act by the word of somebody who ${what} meanwhile`, async () => {
    const { ada, lin } = house.people
    const { identities, people } = ada.client
    expect((await identities.show(identityId)).identity.state).toBe('pending')
    for (const roles of changes) await people.setRoles(lin.id, roles)
    await identities.rehearse(identityId)
    expect((await identities.show(identityId)).identity.state).toBe('draft')
  })
})
