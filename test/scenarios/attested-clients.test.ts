import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Heard, send } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { approveIdentity, furnish, makeSummariser, prepare, problemOf } from './cast.ts'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
const clientId = 'phone-app'
const makePair = (): Promise<Pair> => generateKeyPair('ES256', { extractable: true })
const insecure = { [oauth.allowInsecureRequests]: true } as const
let house: House
let attester: Issuer
let own: Pair
let device: Pair
let other: Pair
let server: oauth.AuthorizationServer
let taskId: string

/** Registers a client by what attests it, all the way to active. */
async function registerAttested(issuer: string, keys: readonly JWK[], subject: string): Promise<string> {
  const { ada, grace } = house.people
  const { profile, entitlements } = makeSummariser(house, `attested-${randomUUID().slice(0, 8)}`)
  const { id } = (await ada.client.identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity
  const claims = issuer === 'self' ? {} : { platform: 'phone' }
  await ada.client.identities.bind(id, { kind: 'attestation', issuer, subject, claims, keys: keys as never })
  for (const each of entitlements) await ada.client.identities.entitle(id, each)
  await ada.client.identities.rehearse(id)
  await approveIdentity(house, id)
  return id
}

beforeAll(async () => {
  attester = await startIssuer()
  house = await startHouse({
    drafts: { 'client-attestation': true },
    issuers: [
      {
        issuer: attester.url,
        algorithms: ['ES256'],
        allowInsecureHttp: true,
        attests: true,
        claimRules: { tenant: 'ours' },
      },
    ],
  })
  await furnish(house)
  ;[own, device, other] = await Promise.all([makePair(), makePair(), makePair()])
  await registerAttested('self', [await exportJWK(own.publicKey)], clientId)
  await registerAttested(attester.url, [], 'by-issuer')
  const url = new URL(house.url)
  server = await oauth.processDiscoveryResponse(
    url,
    await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure }),
  )
  const opened = await send(house, '/api/v1/tasks', {
    method: 'POST',
    headers: { ...(await show()), 'content-type': 'application/json' },
    body: JSON.stringify({ ...makeSummariser(house).task, ticket: null }),
  })
  taskId = opened.json.task?.id ?? expect.fail(opened.text)
})
afterAll(async () => {
  await house.end(20)
  await attester.stop()
})

const seconds = (): number => Math.floor(Date.now() / 1000)

async function attest(more: object = {}, header: object = {}, by: Pair = own): Promise<string> {
  const claims = { sub: clientId, exp: seconds() + 300, cnf: { jwk: await exportJWK(device.publicKey) }, ...more }
  return new SignJWT(claims as never)
    .setProtectedHeader({ alg: 'ES256', typ: 'oauth-client-attestation+jwt', ...header })
    .sign(by.privateKey)
}

async function challenge(): Promise<string> {
  const heard = await send(house, '/oauth/challenge', { method: 'POST' })
  return (heard.json as { attestation_challenge?: string }).attestation_challenge ?? ''
}

async function prove(more: object = {}, header: object = {}, by: Pair = device): Promise<string> {
  const claims = { aud: house.url, jti: randomUUID(), iat: seconds(), challenge: await challenge(), ...more }
  return new SignJWT(claims as never)
    .setProtectedHeader({ alg: 'ES256', typ: 'oauth-client-attestation-pop+jwt', ...header })
    .sign(by.privateKey)
}

async function show(statement?: string, pop?: string): Promise<Record<string, string>> {
  return {
    'oauth-client-attestation': statement ?? (await attest()),
    'oauth-client-attestation-pop': pop ?? (await prove()),
  }
}
const ask = (headers: Record<string, string>, more: Record<string, string> = {}): Promise<Heard> =>
  send(house, '/oauth/introspect', { method: 'POST', headers, body: new URLSearchParams({ token: 'none', ...more }) })
const oauthErrorOf = ({ status, json }: Heard): unknown => [status, json.error]

