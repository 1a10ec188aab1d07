import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import type { Claims } from '../issuer/minted-keys.ts'
import { PLATFORM_TOKENS } from '../issuer/platform-tokens.ts'
import { approveIdentity, furnish, makeSummariser, problemOf } from './cast.ts'
import { sayAs } from './say-as.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
let house: House
let vendor: Issuer
let bare: Issuer

beforeAll(async () => {
  ;[vendor, bare] = await Promise.all([startIssuer(), startIssuer()])
  const adoption = { sponsor: 'Grace@example.org', purpose: 'summarise' }
  const row = { preset: 'vendor', vendor: 'acme', allowInsecureHttp: true }
  house = await startHouse(
    {},
    {
      issuers: [
        { issuer: vendor.url, adoption, discoveredMax: 3, ...row },
        { issuer: bare.url, ...row },
      ],
    },
  )
  await furnish(house)
})
afterAll(async () => {
  await house.end(30)
  await Promise.all([vendor.stop(), bare.stop()])
})

const mint = (claims: Claims = {}, issuer = vendor): Promise<string> =>
  issuer.mint({ ...PLATFORM_TOKENS.vendor.claims, aud: house.url, ...claims })

/** Shows a grant as the agent of a vendor does: by itself, without any client. */
async function show(assertion: string, form: Readonly<Record<string, string>> = {}) {
  const as = { issuer: house.url, token_endpoint: `${house.url}/oauth/token` }
  const asked = new URLSearchParams({ assertion, resource: `${house.url}/mcp/docs`, scope: 'task:tsk_none', ...form })
  const client = { client_id: 'none' }
  const answer = await oauth.genericTokenEndpointRequest(as, client, oauth.None(), jwtBearer, asked, {
    [oauth.allowInsecureRequests]: true,
  })
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> }
}

async function discovered(): Promise<readonly { readonly id: string; readonly vendor: string | null }[]> {
  return (await house.people.ada.client.identities.list({ state: 'discovered' })).identities
}

async function say(who: Somebody, ...words: readonly string[]): Promise<string> {
  const { code, said } = await sayAs(house, who, words)
  expect([code, said]).toEqual([0, said])
  return said
}

describe('an agent that a vendor hosts, and that nobody here has seen before', () => {
  it('is noted with its vendor and what the vendor says of it, and gets nothing', async () => {
    const { status, body } = await show(await mint())
    expect([status, body['error'], body['code']]).toEqual([400, 'invalid_grant', 'identity_unknown'])
    const [seen] = await discovered()
    expect(seen).toMatchObject({ vendor: 'acme', runtime: 'vendor', owner: null, foundAt: vendor.url })
    const { entry } = await house.people.ada.client.entries.show(Number(body['entry']))
    expect(entry.data['claims']).toEqual({
      name: 'Support triage',
      namespace: 'acme/support',
      groups: 'support',
      roles: 'responder',
      ctx: 'channel:C0123',
    })
    const shown = await say(house.people.ada, 'identity', 'show', seen?.id ?? '')
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(
      `in entry #${Number(body['entry'])}; unchecked, it says of itself: ctx "channel:C0123", groups "support", name "Support triage", `,
    )
    expect((await show(await mint())).body['code']).toBe('identity_inactive')
    expect(await discovered()).toHaveLength(1)
  })

  it('names us as audience, by our issuer, our token endpoint or both, and nobody beside', async () => {
    for (const aud of [[house.url, `${house.url}/oauth/token`], `${house.url}/oauth/token`, [house.url]])
      expect((await show(await mint({ aud }))).body['code']).toBe('identity_inactive')
    for (const aud of [
      [house.url, 'https://other.example'],
      'https://other.example',
      [],
      [house.url, house.url, house.url],
    ])
      expect((await show(await mint({ aud }))).body['code']).toBe('assertion_audience')
  })

  it('is known by issuer and subject together: a new name of it changes nothing, a new subject is another one', async () => {
    expect((await show(await mint({ name: 'Renamed', roles: ['admin'] }))).body['code']).toBe('identity_inactive')
    expect((await show(await mint({}, bare))).body['code']).toBe('identity_unknown')
    expect((await show(await mint({ sub: 'wimse://acme.agents.example/agent/7F3D9A2E' }))).body['code']).toBe(
      'identity_unknown',
    )
    expect(await discovered()).toHaveLength(3)
  })

  it('is told of only as often as its issuer may', async () => {
    await show(await mint({ sub: 'agent/third' }))
    const flood = await show(await mint({ sub: 'agent/fourth' }))
    expect(String(flood.body['error_description'])).toContain('too many unknown ones')
    expect(await discovered()).toHaveLength(4)
  })
})

