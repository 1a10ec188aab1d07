import { JwtVerifier } from 'aws-jwt-verify'
import * as jose from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { bind, makeRoom, makeStore, outcomeOf } from '../issuer/room.ts'
import { type Actor, codeOf, furnish, makeReleaser, makeSummariser, openTask, register } from './cast.ts'

const azure = 'api://AzureADTokenExchange'
const aws = 'sts.amazonaws.com'

describe('a cloud that federates to a house, and knows OIDC and RS256 alone', () => {
  let house: House
  let reader: Actor
  let id: string
  let taskId: string
  let issuer: string
  beforeAll(async () => {
    house = await startHouse({ federation: { audiences: [azure, aws] } })
    issuer = `${house.url}/federation`
    await furnish(house)
    reader = makeSummariser(house)
    id = await register(house, reader)
    taskId = await openTask(house, reader)
  })
  afterAll(async () => void (await house.end(30)))

  const tokenFor = async (audience: string): Promise<string> => (await reader.agent.exchange(taskId, audience)).value
  /** Reads the keys as a cloud does: by the discovery document of the issuer, with a library that we did not write. */
  async function readKeys(): Promise<ReturnType<typeof jose.createRemoteJWKSet>> {
    const config = await client.discovery(new URL(issuer), 'cloud', undefined, undefined, {
      execute: [client.allowInsecureRequests],
    })
    const metadata = config.serverMetadata()
    expect(metadata).toMatchObject({ issuer, id_token_signing_alg_values_supported: ['RS256'] })
    return jose.createRemoteJWKSet(new URL(metadata.jwks_uri ?? ''))
  }
  const kidsOf = async (path: string): Promise<readonly (string | undefined)[]> => {
    const { keys } = (await (await house.fetch(`${house.url}${path}`)).json()) as jose.JSONWebKeySet
    return keys.map(({ kid }) => kid)
  }

  it.each([azure, aws])('is told who acts, for %s alone, for minutes', async (audience) => {
    const token = await tokenFor(audience)
    const held = { issuer, audience, subject: id, algorithms: ['RS256'], typ: 'JWT' }
    const { payload } = await jose.jwtVerify(token, await readKeys(), held)
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300)
    expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sub'])
    const others = { ...held, audience: audience === aws ? azure : aws }
    await expect(jose.jwtVerify(token, await readKeys(), others)).rejects.toThrow(jose.errors.JWTClaimValidationFailed)
  })

  it('is believed by the verifier that AWS publishes, and not for another audience or issuer', async () => {
    const keys = (await (await house.fetch(`${issuer}/keys`)).json()) as Parameters<typeof verifier.cacheJwks>[0]
    const verifier = JwtVerifier.create({ issuer, audience: aws, jwksUri: `${issuer}/keys` })
    verifier.cacheJwks(keys)
    expect(verifier.verifySync(await tokenFor(aws))).toMatchObject({ sub: id, aud: aws })
    const forAzure = await tokenFor(azure)
    expect(() => verifier.verifySync(forAzure)).toThrow(/Audience not allowed/)
    const own = await reader.agent.exchange(taskId, house.url)
    expect(() => verifier.verifySync(own.value)).toThrow(/[Ii]ssuer|JWK/)
  })

  it('gets an RSA key of 3072 bits that signs nothing else', async () => {
    const { keys } = (await (await house.fetch(`${issuer}/keys`)).json()) as jose.JSONWebKeySet
    expect(keys).toEqual([expect.objectContaining({ kty: 'RSA', alg: 'RS256', use: 'sig', e: 'AQAB' })])
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    expect(Buffer.from(keys[0]?.n ?? '', 'base64url')).toHaveLength(384)
    expect(await kidsOf('/oauth/jwks')).not.toContain(keys[0]?.kid)
    const token = await reader.agent.exchange(taskId, house.url)
    await expect(jose.jwtVerify(token.value, await readKeys())).rejects.toThrow(/no applicable key|alg/)
  })

  it('is one like another Remit, which takes the token as that of a platform', async () => {
    const store = makeStore()
    bind(store, { kind: 'oidc', issuer, subject: id })
    const trust = { issuer, algorithms: ['RS256'], requireJti: true, attests: false, allowInsecureHttp: true }
    const issuers = [{ ...trust, allowInternal: true, audiences: [aws] }] as never
    expect(await outcomeOf(makeRoom({ store, clock: systemClock, issuers }).byAssertion(await tokenFor(aws)))).toBe(
      'workload',
    )
  })

  it('has the next key before it signs, and none that leaked', async () => {
    const { sam } = house.people
    const before = await kidsOf('/federation/keys')
    const other = await sam.client.keys.rotate({ reason: 'It is old', use: 'federation' })
    expect(await kidsOf('/federation/keys')).toEqual([...before, other.key.id])
    const token = await tokenFor(azure)
    expect(before).toContain(jose.decodeProtectedHeader(token).kid)
    const leaked = await sam.client.keys.rotate({ reason: 'It lay in a backup', leaked: true, use: 'federation' })
    expect(leaked.key.algorithm).toBe('RS256')
    expect(await kidsOf('/federation/keys')).toEqual([leaked.key.id])
    await expect(jose.jwtVerify(token, await readKeys())).rejects.toThrow(jose.errors.JWKSNoMatchingKey)
    await jose.jwtVerify(await tokenFor(azure), await readKeys(), { issuer, audience: azure })
    const tokens = await reader.agent.exchange(taskId, house.url)
    expect(await kidsOf('/oauth/jwks')).toContain(jose.decodeProtectedHeader(tokens.value).kid)
  })

  it('gives nothing that opens a door of ours, for another audience, in hands that have to prove a key, or after the task', async () => {
    const token = await tokenFor(aws)
    for (const path of [`/api/v1/tasks/${taskId}`, '/mcp/docs']) {
      const answer = await fetch(`${house.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
      expect(answer.status).toBe(401)
    }
    expect(await codeOf(reader.agent.exchange(taskId, 'sts.windows.net'))).toBe('target_invalid')
    const releaser = await makeReleaser(house)
    await register(house, releaser)
    const bound = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
    await expect(releaser.agent.exchange(bound, aws)).rejects.toMatchObject({
      code: 'target_invalid',
      detail: 'A token for others counts in any hands, and those of tier T3 have to be bound to a key.',
    })
    await reader.agent.complete(taskId)
    expect(await codeOf(reader.agent.exchange(taskId, aws))).toBe('task_not_active')
  })
})

describe('a house that names no cloud', () => {
  it('has no such issuer, and no key of it', async () => {
    const house = await startHouse()
    for (const path of ['/federation/keys', '/federation/.well-known/openid-configuration'])
      expect((await house.fetch(`${house.url}${path}`)).status).toBe(404)
    const rotate = house.people.ada.client.keys.rotate({ reason: 'A drill', use: 'federation' })
    expect(await codeOf(rotate)).toBe('not_found')
    await house.end(5)
  })
})