describe('a client that its attester vouches for', () => {
  it('finds the way by metadata', () => {
    expect(server).toMatchObject({
      challenge_endpoint: `${house.url}/oauth/challenge`,
      token_endpoint_auth_methods_supported: expect.arrayContaining([
        'attest_jwt_client_auth',
        'attest_jwt_client_auth_dpop',
      ]),
      client_attestation_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    })
  })

  it('gets a token through oauth4webapi by a proof over a challenge', async () => {
    const [statement, pop] = [await attest(), await prove()]
    const auth: oauth.ClientAuth = (_as, client, body, headers) => {
      body.set('client_id', client.client_id)
      headers.set('oauth-client-attestation', statement)
      headers.set('oauth-client-attestation-pop', pop)
    }
    const parameters = { scope: `task:${taskId}`, resource: house.url }
    const client = { client_id: clientId }
    const asked = await oauth.clientCredentialsGrantRequest(server, client, auth, parameters, insecure)
    const token = await oauth.processClientCredentialsResponse(server, client, asked)
    expect(token.token_type).toBe('bearer')
    const { tasks } = house.people.lin.client
    expect((await tasks.show(taskId)).task.state).toBe('active')
  })

  it('gets a token that is bound to the key of its attestation, by a DPoP proof alone', async () => {
    const statement = await attest()
    const auth: oauth.ClientAuth = (_as, client, body, headers) => {
      body.set('client_id', client.client_id)
      headers.set('oauth-client-attestation', statement)
    }
    const client = { client_id: clientId }
    const DPoP = oauth.DPoP({}, device)
    const parameters = { scope: `task:${taskId}`, resource: house.url }
    const grant = (): Promise<Response> =>
      oauth.clientCredentialsGrantRequest(server, client, auth, parameters, { ...insecure, DPoP })
    await oauth.processClientCredentialsResponse(server, client, await grant()).catch(() => undefined) // it learns the nonce
    const token = await oauth.processClientCredentialsResponse(server, client, await grant())
    expect(token.token_type).toBe('dpop')
    const { size } = await house.people.lin.client.entries.list({ limit: 1 })
    const { entries } = await house.people.lin.client.entries.list({ from: Math.max(0, size - 5), limit: 5 })
    expect(JSON.stringify(entries)).toContain('"strength":"attested"')
    const foreign = oauth.DPoP({}, other)
    const stolen = (): Promise<Response> =>
      oauth.clientCredentialsGrantRequest(server, client, auth, parameters, { ...insecure, DPoP: foreign })
    await oauth.processClientCredentialsResponse(server, client, await stolen()).catch(() => undefined)
    expect(await (await stolen()).json()).toMatchObject({ error: 'invalid_client_attestation' })
  })

  it('is vouched for by an attester of the configuration, with the claims that its binding asks for', async () => {
    const by = async (claims: object): Promise<Heard> => {
      const cnf = { jwk: await exportJWK(device.publicKey) }
      const statement = await attester.mint(
        { sub: 'by-issuer', aud: undefined, cnf, platform: 'phone', tenant: 'ours', ...claims } as never,
        { typ: 'oauth-client-attestation+jwt' },
      )
      return ask(await show(statement))
    }
    expect((await by({})).json.active).toBe(false)
    expect(oauthErrorOf(await by({ platform: 'desk' }))).toEqual([401, 'invalid_client_attestation'])
    expect(oauthErrorOf(await by({ sub: clientId }))).toEqual([401, 'invalid_client_attestation'])
    // what is asked of everything that the issuer says is asked of this too
    for (const tenant of ['theirs', undefined])
      expect(oauthErrorOf(await by({ tenant }))).toEqual([401, 'invalid_client_attestation'])
  })
})