describe('adopting it', () => {
  it('takes one word where the row of its issuer says the rest: who adopts it answers for it', async () => {
    const { ada, grace } = house.people
    const seen = (await discovered()).find((row) => 'foundAt' in row && row.foundAt === vendor.url)
    const name = (await ada.client.identities.show(seen?.id ?? '')).identity.name
    expect(await say(ada, 'identity', 'adopt', name)).toContain(`${name} is adopted`)
    const { identity, bindings } = await ada.client.identities.show(name)
    expect(identity).toMatchObject({
      state: 'draft',
      owner: ada.id,
      sponsor: grace.id,
      purpose: 'summarise',
      runtime: 'vendor',
      vendor: 'acme',
      kind: 'agent',
      autonomy: 'bounded',
      reach: 'team',
    })
    expect(bindings).toMatchObject([
      { kind: 'oidc', issuer: vendor.url, subject: PLATFORM_TOKENS.vendor.claims['sub'] },
    ])
  })

  it('is by what the adopter says, before what the row says', async () => {
    const { ada, lin } = house.people
    const seen = (await discovered()).find((row) => 'foundAt' in row && row.foundAt === vendor.url)
    const { identity } = await ada.client.identities.adopt(seen?.id ?? '', {
      name: 'own-name',
      sponsor: lin.id,
      reach: 'production',
    })
    expect(identity).toMatchObject({
      name: 'own-name',
      owner: ada.id,
      sponsor: lin.id,
      reach: 'production',
      vendor: 'acme',
    })
    expect(await problemOf(ada.client.identities.adopt('own-name'))).toMatchObject({
      code: 'transition_invalid',
      detail: 'An identity that is draft cannot be adopted.',
    })
  })

  it('is refused to the sponsor of the row, who would be both, and where nobody says the rest', async () => {
    const { ada, grace } = house.people
    const [mine, other] = ['vendor', 'bare'].map((from) => (from === 'vendor' ? vendor.url : bare.url))
    const found = await discovered()
    const at = (url: string | undefined) => found.find((row) => 'foundAt' in row && row.foundAt === url)?.id ?? ''
    expect((await problemOf(grace.client.identities.adopt(at(mine))))?.message).toContain('two people')
    const bareProblem = await problemOf(ada.client.identities.adopt(at(other)))
    expect(bareProblem).toMatchObject({
      code: 'request_invalid',
      facts: { missing: expect.arrayContaining(['owner', 'sponsor', 'purpose']) },
    })
  })

  it('is bound to no other identity, nor called as one, and whoever tries is told what to do', async () => {
    await show(await mint({ sub: 'agent-namesake' }))
    const id = (await discovered()).find((row) => 'foundAt' in row && row.foundAt === vendor.url)?.id ?? ''
    const { identities } = house.people.ada.client
    const taken = (await identities.list({ state: 'draft' })).identities[0]?.name ?? ''
    const proof = ['--preset', 'vendor', '--issuer', vendor.url, '--subject', 'agent-namesake']
    const bound = await sayAs(house, house.people.ada, ['identity', 'bind', taken, ...proof])
    expect([bound.code, bound.said]).toEqual([
      1,
      expect.stringMatching(/of unknown-\w+, which is discovered, .* Adopt that one/s),
    ])
    const { code, said } = await sayAs(house, house.people.ada, ['identity', 'adopt', id, '--name', taken])
    expect([code, said]).toEqual([1, expect.stringContaining('An identity of this name is in the register')])
    expect(await say(house.people.ada, 'identity', 'adopt', id, '--name', 'namesake')).toContain('namesake is adopted')
  })

  it('gives nothing by itself: entitled and approved it acts, by the grant of its vendor, and a cutoff of the vendor ends it', async () => {
    const { ada } = house.people
    const actor = makeSummariser(house, 'triage')
    const found = await ada.client.identities.list()
    const id = found.identities.find((row) => row.foundAt === vendor.url && row.state === 'draft')?.id ?? ''
    expect((await show(await mint())).status).toBe(400)
    for (const entitlement of actor.entitlements) await ada.client.identities.entitle(id, entitlement)
    await ada.client.identities.rehearse(id)
    await approveIdentity(house, id)
    const opened = await house.fetch(`${house.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await mint()}`, 'content-type': 'application/json' },
      body: JSON.stringify(actor.task),
    })
    const { task } = (await opened.json()) as { task: { id: string } }
    const given = await show(await mint(), { scope: `task:${task.id}` })
    expect(given).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
    expect(given.body['refresh_token']).toBeUndefined()
    await house.people.sam.client.cutoffs.make({ target: 'vendor', targetId: 'acme', because: 'It looks odd' })
    expect(await ada.client.tokens.introspect(String(given.body['access_token']))).toEqual({ active: false })
  })
})
