import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofKey } from '../../sdk/dpop.ts'
import { askNonce } from '../attacks/intruder.ts'
import { openBrowser, readForm } from '../consent/browser.ts'
import { allow, BACK, codeIn, makeRequest, redeem } from '../consent/cast.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { approveIdentity, furnish, makeSummariser, prepare } from './cast.ts'

describe('a consent that takes more than one person', () => {
  let house: House
  let zoe: Somebody

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const { people } = house.people.ada.client
    const { link, person } = await people.add({ name: 'Zoe', email: 'zoe@example.org', roles: [] })
    const scope = [{ action: 'docs/*', resource: 'docs:*' }]
    await people.grantRight(person.id, {
      scope,
      classes: ['read', 'write'],
      ceiling: 'internal',
      reason: 'Hers',
      days: 3,
    })
    zoe = await house.signIn(link)
  })
  afterAll(async () => void (await house.end(40)))

  /** Registers a client that writes: to production it is T3, and with everything it may be T4. */
  async function registerWriter(name: string, more: { readonly approval: 'none' | 'each-call' }): Promise<string> {
    const base = makeSummariser(house, name)
    const write = { action: 'docs/write_file', resource: 'docs:public/*' }
    const terms = { ceiling: 'internal', reason: 'Its work', days: 30 } as const
    const id = await prepare(house, {
      ...base,
      profile: { ...base.profile, purpose: 'publish', reach: 'production' },
      entitlements: [...base.entitlements, { ...terms, scope: [write], classes: ['write'], approval: more.approval }],
    })
    await house.people.ada.client.clients.add({ identity: id, clientId: name, redirectUris: [BACK], server: 'docs' })
    await approveIdentity(house, id)
    return name
  }

  it('is not asked for where the agent was approved as it is made: no client says what runs', async () => {
    const { ada, grace } = house.people
    const id = await prepare(house, makeSummariser(house, 'made'))
    await ada.client.clients.add({ identity: id, clientId: 'made', redirectUris: [BACK], server: 'docs' })
    const { approval } = await ada.client.identities.submit(id, { model: 'm', promptDigest: null, toolsDigest: null })
    await grace.client.approvals.vote(approval.id, 'approve', 'It is known')
    const { status, page, location } = await openBrowser(house, zoe).visit(makeRequest(house, 'made').url)
    expect([status, location]).toEqual([403, null])
    expect(page).toContain('made was approved as it is made, and no client can say what runs.')
  })

  it('waits on a page that goes on by itself once somebody else has agreed', async () => {
    const clientId = await registerWriter('writer', { approval: 'each-call' })
    const key = await createProofKey()
    const request = makeRequest(house, clientId, { dpop_jkt: key.thumbprint })
    const browser = openBrowser(house, zoe)
    const { page } = await browser.visit(request.url)
    const words = page.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')
    expect(words).toContain('Beside you, another person has to agree before it begins.')
    expect(words).toContain('Add or change with write_file on docs:public/…. A person is asked before each call.')
    const click = () => browser.send('/oauth/authorize', { ...readForm(page), decision: 'allow' })
    const [waits] = await Promise.all([click(), click()])
    expect([waits.status, waits.page.includes('It waits for somebody else')]).toEqual([200, true])
    expect((await house.people.lin.client.approvals.list({ state: 'pending' })).approvals).toHaveLength(1)
    const next = /content="5;url=([^"]*)"/.exec(waits.page)?.[1]?.replace(/&amp;/g, '&') ?? ''
    const still = await browser.visit(`${house.url}${next}`)
    expect(still.page).toContain('It waits for somebody else')
    const [asked] = (await house.people.lin.client.approvals.list({ state: 'pending' })).approvals
    await house.people.lin.client.approvals.vote(asked?.id ?? '', 'approve', 'It may')
    // the page is for this question and this person alone
    const other = new URL(`${house.url}${next}`)
    other.searchParams.set('code_challenge', 'A'.repeat(43))
    expect((await browser.visit(other.href)).location).toBeNull()
    expect((await openBrowser(house, house.people.sam).visit(`${house.url}${next}`)).location).toBeNull()
    const done = await browser.visit(`${house.url}${next}`)
    expect([done.status, done.location?.host]).toEqual([303, 'app.example'])
    const shown = { client_id: clientId, code: codeIn(done), code_verifier: request.verifier, redirect_uri: BACK }
    const prove = async (nonce?: string): Promise<{ readonly dpop: string }> => ({
      dpop: await key.prove('POST', `${house.url}/oauth/token`, undefined, nonce),
    })
    // whoever is asked for a nonce comes again with the same code
    expect(await redeem(house, shown, await prove())).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } })
    const { status, body } = await redeem(house, shown, await prove(await askNonce(house, key)))
    expect([status, body['token_type'], body['scope']]).toEqual([200, 'DPoP', 'read write'])
  })

  it('tells the client that a key is needed, where its tier asks for one', async () => {
    const request = makeRequest(house, 'writer', { prompt: 'consent' })
    const given = await allow(house, zoe, request, (form) => ({ ...form, tool_1: '' }))
    const next = /content="5;url=([^"]*)"/.exec(given.page)?.[1]?.replace(/&amp;/g, '&') ?? ''
    const [asked] = (await house.people.lin.client.approvals.list({ state: 'pending' })).approvals
    await house.people.lin.client.approvals.vote(asked?.id ?? '', 'approve', 'It may')
    const code = codeIn(await openBrowser(house, zoe).visit(`${house.url}${next}`))
    const shown = { client_id: 'writer', code, code_verifier: request.verifier, redirect_uri: BACK }
    expect(await redeem(house, shown)).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
  })

  it('has nothing to ask of a person without rights, and says why', async () => {
    const { page, status } = await openBrowser(house, house.people.sam).visit(makeRequest(house, 'writer').url)
    expect([status, page.includes('you have no right to it yourself')]).toEqual([403, true])
    expect(page).toContain('href="https://app.example/back?error=invalid_scope')
  })
})