describe('the key of an attester', () => {
  it('is rotated while the client acts, on the word of another person: both count in the overlap', async () => {
    const { ada, grace, lin } = house.people
    const [before, next] = [await makePair(), await makePair()]
    const subject = 'tablet-app'
    const id = await registerAttested('self', [await exportJWK(before.publicKey)], subject)
    const [binding] = (await lin.client.identities.show(id)).bindings
    const by = async (pair: Pair): Promise<Heard> => ask(await show(await attest({ sub: subject }, {}, pair)))
    const none = [401, 'invalid_client_attestation']
    expect([(await by(before)).status, oauthErrorOf(await by(next))]).toEqual([200, none])
    const rotate = (keys: readonly JWK[], overlapSeconds = 3_600): ReturnType<typeof ada.client.identities.rotate> =>
      ada.client.identities.rotate(id, binding?.id ?? '', { keys: keys as never, overlapSeconds, reason: 'A year old' })
    const { x, y, ...others } = await exportJWK(before.publicKey)
    for (const more of [{}, { alg: 'ES256' }, { kid: 'next', use: 'sig' }])
      expect((await problemOf(rotate([{ ...others, ...more, y, x } as JWK])))?.detail).toContain('counts already')
    const { approval } = await rotate([await exportJWK(next.publicKey)])
    expect(oauthErrorOf(await by(next))).toEqual(none)
    expect((await grace.client.approvals.vote(approval.id, 'approve', 'Yes')).effect).toBe('binding rotated')
    expect([(await by(before)).status, (await by(next)).status, oauthErrorOf(await by(other))]).toEqual([
      200,
      200,
      none,
    ])
    await ada.client.identities.endBinding(id, binding?.id ?? '', 'It leaked')
    expect([oauthErrorOf(await by(before)), (await by(next)).status]).toEqual([none, 200])
  })

  it('is not rotated to none, nor to one that proves an identity, nor that of an attester of the configuration', async () => {
    const { ada, lin } = house.people
    const taken = await makePair()
    const proved = await prepare(house, makeSummariser(house, 'proved-by-key'))
    const keys = [await exportJWK(taken.publicKey)] as never
    await ada.client.identities.bind(proved, { kind: 'key', issuer: 'self', subject: 'proved', claims: {}, keys })
    const of = async (issuer: string, own: readonly JWK[], subject: string): Promise<string> => {
      const id = await registerAttested(issuer, own, subject)
      const [binding] = (await lin.client.identities.show(id)).bindings
      return (await problemOf(ada.client.identities.rotate(id, binding?.id ?? '', { keys, reason: 'x' })))?.code ?? ''
    }
    expect(await of('self', [await exportJWK((await makePair()).publicKey)], 'watch-app')).toBe('already_exists')
    expect(await of(attester.url, [], 'other-by-issuer')).toBe('request_invalid')
  })
})

