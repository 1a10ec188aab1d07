import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AssertionKeys, createAssertionKeys, createKeyAssertion } from '../../sdk/key-assertion.ts'
import { openBrowser } from '../consent/browser.ts'
import { allow, codeIn, inviteReader, makeRequest, redeem } from '../consent/cast.ts'
import { type DocumentServer, startDocumentServer } from '../consent/document-server.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { approveIdentity, furnish, makeSummariser } from './cast.ts'

const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

describe('a client with a document and keys of its own', () => {
  let house: House
  let documents: DocumentServer
  let zoe: Somebody
  let clientId: string
  let back: string
  let keys: AssertionKeys
  let others: AssertionKeys

  beforeAll(async () => {
    documents = await startDocumentServer()
    house = await startHouse({ clientDocuments: { allowInternal: true, caFile: documents.caFile } })
    await furnish(house)
    ;[keys, others] = await Promise.all([createAssertionKeys(), createAssertionKeys()])
    clientId = `${documents.origin}/web/client.json`
    back = `${documents.origin}/back`
    const at = `${documents.origin}/web/keys.json`
    documents.serve('/web/keys.json', { body: { keys: [keys.publicJwk] } })
    documents.serve('/web/client.json', {
      body: {
        client_id: clientId,
        client_name: 'Web App',
        redirect_uris: [back],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: at,
      },
    })
    zoe = await inviteReader(house, 'zoe@example.org')
    await openBrowser(house, zoe).visit(makeRequest(house, clientId, { redirect_uri: back }).url) // discovers it
    const { ada, grace } = house.people
    const [seen] = (await ada.client.identities.list({ state: 'discovered' })).identities
    const { profile, entitlements } = makeSummariser(house)
    const id = seen?.id ?? ''
    await ada.client.identities.adopt(id, { ...profile, name: 'web-app', owner: ada.id, sponsor: grace.id })
    for (const entitlement of entitlements) await ada.client.identities.entitle(id, entitlement)
    await ada.client.identities.rehearse(id)
    await approveIdentity(house, id)
  })
  afterAll(async () => {
    await documents.stop()
    await house.end(40)
  })

  const proof = async (by = keys, name = clientId): Promise<Record<string, string>> => ({
    client_assertion: await createKeyAssertion({ name, audience: house.url, privateJwk: by.privateJwk })(),
    client_assertion_type: type,
  })
  const consented = async (): Promise<Record<string, string>> => {
    const request = makeRequest(house, clientId, { redirect_uri: back, prompt: 'consent' })
    const code = codeIn(await allow(house, zoe, request))
    return { client_id: clientId, code, code_verifier: request.verifier, redirect_uri: back }
  }

  it('gets a token by the keys at the address of its document, as openid-client shows them', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const key = await crypto.subtle.importKey('jwk', keys.privateJwk, algorithm, false, ['sign'])
    const config = await openid.discovery(new URL(house.url), clientId, undefined, openid.PrivateKeyJwt(key), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })
    const verifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: back,
      resource: `${house.url}/mcp/docs`,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      prompt: 'consent',
    })
    const { location } = await allow(house, zoe, { url: url.href })
    const token = await openid.authorizationCodeGrant(config, location ?? new URL(back), { pkceCodeVerifier: verifier })
    expect(token).toMatchObject({ token_type: 'bearer', scope: 'read' })
    expect(documents.asked.get('/web/keys.json')).toBe(1)
    expect(await openid.tokenIntrospection(config, token.access_token)).toMatchObject({ active: true })
    await openid.tokenRevocation(config, token.access_token)
    expect(await openid.tokenIntrospection(config, token.access_token)).toEqual({ active: false })
  })

  const strangers: [string, () => Promise<Record<string, string>>][] = [
    ['without a proof', async () => ({})],
    ['with another key', () => proof(others)],
    ['with an assertion of another name', () => proof(keys, 'web-app')],
    [
      'as an SVID',
      async () => ({ ...(await proof()), client_assertion_type: type.replace('jwt-bearer', 'jwt-spiffe') }),
    ],
  ]
  it.each(strangers)('keeps its code where somebody shows it %s', async (_, make) => {
    const form = await consented()
    expect(await redeem(house, { ...form, ...(await make()) })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    })
    const shown = await proof()
    expect((await redeem(house, { ...form, ...shown })).status).toBe(200)
    expect(await redeem(house, { ...(await consented()), ...shown })).toMatchObject({
      status: 401,
      body: { code: 'assertion_replayed' },
    })
  })

  it.each(strangers)('has its token told of and taken back by nobody %s', async (_, make) => {
    const issued = await redeem(house, { ...(await consented()), ...(await proof()) })
    const token = String(issued.body['access_token'])
    for (const path of ['introspect', 'revoke']) {
      const body = new URLSearchParams({ token, client_id: clientId, ...(await make()) })
      const answer = await house.fetch(`${house.url}/oauth/${path}`, { method: 'POST', body })
      expect([path, answer.status]).toEqual([path, 401])
    }
  })

  it('is never looked for on the word of somebody who only names it', async () => {
    const named = { client_id: `${documents.origin}/never.json`, code: 'rmc_x', code_verifier: 'x'.repeat(43) }
    expect((await redeem(house, { ...named, redirect_uri: back, ...(await proof()) })).status).toBe(400)
    expect(documents.asked.get('/never.json')).toBeUndefined()
  })

  it('takes its token back by that and its name while its document cannot be had, and nobody by another name', async () => {
    const issued = await redeem(house, { ...(await consented()), ...(await proof()) })
    const token = String(issued.body['access_token'])
    await house.stop()
    documents.serve('/web/client.json', { status: 503 })
    await house.start()
    const revoke = async (name: string): Promise<number> => {
      const body = new URLSearchParams({ token, client_id: name })
      return (await house.fetch(`${house.url}/oauth/revoke`, { method: 'POST', body })).status
    }
    const isActive = async (): Promise<boolean> => (await house.people.lin.client.tokens.introspect(token)).active
    expect(await revoke(`${documents.origin}/never.json`)).toBe(401)
    expect(await isActive()).toBe(true)
    expect(await revoke(clientId)).toBe(200)
    expect(await isActive()).toBe(false)
  })
})
