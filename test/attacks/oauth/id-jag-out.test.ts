import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askForGrant, castTwoHouses, showGrant, type TwoHouses } from '../../across/two-houses.ts'

let cast: TwoHouses
let grant: string
beforeAll(async () => {
  cast = await castTwoHouses()
  grant = String((await askForGrant(cast, await cast.openFor())).body['access_token'])
})
afterAll(() => cast.end())

describe('an ID-JAG that we made', () => {
  it('is honoured nowhere at home: no bearer, no subject, no grant, nothing to introspect', async () => {
    const { home } = cast
    const post = async (path: string, form: Readonly<Record<string, string>>, headers = {}): Promise<Response> =>
      home.fetch(`${home.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
    const forms = [
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: grant, resource: `${home.url}/mcp/docs` },
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: grant,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: `${home.url}/mcp/docs`,
        scope: 'task:tsk_x',
      },
    ]
    for (const form of forms) {
      const answer = await post('/oauth/token', form)
      expect([answer.status >= 400, Object.keys((await answer.json()) as object).includes('access_token')]).toEqual([
        true,
        false,
      ])
    }
    const bearer = await home.fetch(`${home.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grant}` },
    })
    expect(bearer.status).toBe(401)
    expect(await home.people.ada.client.tokens.introspect(grant)).toEqual({ active: false })
  })

  it('counts once at the other organisation', async () => {
    expect((await showGrant(cast, grant)).status).toBe(200)
    expect(await showGrant(cast, grant)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', code: 'assertion_replayed' },
    })
  })

  it('is refused there with a chain that is cut, spliced or reordered: it is signed as a whole', async () => {
    const fresh = String((await askForGrant(cast, await cast.openFor())).body['access_token'])
    const [header = '', body = '', signature = ''] = fresh.split('.')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
    const { act: _act, ...cut } = claims
    for (const forged of [
      cut,
      { ...claims, act: { iss: cast.home.url, sub: 'idn_other' } },
      { ...claims, sub: 'psn_other' },
    ]) {
      const text = Buffer.from(JSON.stringify(forged)).toString('base64url')
      expect(await showGrant(cast, `${header}.${text}.${signature}`)).toMatchObject({
        body: { code: 'assertion_signature' },
      })
    }
    expect((await showGrant(cast, fresh)).status).toBe(200)
  })

  it('stands in no log, neither here nor there', async () => {
    for (const house of [cast.home, cast.away]) {
      const { entries } = await house.people.lin.client.entries.list({ from: 0, limit: 200 })
      expect(JSON.stringify(entries)).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}\.eyJ/)
    }
  })
})
