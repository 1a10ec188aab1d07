import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { AUDIENCE, bind, makeRoom, makeStore, outcomeOf } from '../issuer/room.ts'
import { type Actor, codeOf, furnish, makeReleaser, makeSummariser, openTask, register } from '../scenarios/cast.ts'

describe('a house with a trust domain of its own', () => {
  const trustDomain = 'agents.example'
  let house: House
  let reader: Actor
  let id: string
  let taskId: string
  beforeAll(async () => {
    house = await startHouse({ spiffe: { trustDomain, audiences: [AUDIENCE] } })
    await furnish(house)
    reader = makeSummariser(house)
    id = await register(house, reader)
    taskId = await openTask(house, reader)
  })
  afterAll(async () => {
    await house.end(30)
  })

  const bundle = async (): Promise<jose.JSONWebKeySet & { spiffe_sequence: number }> =>
    (await (await house.fetch(`${house.url}/spiffe/bundle`)).json()) as never
  const svid = async (): Promise<string> => (await reader.agent.exchange(taskId, AUDIENCE)).value

  it('makes a JWT-SVID in a task, that others verify by its bundle', async () => {
    const { keys } = await bundle()
    // what SPIFFE calls its use, this library knows as none
    const keySet = jose.createLocalJWKSet({ keys: keys.map(({ use: _use, ...key }) => key) })
    const { payload, protectedHeader } = await jose.jwtVerify(await svid(), keySet, { audience: AUDIENCE })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: expect.any(String) })
    expect(payload.sub).toBe(`spiffe://${trustDomain}/identity/${id}`)
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300)
    const { task } = await house.people.lin.client.tasks.show(taskId)
    expect(Number(payload.exp) * 1000).toBeLessThanOrEqual(task.endsMs)
  })

  it('publishes keys that sign nothing else, and a sequence', async () => {
    const { keys, spiffe_sequence: sequence } = await bundle()
    expect(keys).toEqual([
      expect.objectContaining({ use: 'x509-svid', x5c: [expect.any(String)] }),
      expect.objectContaining({ use: 'jwt-svid', kid: expect.any(String) }),
    ])
    const tokens = (await (await house.fetch(`${house.url}/oauth/jwks`)).json()) as jose.JSONWebKeySet
    expect(tokens.keys.map(({ kid }) => kid)).not.toContain(keys[1]?.kid)
    expect(sequence).toBeGreaterThan(0)
    await house.stop()
    await house.start()
    expect(await bundle()).toMatchObject({ keys, spiffe_sequence: sequence })
  })

  it('proves a workload at another Remit that reads its bundle', async () => {
    const store = makeStore()
    bind(store, { kind: 'spiffe', issuer: trustDomain, subject: `spiffe://${trustDomain}/identity/${id}` })
    const bundleUrl = `${house.url}/spiffe/bundle`
    const other = makeRoom({ store, clock: systemClock, trustDomains: [{ name: trustDomain, bundleUrl }] })
    expect(await outcomeOf(other.byAssertion(await svid()))).toBe('workload')
  })

  it('proves a workload to whoever knows OIDC alone, as a cloud does, by its discovery', async () => {
    const issuer = `${house.url}/spiffe`
    const at = new URL(issuer)
    const found = await oauth.discoveryRequest(at, { [oauth.allowInsecureRequests]: true, algorithm: 'oidc' })
    const { jwks_uri: keysAt, ...described } = await oauth.processDiscoveryResponse(at, found)
    expect(described).toMatchObject({ issuer, id_token_signing_alg_values_supported: ['ES256'] })
    const keySet = jose.createRemoteJWKSet(new URL(keysAt ?? ''))
    const { payload } = await jose.jwtVerify(await svid(), keySet, { issuer, audience: AUDIENCE })
    expect(payload.sub).toBe(`spiffe://${trustDomain}/identity/${id}`)
    const token = await reader.agent.exchange(taskId, house.url)
    await expect(jose.jwtVerify(token.value, keySet)).rejects.toThrow(jose.errors.JWKSNoMatchingKey)
    const store = makeStore()
    bind(store, { kind: 'oidc', issuer, subject: `spiffe://${trustDomain}/identity/${id}` })
    const trusted = {
      issuer,
      algorithms: ['ES256'] as const,
      requireJti: true,
      attests: false,
      allowInsecureHttp: true,
    }
    const other = makeRoom({ store, clock: systemClock, issuers: [{ ...trusted, allowInternal: true }] as never })
    expect(await outcomeOf(other.byAssertion(await svid()))).toBe('workload')
  })

  it('puts out no key that leaked, under a higher sequence', async () => {
    const before = await bundle()
    const stolen = await svid()
    const { sam } = house.people
    const made = await sam.client.keys.rotate({ reason: 'It lay in a backup', leaked: true, use: 'svid' })
    const after = await bundle()
    expect(after.keys.flatMap(({ kid }) => kid ?? [])).toEqual([made.key.id])
    expect(after.spiffe_sequence).toBeGreaterThan(before.spiffe_sequence)
    const keySet = jose.createLocalJWKSet({ keys: after.keys.map(({ use: _use, ...key }) => key) })
    await expect(jose.jwtVerify(stolen, keySet)).rejects.toThrow(jose.errors.JWKSNoMatchingKey)
    await expect(jose.jwtVerify(await svid(), keySet)).resolves.toMatchObject({ payload: { aud: AUDIENCE } })
  })

  it('takes its own SVIDs at none of its doors', async () => {
    const token = await svid()
    for (const path of [`/api/v1/tasks/${taskId}`, '/mcp/docs']) {
      const answer = await fetch(`${house.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
      expect(answer.status).toBe(401)
    }
  })

  it('makes none for another audience, for an identity whose tokens are bound to keys, or after the end of the task', async () => {
    expect(await codeOf(reader.agent.exchange(taskId, 'https://other.example'))).toBe('target_invalid')
    const releaser = await makeReleaser(house)
    await register(house, releaser)
    const bound = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
    expect(await codeOf(releaser.agent.exchange(bound, AUDIENCE))).toBe('target_invalid')
    await reader.agent.complete(taskId)
    expect(await codeOf(reader.agent.exchange(taskId, AUDIENCE))).toBe('task_not_active')
  })
})

describe('a house without one', () => {
  it('has no bundle, and no key of one', async () => {
    const house = await startHouse()
    expect((await house.fetch(`${house.url}/spiffe/bundle`)).status).toBe(404)
    const { ada } = house.people
    expect(await codeOf(ada.client.keys.rotate({ reason: 'A drill', use: 'svid' }))).toBe('not_found')
    await house.end(5)
  })
})
