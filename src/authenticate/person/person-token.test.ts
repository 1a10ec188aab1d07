import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../test/issuer/issuer.ts'
import type { Claims } from '../../../test/issuer/minted-keys.ts'
import {
  AUDIENCE,
  bind,
  type MemoryStore,
  makeClock,
  makeRoom,
  makeStore,
  outcomeOf,
} from '../../../test/issuer/room.ts'
import type { PersonLogin } from '../../contract/person/person-login.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Authenticate } from '../authenticate.ts'
import type { DpopProof } from '../dpop/proof.ts'

const clock = makeClock()
const clientId = 'remit-at-the-idp'
let idp: Issuer
let otherIdp: Issuer
let platform: Issuer
let store: MemoryStore
let room: Authenticate

beforeAll(async () => {
  const options = { nowMs: clock.nowMs }
  ;[idp, otherIdp, platform] = await Promise.all([startIssuer(options), startIssuer(options), startIssuer(options)])
})
afterAll(() => Promise.all([idp, otherIdp, platform].map((issuer) => issuer.stop())))
beforeEach(() => {
  store = makeStore()
  room = makeRoom({
    store,
    clock,
    issuers: [
      { issuer: idp.url, serves: 'people', audiences: [clientId], requireJti: false },
      { issuer: otherIdp.url, serves: 'people', audiences: [clientId], requireJti: false },
      { issuer: platform.url, audiences: [clientId] },
    ],
  })
  store.put('persons', {
    id: 'psn_ann',
    name: 'Ann',
    email: 'ann@example.org',
    roles: [],
    state: 'active',
    createdMs: 0,
  })
  putLogin({})
})

const putLogin = (more: Partial<PersonLogin>): unknown =>
  store.put('person_logins', {
    id: 'lgn_1',
    personId: 'psn_ann',
    issuer: idp.url,
    subject: '00u1',
    createdMs: 0,
    endedMs: null,
    ...more,
  })
const mint = (claims: Claims = {}, header = {}): Promise<string> =>
  idp.mint({ sub: '00u1', aud: clientId, ...claims }, header)

