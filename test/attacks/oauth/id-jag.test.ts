import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../../sdk/agent.ts'
import { type AcrossCast, castAcross, registerKeyed, type Shown, ZOE } from '../../across/cast.ts'
import type { Claims } from '../../issuer/minted-keys.ts'
import { letAct, makeSummariser, prepare, problemOf, register } from '../../scenarios/cast.ts'

let cast: AcrossCast

beforeAll(async () => {
  cast = await castAcross()
})
afterAll(() => cast.end())

/** A chain of so many hops of another domain. */
const longChain = (hops: number): object =>
  Array.from({ length: hops - 1 }).reduce<object>(
    (act, _, at) => ({ iss: 'https://other.example', sub: `a${at}`, act }),
    {
      iss: 'https://other.example',
      sub: 'first',
    },
  )
const refused = (error: string, code: string): object => ({ status: 400, body: { error, code } })
const living = async (): Promise<number> => (await cast.zoe.client.acting.list()).tasks.length

describe('an ID-JAG that is not what it has to be', () => {
  const cases: readonly (readonly [string, Claims, string, string])[] = [
    ['for another authorization server', { aud: 'https://other.example' }, 'invalid_grant', 'assertion_audience'],
    ['for the token endpoint', { aud: 'TOKEN' }, 'invalid_grant', 'assertion_audience'],
    ['for two', { aud: ['HOUSE', 'https://other.example'] }, 'invalid_grant', 'assertion_audience'],
    ['for one, as a list', { aud: ['HOUSE'] }, 'invalid_grant', 'assertion_claims'],
    ['for another client', { client_id: 'other-agent' }, 'invalid_grant', 'assertion_claims'],
    ['for no client', { client_id: undefined }, 'invalid_grant', 'assertion_claims'],
    ['for several clients', { client_id: ['desk-agent'] }, 'invalid_grant', 'assertion_claims'],
    ['without a jti', { jti: undefined }, 'invalid_grant', 'assertion_claims'],
    ['without an end', { exp: undefined }, 'invalid_grant', 'assertion_claims'],
    ['that has ended', { iat: 1, nbf: 1, exp: 2 }, 'invalid_grant', 'assertion_expired'],
    [
      'that lives for days',
      { exp: Math.floor(Date.now() / 1000) + 200_000, iat: undefined },
      'invalid_grant',
      'assertion_claims',
    ],
    ['of somebody who is nobody here', { sub: '00u-nobody' }, 'invalid_grant', 'login_unknown'],
    ['of an issuer that nobody trusts', { iss: 'https://idp.example' }, 'invalid_grant', 'issuer_unknown'],
    ['of ourselves', { iss: 'HOUSE' }, 'invalid_grant', 'issuer_unknown'],
    ['of an issuer that serves workloads', { iss: 'PLATFORM' }, 'invalid_grant', 'issuer_unknown'],
    ['for another resource', { resource: 'https://other.example/mcp' }, 'invalid_target', 'target_invalid'],
    ['for another server of ours', { resource: 'EVERYTHING' }, 'invalid_target', 'target_invalid'],
    ['for a resource that is no text', { resource: 7 }, 'invalid_grant', 'assertion_claims'],
    ['with a scope that is none here', { scope: 'openid chat.read' }, 'invalid_scope', 'scope_exceeded'],
    ['with more than the person may do', { scope: 'administer' }, 'invalid_scope', 'scope_exceeded'],
    ['with details that are not known here', { authorization_details: [] }, 'invalid_grant', 'assertion_claims'],
    ['with a hop without an issuer', { act: { sub: 'agent' } }, 'invalid_grant', 'assertion_claims'],
    ['with a chain that is no chain', { act: 'agent' }, 'invalid_grant', 'assertion_claims'],
    ['with too long a chain', { act: longChain(9) }, 'invalid_grant', 'assertion_claims'],
    ['with a chain that comes back to the client', { act: 'CIRCLE' }, 'invalid_grant', 'assertion_claims'],
    [
      'with a chain that comes back to the client, whose issuer has a slash behind it',
      { act: 'CIRCLE BY ANOTHER FORM' },
      'invalid_grant',
      'assertion_claims',
    ],
    ['for one of our tenants', { aud_tenant: 'acme' }, 'invalid_grant', 'assertion_claims'],
    ['for a person who is another one here', { aud_sub: 'psn_another' }, 'invalid_grant', 'assertion_claims'],
    [
      'of one tenant of its issuer, where nobody said that it is ours',
      { tenant: 'acme' },
      'invalid_grant',
      'assertion_claims',
    ],
    ['by which somebody else may act', { may_act: { sub: 'other-agent' } }, 'invalid_grant', 'assertion_claims'],
    [
      'for a person with the mail address of another one here',
      { email: 'Grace@example.org' },
      'invalid_grant',
      'assertion_claims',
    ],
    ['for a person by no text', { aud_sub: null }, 'invalid_grant', 'assertion_claims'],
    ['of a key that was not proved', { cnf: { jkt: 'x' } }, 'invalid_dpop_proof', 'proof_missing'],
  ]
  const named = (claims: Claims): Claims => {
    const { house } = cast
    const names: Readonly<Record<string, string>> = {
      HOUSE: house.url,
      TOKEN: `${house.url}/oauth/token`,
      PLATFORM: house.issuer.url,
      EVERYTHING: `${house.url}/mcp/everything`,
    }
    const back = (iss: string) => ({
      act: { iss: 'https://other.example', sub: 'a', act: { iss, sub: cast.client.identityId } },
    })
    if (claims['act'] === 'CIRCLE') return back(house.url)
    if (claims['act'] === 'CIRCLE BY ANOTHER FORM') return back(`${house.url}/`)
    const name = (value: unknown): unknown => (typeof value === 'string' ? (names[value] ?? value) : value)
    return Object.fromEntries(
      Object.entries(claims).map(([key, value]) => [key, Array.isArray(value) ? value.map(name) : name(value)]),
    )
  }

  it.each(cases)('%s opens nothing', async (_what, claims, error, code) => {
    const before = await living()
    expect(await cast.show(await cast.grant(named(claims)))).toMatchObject(refused(error, code))
    expect(await living()).toBe(before)
  })

  it('is for one target, by whichever word the request names it', async () => {
    const { house, grant, show } = cast
    const [docs, other] = [`${house.url}/mcp/docs`, `${house.url}/mcp/everything`]
    for (const form of [
      { audience: other },
      { resource: undefined, audience: other },
      { resource: other, audience: docs },
    ])
      expect(await show(await grant(), form)).toMatchObject(refused('invalid_target', 'target_invalid'))
    for (const form of [{ audience: docs }, { resource: undefined, audience: docs }])
      expect((await show(await grant({ resource: undefined }), form)).status).toBe(200)
  })

  it('says itself for whom it is and who acts: what says so in an exchange is refused beside it, and spends nothing', async () => {
    const jag = await cast.grant()
    for (const name of [
      'actor_token',
      'actor_token_type',
      'subject_token',
      'subject_token_type',
      'subject_token_proof',
    ])
      expect(await cast.show(jag, { [name]: 'x' })).toMatchObject(refused('invalid_request', 'request_invalid'))
    expect((await cast.show(jag)).status).toBe(200)
  })

  it('may name its person as they are known here, by id or mail address (aud_sub)', async () => {
    for (const known of [cast.zoe.id, 'zoe@example.org'])
      expect((await cast.show(await cast.grant({ aud_sub: known }))).status).toBe(200)
  })

  it('is known by its type in both of its forms (RFC 7515 section 4.1.9)', async () => {
    expect((await cast.show(await cast.grant({}, { typ: 'application/oauth-id-jag+jwt' }))).status).toBe(200)
  })

  it.each(['JWT', 'at+jwt', 'ID-JAG+jwt', 'application/x/oauth-id-jag+jwt', undefined])(
    'under the type %s is none',
    async (typ) => {
      const { body, status } = await cast.show(await cast.grant({}, { typ }), {
        client_assertion: undefined,
        client_assertion_type: undefined,
        scope: 'task:tsk_x',
      })
      expect(status).toBe(400)
      expect(['assertion_malformed', 'issuer_unknown']).toContain(body['code'])
    },
  )

  it('signed by another provider, by a key that it brings along, or by nobody, is none', async () => {
    const { house, grant, show, idp } = cast
    const claims = { iss: idp.url, sub: ZOE, aud: house.url, client_id: 'desk-agent', jti: randomUUID() }
    const forged = await house.issuer.mint(claims, { typ: 'oauth-id-jag+jwt' })
    expect(await show(forged)).toMatchObject(refused('invalid_grant', 'assertion_signature'))
    const brought = await grant({}, { jwk: { kty: 'EC' } })
    expect(await show(brought)).toMatchObject(refused('invalid_grant', 'assertion_malformed'))
    const [, body] = (await grant()).split('.')
    const none = `${Buffer.from('{"alg":"none","typ":"oauth-id-jag+jwt"}').toString('base64url')}.${body}.`
    expect(await show(none)).toMatchObject(refused('invalid_grant', 'assertion_algorithm'))
  })

  it('is no ID token, no subject of an exchange, no bearer, and proves no client', async () => {
    const { house, grant, show } = cast
    const jag = await grant()
    const answers: Shown[] = []
    for (const form of [
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: jag,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        scope: 'task:x',
      },
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: jag,
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        scope: 'task:x',
      },
    ])
      answers.push(
        await show(jag, {
          client_assertion: undefined,
          client_assertion_type: undefined,
          assertion: undefined,
          ...form,
        }),
      )
    answers.push(await show(jag, { grant_type: 'client_credentials', client_assertion: jag, scope: 'task:x' }))
    for (const { status, body } of answers) expect([status >= 400, body['access_token']]).toEqual([true, undefined])
    const bearer = await house.fetch(`${house.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${jag}` },
    })
    expect(bearer.status).toBe(401)
  })
})

