import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PersonCaller } from '../../src/authenticate/caller.ts'
import type { Fact } from '../../src/contract/change.ts'
import type { House } from '../../src/flow/house.ts'
import { bindByPerson } from '../../src/flow/identity/amend-identity.ts'
import { draftByPerson } from '../../src/flow/identity/draft-identity.ts'
import { reassignByPerson } from '../../src/flow/identity/reassign-identity.ts'
import { submitByPerson } from '../../src/flow/identity/submit-identity.ts'
import { sweepEstates } from '../../src/flow/people/estates.ts'
import { leaveBy } from '../../src/flow/people/leave.ts'
import { entitle, noted, person } from './flow-cast.ts'
import { type RaisedCast, raiseCast } from './raise-cast.ts'

let stage: RaisedCast
let ada: PersonCaller
beforeAll(async () => {
  stage = await raiseCast()
  ada = await person(stage.raised.house, stage.cast, 'ada')
})
afterAll(async () => stage.end())

/** A house in which something comes between what a request has read and what it writes. */
function between(house: House, comes: () => Promise<unknown>): House {
  const record = async (fact: Fact) => {
    await comes()
    return house.log.record(fact)
  }
  return { ...house, log: Object.assign(Object.create(house.log), { record }) }
}

/** Drafts an identity of Lin and Ada, with all that it takes to be put up; gives its id. */
async function draft(name: string): Promise<string> {
  const { raised, cast } = stage
  const profile = { name, kind: 'agent', runtime: 'own', vendor: null, purpose: 'work' } as const
  const terms = { owner: noted(cast, 'lin'), sponsor: noted(cast, 'ada'), autonomy: 'bounded', reach: 'team' } as const
  const { id } = (await draftByPerson(raised.house, ada, { ...profile, ...terms })).identity
  const proof = { kind: 'oidc', issuer: cast.issuer.url, subject: `workload:${name}`, claims: {}, keys: [] } as const
  await bindByPerson(raised.house, ada, id, proof)
  await entitle(raised.house, cast, id, 'read')
  return id
}

it('what is handed over while somebody names another sponsor for it is not handed back with its grants', async () => {
  const { raised, cast } = stage
  const { house } = raised
  const [lin, grace] = [noted(cast, 'lin'), noted(cast, 'grace')]
  const id = await draft('passed-on')
  await submitByPerson(house, ada, id, undefined)
  let isFirst = true
  const handing = between(house, async () => {
    if (!isFirst) return
    isFirst = false
    await reassignByPerson(house, ada, id, { owner: grace, sponsor: lin, reason: 'Hers now' })
  })
  const sponsored = { owner: lin, sponsor: grace, reason: 'Another second' }
  await expect(reassignByPerson(handing, ada, id, sponsored)).rejects.toMatchObject({ code: 'conflict' })
  expect((await house.register.identity(id))?.owner).toBe(grace)
})

it('what is put up while its owner leaves does not wait for approval in the estate of who is gone', async () => {
  const { raised, cast } = stage
  const { house } = raised
  const lin = noted(cast, 'lin')
  const id = await draft('late')
  const leaving = between(house, async () => {
    await leaveBy(house, ada, lin)
    await sweepEstates(house, new AbortController().signal)
  })
  await expect(submitByPerson(leaving, ada, id, undefined)).rejects.toMatchObject({ code: 'conflict' })
  expect(await house.register.ownedCount([lin], ['pending', 'active'])).toBe(0)
  await expect(submitByPerson(house, ada, id, undefined)).rejects.toMatchObject({ code: 'transition_needs' })
})
