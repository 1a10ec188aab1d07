import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AssertionKeys, createAssertionKeys, createKeyAssertion } from '../../../sdk/key-assertion.ts'
import { allow, BACK, type ConsentCast, castConsent, codeIn, makeRequest, redeem } from '../../consent/cast.ts'
import { type House, startHouse } from '../../house.ts'
import { makeAuthority, makeSelfSigned } from '../../issuer/certificates.ts'
import { furnish } from '../../scenarios/cast.ts'
import { createTlsFetch } from '../../spiffe/tls-client.ts'

describe('a client that proves itself with each code', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-confidential-')))
  const authority = makeAuthority({ commonName: 'Server authority' })
  const certificate = makeSelfSigned({ commonName: 'reading-app' })
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  let house: House
  let keys: AssertionKeys
  let others: AssertionKeys
  let mimics: AssertionKeys
  let cast: ConsentCast
  let other: ConsentCast
  let open: ConsentCast

  beforeAll(async () => {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const own = authority.issue({ dns: ['localhost'], uris: [] })
    house = await startHouse({
      mtls: { port: 0, certFile: write('own.crt', own.pem), keyFile: write('own.key', own.key) },
    })
    await furnish(house)
    ;[keys, others, mimics] = [await createAssertionKeys(), await createAssertionKeys(), await createAssertionKeys()]
    const byKey = (subject: string, { publicJwk }: AssertionKeys) =>
      ({ kind: 'key', issuer: 'self', subject, claims: {}, keys: [publicJwk] }) as const
    const byCertificate = {
      kind: 'certificate',
      issuer: 'self',
      subject: certificate.thumbprint,
      claims: {},
      keys: [],
    } as const
    cast = await castConsent(house, { proofs: [byKey('reading-app', keys), byCertificate] })
    other = await castConsent(house, { name: 'other-app', proofs: [byKey('other-app', others)] })
    open = await castConsent(house, { name: 'open-app' })
    await castConsent(house, { name: 'mimic-app', proofs: [byKey(cast.identityId, mimics)] })
  })
  afterAll(async () => {
    await house.end(40)
    rmSync(folder, { recursive: true })
  })

  const assertionOf = (name: string, { privateJwk }: AssertionKeys): (() => Promise<string>) =>
    createKeyAssertion({ name, audience: house.url, privateJwk })
  const proof = async (name = 'reading-app', by = keys): Promise<Record<string, string>> => ({
    client_assertion: await assertionOf(name, by)(),
    client_assertion_type: type,
  })

  /** A code of a consent, with all that its client would show but its proof. */
  async function consented(of = cast): Promise<{ readonly form: Record<string, string>; readonly taskId: string }> {
    const request = makeRequest(house, of.clientId, { prompt: 'consent' })
    const code = codeIn(await allow(house, of.zoe, request))
    const { tasks } = await house.people.ada.client.tasks.list({ identity: of.identityId, state: 'living' })
    const newest = [...tasks].sort((x, y) => (x.id < y.id ? 1 : -1))[0]
    const form = { client_id: of.clientId, code, code_verifier: request.verifier, redirect_uri: BACK }
    return { form, taskId: newest?.id ?? '' }
  }
  const stateOf = async (taskId: string): Promise<string> =>
    (await house.people.ada.client.tasks.show(taskId)).task.state

  it('gets a token by its own key, as openid-client shows it', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const key = await crypto.subtle.importKey('jwk', keys.privateJwk, algorithm, false, ['sign'])
    const config = await openid.discovery(new URL(house.url), cast.clientId, undefined, openid.PrivateKeyJwt(key), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })
    const verifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: BACK,
      resource: `${house.url}/mcp/docs`,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      prompt: 'consent',
    })
    const { location } = await allow(house, cast.zoe, { url: url.href })
    const token = await openid.authorizationCodeGrant(config, location ?? new URL(BACK), { pkceCodeVerifier: verifier })
    expect(token).toMatchObject({ token_type: 'bearer', scope: 'read' })
    const told = await openid.tokenIntrospection(config, token.access_token)
    expect(told).toMatchObject({ active: true, client_id: cast.identityId })
  })

  it('gets a token that is bound to its certificate, by that alone', async () => {
    const { form } = await consented()
    const ask = createTlsFetch({
      ca: authority.pem,
      servername: 'localhost',
      cert: certificate.pem,
      key: certificate.key,
    })
    const { mtls_endpoint_aliases: at } = (await (
      await fetch(`${house.url}/.well-known/oauth-authorization-server`)
    ).json()) as { mtls_endpoint_aliases: { token_endpoint: string } }
    const answer = await ask(at.token_endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'authorization_code', ...form }),
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toMatchObject({ cnf: { 'x5t#S256': certificate.thumbprint } })
  })

  const strangers: [string, () => Promise<Record<string, string | undefined>>][] = [
    ['without a proof', async () => ({})],
    ['with the proof of another client', async () => proof('other-app', others)],
    ['with a proof by another key', async () => proof('reading-app', others)],
    ['with half a proof', async () => ({ client_assertion_type: type })],
    ['with a secret', async () => ({ client_secret: 'rmk_x' })],
    ['as another client that is public', async () => ({ client_id: open.clientId, ...(await proof()) })],
    ['as another client that is public, and without a proof', async () => ({ client_id: open.clientId })],
    ['as a client that is not known, and without a proof', async () => ({ client_id: 'nobody-app' })],
    ['with the proof of one whose name is the id of this one', async () => proof(cast.identityId, mimics)],
  ]
  it.each(strangers)('loses nothing to somebody who shows its code %s: the code is still good', async (_, make) => {
    const { form, taskId } = await consented()
    const refused = await redeem(house, { ...form, ...(await make()) })
    expect([400, 401]).toContain(refused.status)
    expect(refused.body['access_token']).toBeUndefined()
    expect(await stateOf(taskId)).toBe('active')
    expect((await redeem(house, { ...form, ...(await proof()) })).status).toBe(200)
  })

  it('is told by 401 that its proof is missing, and shows each proof once', async () => {
    const { form } = await consented()
    expect(await redeem(house, form)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const shown = await proof()
    expect((await redeem(house, { ...form, ...shown })).status).toBe(200)
    const { form: again } = await consented()
    expect(await redeem(house, { ...again, ...shown })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', code: 'assertion_replayed' },
    })
  })

  it('shows a proof once with a code that was used before, too', async () => {
    const { form } = await consented()
    expect((await redeem(house, { ...form, ...(await proof()) })).status).toBe(200)
    const shown = await proof()
    expect(await redeem(house, { ...form, ...shown })).toMatchObject({ status: 400, body: { code: 'code_invalid' } })
    const { form: next } = await consented()
    expect(await redeem(house, { ...next, ...shown })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', code: 'assertion_replayed' },
    })
    expect((await redeem(house, { ...next, ...(await proof()) })).status).toBe(200)
  })

  it('that proves itself as another one with the code of this one ends the task: it is in wrong hands', async () => {
    const { form, taskId } = await consented()
    const stolen = { ...form, client_id: other.clientId, ...(await proof('other-app', others)) }
    expect(await redeem(house, stolen)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await stateOf(taskId)).toBe('revoked')
  })

  it('is none that is public: nobody relies on a proof that is not looked at', async () => {
    const { form, taskId } = await consented(open)
    expect(await redeem(house, { ...form, ...(await proof()) })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
    expect(await stateOf(taskId)).toBe('active')
    expect((await redeem(house, form)).status).toBe(200)
  })
})