describe('what is no attestation', () => {
  const bad: [string, () => Promise<Record<string, string>>][] = [
    ['of another attester', async () => show(await attest({}, {}, other))],
    ['of a configured issuer that did not sign it', async () => show(await attest({ iss: attester.url }))],
    ['of an unknown issuer', async () => show(await attest({ iss: 'https://unknown.example' }))],
    ['of an unknown client', async () => show(await attest({ sub: 'nobody' }))],
    ['without a key', async () => show(await attest({ cnf: undefined }))],
    ['with a key by address', async () => show(await attest({ cnf: { jku: 'http://169.254.169.254/' } }))],
    ['with a symmetric key', async () => show(await attest({ cnf: { jwk: { kty: 'oct', k: 'AAAA' } } }))],
    ['with a private key', async () => show(await attest({ cnf: { jwk: await exportJWK(device.privateKey) } }))],
    ['without an end', async () => show(await attest({ exp: undefined }))],
    ['with an end of next year', async () => show(await attest({ exp: seconds() + 31_536_000 }))],
    ['of later', async () => show(await attest({ nbf: seconds() + 3_600 }))],
    ['of another type', async () => show(await attest({}, { typ: 'JWT' }))],
    ['with a key in its header', async () => show(await attest({}, { jwk: await exportJWK(own.publicKey) }))],
    ['that is none', async () => show('x.y.z')],
    ['with the proof of another key', async () => show(undefined, await prove({}, {}, other))],
    ['with a proof for another server', async () => show(undefined, await prove({ aud: 'https://other.example' }))],
    ['with a proof for several', async () => show(undefined, await prove({ aud: [house.url] }))],
    ['with a proof without a jti', async () => show(undefined, await prove({ jti: undefined }))],
    ['with a proof of an hour ago', async () => show(undefined, await prove({ iat: seconds() - 3_600 }))],
    ['with a proof of another type', async () => show(undefined, await prove({}, { typ: 'dpop+jwt' }))],
    ['with itself as the proof', async () => show(undefined, await attest())],
    ['without a proof', async () => ({ 'oauth-client-attestation': await attest() })],
  ]
  it.each(bad)('%s is refused', async (_, make) => {
    expect(oauthErrorOf(await ask(await make()))).toEqual([401, 'invalid_client_attestation'])
  })

  it('is one whose proof was shown before, here or at another door', async () => {
    const shown = await show()
    expect((await ask(shown)).json.active).toBe(false)
    expect(oauthErrorOf(await ask(shown))).toEqual([401, 'invalid_client_attestation'])
    const heard = await Promise.all(
      Array.from({ length: 20 }, async () => ask(await show(shown['oauth-client-attestation']))),
    )
    expect(heard.every(({ status }) => status === 200)).toBe(true)
    const once = await show()
    const raced = await Promise.all(Array.from({ length: 20 }, () => ask(once)))
    expect(raced.filter(({ status }) => status === 200).length).toBe(1)
  })

  it('that is too old is asked for anew, and so is a proof without a challenge of ours', async () => {
    expect(oauthErrorOf(await ask(await show(await attest({ exp: seconds() - 120 }))))).toEqual([
      400,
      'use_fresh_attestation',
    ])
    for (const told of [undefined, 'x', `${(await challenge()).slice(0, -1)}_`, 7]) {
      const heard = await ask(await show(undefined, await prove({ challenge: told })))
      expect(oauthErrorOf(heard)).toEqual([400, 'use_attestation_challenge'])
      const next = heard.headers.get('oauth-client-attestation-challenge')
      expect((await ask(await show(undefined, await prove({ challenge: next })))).status).toBe(200)
    }
  })

  it('goes with no other proof of a client, nor for another client', async () => {
    const asserted = { client_assertion: 'x', client_assertion_type: 'y' }
    expect(oauthErrorOf(await ask(await show(), asserted))).toEqual([400, 'invalid_request'])
    const shown = await show()
    expect(oauthErrorOf(await ask(shown, { client_id: 'by-issuer' }))).toEqual([401, 'invalid_client_attestation'])
    expect(oauthErrorOf(await ask(shown))).toEqual([401, 'invalid_client_attestation']) // it was shown, for whatever that was
  })

  it('is an assertion, and an assertion is none', async () => {
    const body = {
      client_assertion: await attest(),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }
    expect((await ask({}, body)).status).toBe(401)
    const assertion = await attester.mint({ sub: 'by-issuer', aud: house.url })
    expect(oauthErrorOf(await ask(await show(assertion)))).toEqual([401, 'invalid_client_attestation'])
  })
})

describe('a house that does not speak the draft', () => {
  it('takes no attestation, gives no challenge, and says so in its metadata', async () => {
    const plain = await startHouse()
    try {
      expect((await send(plain, '/oauth/challenge', { method: 'POST' })).status).toBe(400)
      const told = await send(plain, '/.well-known/oauth-authorization-server')
      expect(told.text).not.toContain('attest')
      const heard = await send(plain, '/oauth/introspect', {
        method: 'POST',
        headers: await show(),
        body: new URLSearchParams({ token: 'none' }),
      })
      expect(heard.json.code).toBe('authentication_missing')
    } finally {
      await plain.end(0)
    }
  })
})