describe('an ID-JAG in the wrong hands', () => {
  it('is refused without the proof of the client, and as invalid_client', async () => {
    const shown = await cast.show(await cast.grant(), {
      client_assertion: undefined,
      client_assertion_type: undefined,
      client_id: 'desk-agent',
    })
    expect(shown).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  it('of another client is refused to a client that is known too, whatever it calls itself', async () => {
    const { house, grant, show } = cast
    const thief = await registerKeyed(house, 'thief-agent')
    const jag = await grant()
    const own = { client_assertion: await thief.assertion() }
    expect(await show(jag, own)).toMatchObject(refused('invalid_grant', 'assertion_claims'))
    const under = { client_assertion: await thief.assertion(), client_id: 'desk-agent' }
    expect(await show(jag, under)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const again = { client_assertion: under.client_assertion }
    expect(await show(jag, again)).toMatchObject({ status: 401, body: { code: 'assertion_replayed' } })
    expect((await show(jag)).status).toBe(200) // it was not spent by who could not use it
  })

  it('is not for a workload whose platform calls it by the name of the client', async () => {
    const { house, grant, show } = cast
    const actor = makeSummariser(house, 'named-so')
    const subject = 'desk-agent'
    await register(house, { ...actor, binding: { ...actor.binding, subject } })
    const proof = { client_assertion: await house.issuer.mint({ sub: subject, aud: house.url }) }
    expect(await show(await grant(), proof)).toMatchObject(refused('invalid_grant', 'assertion_claims'))
  })

  it('is for neither of two clients that have its name by different proofs', async () => {
    const { house, grant, show } = cast
    const { ada } = house.people
    const other = await ada.client.identities.draft({
      ...makeSummariser(house, 'other-twin').profile,
      owner: ada.id,
      sponsor: house.people.grace.id,
    })
    const twin = await registerKeyed(house, 'twin-of-client')
    const draft = {
      identity: other.identity.id,
      clientId: 'twin-of-client',
      redirectUris: ['https://app.example/back'],
    }
    await ada.client.clients.add(draft)
    const proof = { client_assertion: await twin.assertion() }
    expect(await show(await grant({ client_id: 'twin-of-client' }), proof)).toMatchObject(
      refused('invalid_grant', 'assertion_claims'),
    )
    const byId = { client_assertion: await twin.assertion() }
    expect((await show(await grant({ client_id: twin.identityId }), byId)).status).toBe(200)
  })

  it('is not for a client that has the id of the one that it means as its name', async () => {
    const { house, grant, show, client } = cast
    const mimic = await registerKeyed(house, 'mimic-agent', client.identityId)
    const jag = await grant({ client_id: client.identityId })
    const stolen = await show(jag, { client_assertion: await mimic.assertion() })
    expect(stolen).toMatchObject(refused('invalid_grant', 'assertion_claims'))
    expect((await show(jag)).status).toBe(200)
  })

  it('is not for a client that has the name by which an attester knows the one that it means', async () => {
    const { house, grant, show } = cast
    const attested = await prepare(house, makeSummariser(house, 'attested-agent'))
    const { ada } = house.people
    const proof = {
      kind: 'attestation',
      issuer: house.issuer.url,
      subject: 'shared-name',
      claims: {},
      keys: [],
    } as const
    await ada.client.identities.bind(attested, proof)
    const twin = await registerKeyed(house, 'name-taker', 'shared-name')
    const shown = await show(await grant({ client_id: 'shared-name' }), { client_assertion: await twin.assertion() })
    expect(shown).toMatchObject(refused('invalid_grant', 'assertion_claims'))
  })

  it('counts once, also after a restart, and once of twenty at a time', async () => {
    const { house, grant, show } = cast
    const jag = await grant()
    expect((await show(jag)).status).toBe(200)
    expect(await show(jag)).toMatchObject(refused('invalid_grant', 'assertion_replayed'))
    await house.stop()
    await house.start()
    expect(await show(jag)).toMatchObject(refused('invalid_grant', 'assertion_replayed'))
    const next = await grant()
    const all = await Promise.all(Array.from({ length: 20 }, () => show(next)))
    const others = all.filter(({ status }) => status !== 200)
    expect(others).toHaveLength(19)
    for (const each of others) expect(each).toMatchObject(refused('invalid_grant', 'assertion_replayed'))
  })

  it('of ten that come at once with one proof of the client becomes a token once: it is the client that proved nothing', async () => {
    const { client, grant, show } = cast
    const form = { client_assertion: await client.assertion() }
    const jags = await Promise.all(Array.from({ length: 10 }, () => grant()))
    const shown = await Promise.all(jags.map((jag) => show(jag, form)))
    const others = shown.filter(({ status }) => status !== 200)
    expect(others).toHaveLength(9)
    for (const each of others)
      expect(each).toMatchObject({ status: 401, body: { error: 'invalid_client', code: 'assertion_replayed' } })
  })

  it('opens one task for the first of many that come at once, and none beside it', async () => {
    const { zoe, grant, show } = cast
    for (const { id } of (await zoe.client.acting.list()).tasks) await zoe.client.acting.end(id, 'Anew')
    const jag = await grant()
    await Promise.all(Array.from({ length: 10 }, () => show(jag)))
    expect(await living()).toBe(1)
  })
})

describe('what an ID-JAG gives', () => {
  const scopeOf = async (claims: Claims, form: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    (await cast.show(await cast.grant(claims), form)).body['scope']

  it('is what is asked for and granted, both; without a scope of its own, reading', async () => {
    expect(await scopeOf({ scope: 'read write administer' })).toBe('read')
    expect(await scopeOf({ scope: 'read write' }, { scope: 'read' })).toBe('read')
    expect(await scopeOf({ scope: undefined }, { scope: 'read write' })).toBe('read')
    expect(await cast.show(await cast.grant({ scope: 'read' }), { scope: 'write' })).toMatchObject(
      refused('invalid_scope', 'scope_exceeded'),
    )
  })

  it('is for the one resource that it names, and for none where nobody names one', async () => {
    const { grant, show, house } = cast
    const without = { resource: undefined }
    expect((await show(await grant(), without)).status).toBe(200)
    expect(await show(await grant(without), without)).toMatchObject(refused('invalid_target', 'target_invalid'))
    expect(await show(await grant({ resource: house.url }), { resource: house.url })).toMatchObject(
      refused('invalid_target', 'target_invalid'),
    )
  })

  it('is handed on to nobody who acted for the person before, in a chain that went out from here', async () => {
    const { house, grant, show, client } = cast
    const before = makeSummariser(house, 'went-out')
    const id = await register(house, before)
    await letAct(house, 'desk-agent', before.name)
    const handOn = async (iss: string): Promise<string> => {
      const { body } = await show(await grant({ act: { iss, sub: id } }))
      const [{ task_id: taskId = '' } = {}] = body['authorization_details'] as readonly { task_id?: string }[]
      const agent = createAgent({ baseUrl: house.url, assertion: client.assertion, fetch: house.fetch })
      const part = { scope: [{ action: 'docs/read_text_file', resource: 'docs:public/*' }], ceiling: 'public' } as const
      const handed = agent.delegate(taskId, { to: before.name, goal: 'Read on', ...part, lifeSeconds: 60 })
      return (await problemOf(handed))?.detail ?? 'handed on'
    }
    expect(await handOn(house.url)).toBe('went-out is in this chain already.')
    expect(await handOn('https://other.example')).toBe('handed on') // somebody of another issuer who is called so
  })

  it('is nothing of somebody without rights, nor through an agent that was suspended', async () => {
    const { house, idp, grant, show, client } = cast
    const { ada, sam } = house.people
    await ada.client.logins.add(sam.id, { issuer: idp.url, subject: '00u-sam' })
    const shown = await show(await grant({ sub: '00u-sam' }))
    expect(shown).toMatchObject(refused('invalid_scope', 'scope_exceeded'))
    expect(shown.body['error_description']).toContain('its person has no right to it themselves') // a client reads this
    await sam.client.identities.suspend(client.identityId, 'It looks odd')
    expect(await show(await grant())).toMatchObject({ status: 400, body: { code: 'identity_inactive' } })
  })

  it('stands nowhere in the log', async () => {
    const { entries } = await cast.house.people.lin.client.entries.list({ from: 0, limit: 200 })
    expect(JSON.stringify(entries)).not.toContain(ZOE)
    expect(JSON.stringify(entries)).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}\.eyJ/)
  })
})

describe('a house that does not speak ID-JAG', () => {
  it('takes none, and says nothing of them', async () => {
    const off = await castAcross({ drafts: { 'id-jag': false } })
    const { status, body } = await off.show(await off.grant())
    expect([status, body['error']]).toEqual([400, 'unsupported_grant_type'])
    const metadata = await off.house.fetch(`${off.house.url}/.well-known/oauth-authorization-server`)
    expect(await metadata.json()).not.toHaveProperty('authorization_grant_profiles_supported')
    await off.end()
  })
})
