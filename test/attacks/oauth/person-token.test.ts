import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcrossCast, castAcross, ZOE } from '../../across/cast.ts'
import { claimsOf, EXCHANGE, typeOf } from '../../scenarios/acting.ts'
import { type Actor, codeOf, letAct, makeSummariser, register } from '../../scenarios/cast.ts'
import { forge, type Heard, post, send } from '../intruder.ts'

const scope = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
const wish = { type: 'urn:remit:task-wish', goal: 'Read it to me', scope, ceiling: 'public', life_seconds: 600 }
const letting = { scope, classes: ['read'], ceiling: 'public', depthMax: 1, reason: 'It reads to me', days: 7 } as const

describe('a token of a person', () => {
  let cast: AcrossCast
  let agent: Actor
  let other: Actor
  let id: string
  let grantId: string

  beforeAll(async () => {
    cast = await castAcross()
    agent = makeSummariser(cast.house)
    other = makeSummariser(cast.house, 'other')
    id = await register(cast.house, agent)
    await register(cast.house, other)
    grantId = (await cast.zoe.client.acting.let({ to: agent.name, ...letting })).grant.id
  })
  afterAll(async () => {
    await cast.end()
  })

  const idToken = (claims: object = {}): Promise<string> => cast.idp.mint({ sub: ZOE, aud: cast.house.url, ...claims })
  const ask = async (more: Readonly<Record<string, string | undefined>> = {}, who = agent): Promise<Heard> => {
    const form = {
      grant_type: EXCHANGE,
      subject_token: more['subject_token'] ?? (await idToken()),
      subject_token_type: typeOf('id_token'),
      actor_token: more['actor_token'] ?? (await who.assertion()),
      actor_token_type: typeOf('jwt'),
      resource: `${cast.house.url}/mcp/docs`,
      authorization_details: JSON.stringify([wish]),
      ...more,
    }
    const said = Object.entries(form).filter(
      (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
    )
    return send(cast.house, '/oauth/token', { method: 'POST', body: new URLSearchParams(said) })
  }
  const refused = async (heard: Promise<Heard>): Promise<readonly unknown[]> => {
    const { status, json } = await heard
    expect(json.access_token).toBeUndefined()
    return [status, json.error, json.code]
  }

  it('opens nothing for an agent that found it: only for one whom the person has let', async () => {
    expect(await refused(ask({}, other))).toEqual([400, 'actor_unauthorized', 'actor_unauthorized'])
    expect(await codeOf(cast.zoe.client.acting.let({ to: 'nobody', ...letting }))).toBe('not_found')
  })

  it('that names somebody else in may_act is not for this agent, whoever was let', async () => {
    for (const may_act of [
      { sub: 'somebody' },
      { iss: 'https://idp.example', sub: id },
      {},
      'all',
      null,
      [id],
      { sub: '*' },
    ])
      expect(await refused(ask({ subject_token: await idToken({ may_act }) }))).toEqual([
        400,
        'actor_unauthorized',
        'actor_unauthorized',
      ])
    for (const may_act of [{ sub: id }, { iss: cast.house.issuer.url, sub: 'workload:docs-summariser' }])
      expect((await ask({ subject_token: await idToken({ may_act }) })).status).toBe(200)
    // it names an agent, and the person has let it not: the word of the provider alone is not enough
    const named = await idToken({ may_act: { iss: cast.house.issuer.url, sub: 'workload:other' } })
    expect((await refused(ask({ subject_token: named }, other)))[1]).toBe('actor_unauthorized')
  })

  it('counts once, with a yes and with a no', async () => {
    const token = await idToken()
    expect((await ask({ subject_token: token })).status).toBe(200)
    expect(await refused(ask({ subject_token: token }))).toEqual([400, 'invalid_request', 'assertion_replayed'])
    const denied = await idToken()
    expect((await refused(ask({ subject_token: denied }, other)))[0]).toBe(400)
    expect(await refused(ask({ subject_token: denied }))).toEqual([400, 'invalid_request', 'assertion_replayed'])
  })

  it('is none that was made for somebody else, by somebody else, of another kind, or changed', async () => {
    const token = await idToken()
    const bad: readonly (readonly [string, string])[] = [
      [await idToken({ aud: 'https://elsewhere.example' }), 'assertion_audience'],
      [await idToken({ aud: [cast.house.url, 'https://elsewhere.example'] }), 'assertion_audience'],
      [await idToken({ exp: 1 }), 'assertion_expired'],
      [await idToken({ sub: randomUUID() }), 'login_unknown'],
      [await idToken({ scope: 'openid' }), 'assertion_claims'],
      [await idToken({ act: { sub: id } }), 'assertion_claims'],
      [await cast.house.issuer.mint({ sub: ZOE, aud: cast.house.url }), 'issuer_unknown'],
      [forge(token, {}, { sub: 'other' }), 'assertion_signature'],
      [forge(token, { alg: 'none' }, {}), 'assertion_algorithm'],
      ['x.y.z', 'assertion_malformed'],
      [cast.house.people.ada.session, 'assertion_malformed'],
    ]
    for (const [value, code] of bad)
      expect([code, ...(await refused(ask({ subject_token: value })))]).toEqual([code, 400, 'invalid_request', code])
  })

  it('proves no workload and opens no door as the person: nobody becomes her by it', async () => {
    for (const more of [
      { actor_token: '', actor_token_type: '' },
      { subject_token: await agent.assertion() },
      { actor_token: await idToken() },
      { subject_token_type: typeOf('jwt') },
      { subject_token_type: typeOf('access_token') },
      { actor_token: await idToken(), actor_token_type: typeOf('id_token') },
    ])
      expect((await refused(ask(more)))[0]).toBe(400)
    const bearer = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: await idToken() }
    expect((await ask(bearer)).json.access_token).toBeUndefined()
    for (const path of ['/api/v1/me', '/api/v1/me/acting', '/api/v1/people', '/api/v1/tasks']) {
      const headers = { authorization: `Bearer ${await idToken()}` }
      expect((await send(cast.house, path, { headers })).status).toBe(401)
      const cookie = `remit_session=${await idToken()}`
      expect((await send(cast.house, path, { headers: { cookie } })).status).toBe(401)
    }
  })

  it('becomes a token of the agent: it names the person, and opens nothing of theirs', async () => {
    const issued = await ask({ resource: cast.house.url })
    const token = issued.json.access_token ?? ''
    expect(claimsOf(token)).toMatchObject({ sub: id, client_id: id })
    expect(JSON.stringify({ ...claimsOf(token), authorization_details: [] })).not.toContain(cast.zoe.id)
    for (const path of [
      '/api/v1/me',
      '/api/v1/me/acting',
      '/api/v1/me/delegates',
      '/api/v1/people',
      '/api/v1/identities',
    ])
      expect((await send(cast.house, path, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
    const let_ = await post(cast.house, '/api/v1/me/delegates', token, JSON.stringify({ to: 'other', ...letting }))
    expect(let_.status).toBe(401)
    const right = await post(cast.house, `/api/v1/people/${cast.zoe.id}/rights`, token, '{}')
    expect(right.status).toBe(401)
  })

  it('is not carried on: what was opened with it is handed on under grants, and no further than she let it', async () => {
    const parent = await ask({ resource: cast.house.url })
    const form = {
      subject_token: parent.json.access_token ?? '',
      subject_token_type: typeOf('access_token'),
      authorization_details: JSON.stringify([{ ...wish, life_seconds: 60 }]),
    }
    expect((await refused(ask(form, other)))[1]).toBe('actor_unauthorized')
    await letAct(cast.house, agent.name, 'other', { ceiling: 'public' })
    const child = await ask(form, other)
    expect(claimsOf(child.json.access_token ?? '')).toMatchObject({
      sub: id,
      authorization_details: [{ on_behalf_of: cast.zoe.id }],
    })
    const { tokens } = cast.house.people.lin.client
    await cast.zoe.client.acting.endLet(grantId, 'It is enough')
    for (const heard of [parent, child])
      expect(await tokens.introspect(heard.json.access_token ?? '')).toEqual({ active: false })
    grantId = (await cast.zoe.client.acting.let({ to: agent.name, ...letting })).grant.id
  })

  it('lets only those workloads of the agent act that the person has said', async () => {
    const { acting } = cast.zoe.client
    await acting.endLet(grantId, 'For some of its workloads alone')
    for (const [takers, outcome] of [
      [{ issuers: ['https://production.example'] }, [400, 'actor_unauthorized', 'actor_unauthorized']],
      [{ minStrength: 'key-bound' }, [400, 'actor_unauthorized', 'actor_unauthorized']],
      [{ issuers: [cast.house.issuer.url], minStrength: 'bearer' }, [200, undefined, undefined]],
    ] as const) {
      const { grant } = await acting.let({ to: agent.name, ...letting, ...takers })
      const { status, json } = await ask()
      expect([status, json.error, json.code]).toEqual(outcome)
      await acting.endLet(grant.id, 'Done')
    }
    grantId = (await acting.let({ to: agent.name, ...letting })).grant.id
  })

  it('counts no more with the login, the right or the person gone', async () => {
    const { ada, lin } = cast.house.people
    const issued = await ask()
    expect(issued.status).toBe(200)
    const { rights } = await ada.client.people.rights(cast.zoe.id)
    for (const right of rights) await cast.zoe.client.people.endRight(cast.zoe.id, right.id, 'No more')
    expect(await lin.client.tokens.introspect(issued.json.access_token ?? '')).toEqual({ active: false })
    expect((await refused(ask()))[2]).toBe('scope_exceeded')
    await ada.client.logins.end(cast.zoe.id, cast.loginId, 'It is lost')
    expect((await refused(ask()))[2]).toBe('login_unknown')
  })
})
