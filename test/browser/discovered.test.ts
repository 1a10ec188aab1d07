import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { CHROMIUM_START_MS, startChromium } from '../chromium.ts'
import { openBrowser, readForm } from '../consent/browser.ts'
import { makeRequest } from '../consent/cast.ts'
import { type DocumentServer, startDocumentServer } from '../consent/document-server.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { PLATFORM_TOKENS } from '../issuer/platform-tokens.ts'
import { furnish } from '../scenarios/cast.ts'

/** The issuers of three vendors: what the agents of two are is said in their rows, those of `other` are strangers. */
let known: Issuer
let late: Issuer
let other: Issuer
let documents: DocumentServer
let house: House
let browser: Browser
let page: Page
const blocked: string[] = []

beforeAll(async () => {
  const issuers = [startIssuer(), startIssuer(), startIssuer()] as const
  ;[known, late, other, documents] = await Promise.all([...issuers, startDocumentServer()])
  const row = { preset: 'vendor', vendor: 'acme', allowInsecureHttp: true }
  const adoption = { sponsor: 'Grace@example.org', purpose: 'summarise' }
  house = await startHouse(
    { clientDocuments: { allowInternal: true, caFile: documents.caFile } },
    {
      issuers: [
        { issuer: known.url, adoption, ...row },
        { issuer: late.url, adoption: { sponsor: 'zoe@example.org', purpose: 'zoology' }, ...row },
        { issuer: other.url, ...row },
      ],
    },
  )
  await furnish(house)
  browser = await startChromium()
  page = await (await browser.newContext()).newPage()
  page.on('console', (message) => void blocked.push(message.text()))
}, CHROMIUM_START_MS)
afterAll(async () => {
  await browser.close()
  await house.end(20)
  await Promise.all([known, late, other, documents].map((each) => each.stop()))
})

