import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { castTwoHouses, type TwoHouses } from '../across/two-houses.ts'
import type { House } from '../house.ts'
import { actorForm, claimsOf } from './acting.ts'
import { letAct, makeSummariser, openTask, register } from './cast.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const typeOf = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`

describe('openid-client, for a chain and across two organisations', () => {
  let cast: TwoHouses
  beforeAll(async () => {
    cast = await castTwoHouses()
  })
  afterAll(() => cast.end())

  const at = (house: House, clientId: string, auth: openid.ClientAuth): Promise<openid.Configuration> =>
    openid.discovery(new URL(house.url), clientId, undefined, auth, {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: (url, init) => house.fetch(url, init as RequestInit),
    })

  it('takes a grant from one house to the other, and gets a token for it there', async () => {
    const { home, away, resource, actor, guest } = cast
    const details = JSON.stringify([{ type: 'urn:remit:task', task_id: await cast.openFor() }])
    const grant = await openid.genericGrantRequest(await at(home, 'traveller', openid.None()), exchange, {
      requested_token_type: typeOf('id-jag'),
      subject_token: await actor.assertion(),
      subject_token_type: typeOf('jwt'),
      audience: away.url,
      resource,
      authorization_details: details,
    })
    expect(grant).toMatchObject({ token_type: 'n_a', issued_token_type: typeOf('id-jag'), scope: 'read' })
    const assertion = await guest.assertion()
    const asGuest: openid.ClientAuth = (_server, _client, body) => {
      body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      body.set('client_assertion', assertion)
    }
    const there = await at(away, 'home-agents', asGuest)
    const shown = { assertion: grant.access_token, resource }
    expect(await openid.genericGrantRequest(there, jwtBearer, shown)).toMatchObject({
      token_type: 'bearer',
      scope: 'read',
    })
    await expect(openid.genericGrantRequest(there, jwtBearer, shown)).rejects.toMatchObject({
      status: expect.any(Number),
    })
  })

  it('takes a part of the task of another, with the proof of a helper as the actor', async () => {
    const { home, actor } = cast
    const helper = makeSummariser(home, 'helper')
    await register(home, helper)
    await letAct(home, 'traveller', 'helper')
    const token = await actor.agent.exchange(await openTask(home, actor), home.url)
    const config = await at(home, 'helper', openid.None())
    const taken = await openid.genericGrantRequest(config, exchange, await actorForm(home, token, helper))
    expect(taken).toMatchObject({ token_type: 'bearer', authorization_details: [{ goal: 'Summarise the plans' }] })
    expect(claimsOf(taken.access_token)['act']).toMatchObject({ sub: claimsOf(taken.access_token)['client_id'] })
    const swapped = actorForm(home, token, makeSummariser(home, 'stranger'))
    await expect(openid.genericGrantRequest(config, exchange, await swapped)).rejects.toThrow(openid.ResponseBodyError)
  })
})