async function show(jwt: string, proof?: DpopProof): Promise<string> {
  try {
    return (await room.byPersonToken(jwt, proof === undefined ? {} : { proof })).person.id
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

describe('an ID token of an issuer that serves people', () => {
  it('proves the one person whom the issuer knows by that subject', async () => {
    const proven = await room.byPersonToken(await mint({ jti: 'j1', nonce: 'n', azp: clientId, auth_time: 1 }))
    expect(proven).toMatchObject({ person: { id: 'psn_ann' }, login: { id: 'lgn_1' }, issuer: idp.url, jti: 'j1' })
    expect(proven.guards).toEqual([
      { op: 'require', table: 'persons', key: 'psn_ann', version: 1 },
      { op: 'require', table: 'person_logins', key: 'lgn_1', version: 1 },
    ])
  })

  it.each(['j2', undefined])('counts once, with a jti or without (%s)', async (jti) => {
    const jwt = await mint({ jti })
    store.apply((await room.byPersonToken(jwt)).changes)
    expect(await show(jwt)).toBe('assertion_replayed')
  })

  it('with the mail address of somebody else who is here means nobody for certain', async () => {
    const bob = { id: 'psn_bob', name: 'Bob', email: 'bob@example.org', roles: [], createdMs: 0 }
    store.put('persons', { ...bob, state: 'active' })
    for (const email of ['bob@example.org', 'Bob@Example.org'])
      expect(await show(await mint({ email }))).toBe('assertion_claims')
    for (const email of ['ANN@example.org', 'ann@home.example', null])
      expect(await show(await mint({ email }))).toBe('psn_ann')
    store.put('persons', { ...bob, state: 'left' })
    expect(await show(await mint({ email: 'bob@example.org' }))).toBe('psn_ann')
  })

  it('of the same subject at another issuer is somebody else, and nobody here', async () => {
    expect(await show(await otherIdp.mint({ sub: '00u1', aud: clientId }))).toBe('login_unknown')
    putLogin({ id: 'lgn_2', personId: 'psn_bob', issuer: otherIdp.url })
    store.put('persons', {
      id: 'psn_bob',
      name: 'Bob',
      email: 'b@example.org',
      roles: [],
      state: 'active',
      createdMs: 0,
    })
    expect(await show(await otherIdp.mint({ sub: '00u1', aud: clientId }))).toBe('psn_bob')
    expect(await show(await mint())).toBe('psn_ann')
  })

  it.each([
    ['a subject that nobody added', { sub: '00u2' }],
    ['the same subject in other letters', { sub: '00U1' }],
    ['the same subject with a space', { sub: '00u1 ' }],
  ])('proves nobody by %s', async (_what, claims) => {
    expect(await show(await mint(claims))).toBe('login_unknown')
  })

  it('of before a login was ended counts by no later one of the same subject', async () => {
    const nowMs = clock.nowMs()
    const seconds = Math.floor(nowMs / 1000)
    putLogin({ id: 'lgn_0', endedMs: nowMs })
    putLogin({ id: 'lgn_7', subject: '00u7', endedMs: nowMs + 60_000 })
    expect(await show(await mint({ iat: seconds - 5 }))).toBe('assertion_claims')
    expect(await show(await mint({ iat: seconds }))).toBe('assertion_claims')
    expect(await show(await mint({ iat: seconds + 1 }))).toBe('psn_ann')
  })

  it('proves nobody by a login that was ended, or of a person who left', async () => {
    putLogin({ endedMs: 1 })
    expect(await show(await mint())).toBe('login_unknown')
    putLogin({})
    store.put('persons', { id: 'psn_ann', name: 'Ann', email: '', roles: [], state: 'left', createdMs: 0 })
    expect(await show(await mint())).toBe('login_unknown')
  })

  it.each<[string, Claims, string]>([
    ['another audience', { aud: AUDIENCE }, 'assertion_audience'],
    ['two audiences', { aud: [clientId, 'other'] }, 'assertion_audience'],
    ['no audience', { aud: undefined }, 'assertion_audience'],
    ['no end', { exp: undefined }, 'assertion_claims'],
    ['no beginning', { iat: undefined }, 'assertion_claims'],
    ['an end that is over', { iat: 1, exp: 2, nbf: 1 }, 'assertion_expired'],
    ['another client as who it was issued to', { azp: 'other' }, 'assertion_claims'],
    ['a nonce that is no text', { nonce: 7 }, 'assertion_claims'],
    ['a scope, as access tokens do', { scope: 'openid' }, 'assertion_claims'],
    ['scopes, as those of Okta and Entra do', { scp: ['openid'] }, 'assertion_claims'],
    ['a client, as RFC 9068 asks of access tokens', { client_id: clientId }, 'assertion_claims'],
    ['the kind of an access token of Keycloak', { typ: 'Bearer' }, 'assertion_claims'],
    ['the kind of an access token of Cognito', { token_use: 'access' }, 'assertion_claims'],
    ['events, as logout tokens do', { events: {} }, 'assertion_claims'],
    ['somebody who acts for the person', { act: { sub: 'agent' } }, 'assertion_claims'],
    ['a tenant of its issuer, where nobody said that it is ours', { tenant: 'acme' }, 'assertion_claims'],
    ['an issuer that nobody trusts', { iss: 'https://idp.example' }, 'issuer_unknown'],
    ['a key that was not proved', { cnf: { jkt: 'x' } }, 'proof_missing'],
  ])('is refused with %s', async (_what, claims, code) => {
    expect(await show(await mint(claims))).toBe(code)
  })

  it.each(['at+jwt', 'application/at+jwt', 'logout+jwt', 'oauth-id-jag+jwt', 'secevent+jwt'])(
    'is refused where its header says %s',
    async (typ) => {
      expect(await show(await mint({}, { typ }))).toBe('assertion_malformed')
    },
  )

  it('of one tenant of its issuer counts where its row says that this one is ours, by name or by pointer', async () => {
    for (const name of ['tenant', '/tenant']) {
      const row = { issuer: idp.url, serves: 'people', audiences: [clientId], requireJti: false } as const
      room = makeRoom({ store, clock, issuers: [{ ...row, claimRules: { [name]: 'acme' } }] })
      expect(await show(await mint({ tenant: 'acme' }))).toBe('psn_ann')
      for (const tenant of ['other', undefined, null])
        expect(await show(await mint({ tenant }))).toBe('assertion_claims')
    }
  })

  it('is refused with a key of another issuer', async () => {
    expect(await show(await otherIdp.mint({ iss: idp.url, sub: '00u1', aud: clientId }))).toBe('assertion_signature')
  })

  it('that is bound to a key counts for that key alone', async () => {
    const proofOf = (thumbprint: string) => ({ thumbprint, seenId: thumbprint, changes: [] }) as unknown as DpopProof
    expect(await show(await mint({ cnf: { jkt: 'own' } }), proofOf('own'))).toBe('psn_ann')
    expect(await show(await mint({ cnf: { jkt: 'own' } }), proofOf('thief'))).toBe('proof_invalid')
  })

  it('proves no workload, and that of an issuer of workloads no person', async () => {
    bind(store, { issuer: idp.url, subject: '00u1' })
    expect(await outcomeOf(room.byAssertion(await mint()))).toBe('issuer_unknown')
    expect(await outcomeOf(room.byAssertion(await mint(), { as: 'subject_token:id_token' }))).toBe('issuer_unknown')
    putLogin({ id: 'lgn_3', issuer: platform.url, subject: 'job' })
    expect(await show(await platform.mint({ sub: 'job', aud: clientId }))).toBe('issuer_unknown')
  })

  it('with a SPIFFE ID as its subject proves no workload either', async () => {
    expect(await outcomeOf(room.byAssertion(await mint({ sub: 'spiffe://example.org/agent' })))).toBe('issuer_unknown')
  })
})