/** Lets a workload that nobody knows show itself, and gives its identity. */
async function show(issuer: Issuer, sub: string): Promise<string> {
  const assertion = await issuer.mint({ ...PLATFORM_TOKENS.vendor.claims, aud: house.url, sub })
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const form = { grant_type, assertion, scope: 'task:tsk_none', resource: `${house.url}/mcp/docs` }
  const answer = await house.fetch(`${house.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { identities } = await house.people.ada.client.identities.list({ state: 'discovered' })
  return identities.at(-1)?.id ?? expect.unreachable(await answer.text())
}

const linkFor = async ({ id }: Somebody): Promise<string> => (await house.people.ada.client.people.link(id)).link
const shown = async (id: string) => (await house.people.ada.client.identities.show(id)).identity

describe('an agent that nobody registered, for a person with a real browser', () => {
  it('is one click from adoption, where the row of its issuer says the rest', async () => {
    const id = await show(known, 'agent/one')
    const { name } = await shown(id)
    await page.goto(`${house.url}/`)
    await page.click('a[href$="/discovered"]')
    await page.fill('input[name=link]', await linkFor(house.people.ada))
    await page.click('button')
    await page.waitForSelector('h2')
    expect(await page.innerText('section')).toContain(`It proved itself as “agent/one” by oidc at ${known.url}`)
    await page.click('section button')
    await page.waitForSelector('.warning')
    const told = await page.innerText('main')
    expect(told).toContain(`${name} is a draft now, and you answer for it.`)
    expect(told).toContain(`remit identity submit ${name} puts it up for approval, or says what is missing.`)
    expect(await page.locator('section').count()).toBe(0)
    expect(await shown(id)).toMatchObject({
      state: 'draft',
      owner: house.people.ada.id,
      sponsor: house.people.grace.id,
      purpose: 'summarise',
      vendor: 'acme',
    })
    expect(blocked).toEqual([])
  })

  it('asks for what no row says, before it is adopted', async () => {
    const id = await show(other, 'agent/two')
    await page.goto(`${house.url}/discovered`)
    await page.click('section button')
    expect(await page.evaluate('document.querySelectorAll("select:invalid").length')).toBe(2)
    expect((await shown(id)).state).toBe('discovered')
    await page.selectOption('select[name=sponsor]', house.people.lin.id)
    await page.selectOption('select[name=purpose]', 'summarise')
    await page.selectOption('select[name=reach]', 'production')
    await page.fill('input[name=name]', 'second-agent')
    await page.click('section button')
    await page.waitForSelector('.warning')
    expect(await shown(id)).toMatchObject({
      state: 'draft',
      name: 'second-agent',
      sponsor: house.people.lin.id,
      reach: 'production',
    })
  })

  it('says nothing of itself but as text in quotation marks', async () => {
    await show(other, '”<img src=x onerror=alert(1)>” is yours')
    await page.goto(`${house.url}/discovered`)
    expect(await page.innerText('section')).toContain('“<img src=x onerror=alert(1)> is yours” by oidc')
    expect(await page.locator('img').count()).toBe(0)
  })

  it('goes beyond no screen, however long what it is called is and whoever is there to answer', async () => {
    const { people } = house.people.ada.client
    const name = 'a person whose name is as long as that of the whole department that they are of'
    await people.add({ name, email: `${'x'.repeat(60)}@${'y'.repeat(50)}.example.org`, roles: ['owner'] })
    await show(other, 'x'.repeat(150))
    for (const width of [320, 1400]) {
      await page.setViewportSize({ width, height: 700 })
      await page.goto(`${house.url}/discovered`)
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    }
  })

  it('is told apart from one that calls itself the same but for what cannot be seen', async () => {
    const { name } = await shown(await show(other, 'agent/tw\u0301o'))
    await page.goto(`${house.url}/discovered`)
    expect(await page.innerText('section:last-of-type')).toContain(
      `“agent/two” by oidc at ${other.url}. That is not all of it: remit identity show ${name} says the rest.`,
    )
  })

  it('is said to have proved nothing, where it is an application that somebody was led here by', async () => {
    const client_id = `${documents.origin}/app.json`
    documents.serve('/app.json', {
      body: { client_id, client_name: 'App', redirect_uris: [`${documents.origin}/back`] },
    })
    await openBrowser(house, house.people.lin).visit(
      makeRequest(house, client_id, { redirect_uri: `${documents.origin}/back` }).url,
    )
    await page.goto(`${house.url}/discovered`)
    const said = await page.innerText('section:last-of-type')
    expect(said).toContain(
      `It is an application that asked to act for a person, as “${client_id}”, and has proved nothing.`,
    )
    expect(await page.innerText('main > p')).not.toContain('proved')
  })

  it('is said to prove itself no more, where its binding was ended', async () => {
    const id = await show(other, 'agent/ended')
    const { client } = house.people.ada
    const [binding] = (await client.identities.show(id)).bindings
    await client.identities.endBinding(id, binding?.id ?? '', 'Not ours')
    await page.goto(`${house.url}/discovered`)
    expect(await page.innerText('section:last-of-type')).toContain('That was ended, and proves it no more.')
  })
})

describe('adopting by a form', () => {
  it('is for who may adopt, and whose session lives', async () => {
    const id = await show(other, 'agent/three')
    const form = { identity: id, sponsor: house.people.grace.id, purpose: 'summarise', kind: 'agent' }
    const whole = { ...form, autonomy: 'bounded', reach: 'team' }
    const sam = openBrowser(house, house.people.sam)
    expect(await sam.visit(`${house.url}/discovered`)).toMatchObject({ status: 403 })
    expect((await sam.send('/discovered', whole)).status).toBe(403)
    expect((await openBrowser(house, null).send('/discovered', whole)).status).toBe(401)
    expect((await openBrowser(house, { session: 'rms_none' }).send('/discovered', whole)).status).toBe(401)
    expect((await shown(id)).state).toBe('discovered')
  })

  it('is never done by another site', async () => {
    const ada = openBrowser(house, house.people.ada)
    const { page: asked } = await ada.visit(`${house.url}/discovered`)
    const form = { ...readForm(asked), sponsor: house.people.grace.id, purpose: 'summarise' }
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}])
      expect((await ada.send('/discovered', form, headers)).status).toBe(403)
  })

  it.each([
    ['nobody as sponsor', { sponsor: 'psn_nobody' }, 400, 'sponsor'],
    ['themselves as sponsor', { sponsor: 'ada' }, 400, 'Owner and sponsor must be two people'],
    ['no purpose', { purpose: '' }, 400, 'purpose'],
    ['a purpose that is none', { purpose: 'world-peace' }, 400, 'purpose'],
    ['a reach that is none', { reach: 'moon' }, 400, 'reach'],
    ['a name that is none', { name: 'Two Words' }, 400, 'name: must be 1 to 100 of a-z, 0-9, ., _, -'],
    ['more than the form has', { owner: 'psn_mallory' }, 400, 'owner'],
    ['an identity that is none', { identity: 'idn_none' }, 404, 'There is no such identity'],
  ])('with %s is refused in plain words', async (_, change, status, words) => {
    const ada = openBrowser(house, house.people.ada)
    const { page: asked } = await ada.visit(`${house.url}/discovered`)
    const form = { ...readForm(asked), sponsor: house.people.grace.id, purpose: 'summarise', ...change }
    const sent = form.sponsor === 'ada' ? { ...form, sponsor: house.people.ada.id } : form
    const answer = await ada.send('/discovered', sent)
    expect([answer.status, answer.page]).toEqual([status, expect.stringContaining(words)])
  })

  it('adopts once: sent again it says that it was', async () => {
    const ada = openBrowser(house, house.people.ada)
    const { page: asked } = await ada.visit(`${house.url}/discovered`)
    const form = { ...readForm(asked), sponsor: house.people.grace.id, purpose: 'summarise' }
    const done = await ada.send('/discovered', form)
    expect([done.status, done.location?.pathname]).toEqual([303, '/discovered'])
    const again = await ada.send('/discovered', form)
    expect([again.status, again.page]).toEqual([409, expect.stringContaining('load it again: it shows what is so now')])
    const elsewhere = await openBrowser(house, house.people.grace).visit(String(done.location))
    expect(elsewhere.page).not.toContain('is a draft now')
  })

  it('offers whom and what the row of its issuer names, however many others there are', async () => {
    const { people, catalogue } = house.people.ada.client
    const add = async (name: string, code: string): Promise<string> => {
      await catalogue.definePurpose({ code, title: 'Reading', classes: ['read'], ceiling: 'internal' })
      return (await people.add({ name, email: `${name}@example.org`, roles: [] })).person.id
    }
    for (let at = 0; at < LIMITS.pageRowsMax; at++) await add(`somebody-${at}`, `a-${at}`)
    const zoe = await add('zoe', 'zoology')
    const id = await show(late, 'agent/late')
    const { page: asked } = await openBrowser(house, house.people.ada).visit(`${house.url}/discovered`)
    expect(readForm(asked)).toMatchObject({ identity: id, sponsor: zoe, purpose: 'zoology' })
  })

  it('shows twenty at once, and leads to the rest', async () => {
    for (let at = 0; at < 21; at += 1) await show(other, `agent/many-${at}`)
    const ada = openBrowser(house, house.people.ada)
    const { page: first } = await ada.visit(`${house.url}/discovered`)
    const next = /href="(\/discovered\?after=[^"]+)"/.exec(first)?.[1] ?? ''
    const { page: rest } = await ada.visit(`${house.url}${next}`)
    const { identities } = await house.people.ada.client.identities.list({ state: 'discovered' })
    const ids = [first, rest].map((each) => [...each.matchAll(/name="identity" value="([^"]+)"/g)].map(([, id]) => id))
    expect(ids[0]).toHaveLength(20)
    expect(ids.flat()).toEqual(identities.map(({ id }) => id))
    expect(rest).not.toContain('More of them')
    // a page holds a form for each: a link that leads to more of them at once would hold everybody up
    expect(await ada.visit(`${house.url}/discovered?limit=200`)).toMatchObject({ status: 400 })
  })
})
