import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_START_MS, startChromium } from '../chromium.ts'
import { type ConsentCast, castConsent, makeRequest } from '../consent/cast.ts'
import { type House, startHouse } from '../house.ts'
import { furnish } from '../scenarios/cast.ts'

/** A site of somebody else: it links to us, puts us into a frame, sends forms to us, and takes answers. */
interface Site {
  /** `localhost` is another site than 127.0.0.1, where we are. */
  readonly url: string
  readonly server: Server
  show(page: string): void
}

async function startSite(): Promise<Site> {
  let page = ''
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(request.url?.startsWith('/back') === true ? '<h1>Thank you</h1>' : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const show = (next: string): void => {
    page = next
  }
  return { url, server, show }
}

describe('a person with a real browser', () => {
  let house: House
  let cast: ConsentCast
  let site: Site
  let browser: Browser
  let page: Page
  const blocked: string[] = []

  beforeAll(async () => {
    browser = await startChromium()
    house = await startHouse()
    await furnish(house)
    cast = await castConsent(house, { redirectUris: ['http://localhost/back', 'http://[::1]/back'] })
    site = await startSite()
    page = await (await browser.newContext()).newPage()
    page.on('console', (message) => void blocked.push(message.text()))
  }, CHROMIUM_START_MS)
  afterAll(async () => {
    await browser.close()
    site.server.close()
    await house.end(30)
  })

  const asking = (more: Readonly<Record<string, string>> = {}): string =>
    makeRequest(house, cast.clientId, { redirect_uri: `${site.url}/back`, ...more }).url
  const quoted = (url: string): string => url.replaceAll('&', '&amp;')
  const follow = async (url: string): Promise<void> => {
    site.show(`<a id="go" href="${quoted(url)}">go</a>`)
    await page.goto(site.url)
    await page.click('#go')
  }

  it('is led from the application to sign-in, to the question, and back with a code', async () => {
    await follow(asking())
    const { link } = await house.people.ada.client.people.link(cast.zoe.id)
    await page.fill('input[name=link]', link)
    await page.click('button')
    await page.waitForSelector('button[value=allow]')
    expect(await page.innerText('h1')).toBe('May reading-app act for you at docs?')
    expect(await page.isChecked('input[name=tool_0]')).toBe(true)
    expect(await page.evaluate('getComputedStyle(document.querySelector(".warning")).borderLeftStyle')).toBe('solid')
    await page.click('button[value=allow]')
    await page.waitForSelector('h1:has-text("Thank you")')
    const answer = new URL(page.url()).searchParams
    expect([answer.get('code')?.slice(0, 4), answer.get('iss')]).toEqual(['rmc_', house.url])
    expect(blocked).toEqual([])
  })

  it('is still signed in when another site leads here again, and may say no', async () => {
    await follow(asking())
    await page.waitForSelector('button[value=deny]')
    await page.click('button[value=deny]')
    await page.waitForSelector('h1:has-text("Thank you")')
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied')
  })

  it('allows nothing by Enter in a field', async () => {
    await page.goto(asking())
    const before = page.url()
    await page.focus('input[name=tool_0]')
    await page.keyboard.press('Enter')
    await page.waitForTimeout(300)
    expect([page.url(), await page.isVisible('button[value=allow]')]).toEqual([before, true])
    await page.focus('button[value=allow]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('h1:has-text("Thank you")')
  })

  it('whose session ended meanwhile is told the way back to the question', async () => {
    await page.goto(asking())
    const cookies = await page.context().cookies()
    await page.context().clearCookies()
    await page.click('button[value=allow]')
    await page.waitForSelector('h1:has-text("This cannot go on")')
    expect(await page.innerText('main')).toContain('Go back to the page before this one: it asks you to sign in')
    await page.goBack()
    const { link } = await house.people.ada.client.people.link(cast.zoe.id)
    await page.fill('input[name=link]', `remit login ${link} --url ${house.url}`) // as an administrator gets it told
    await page.click('button')
    await page.waitForSelector('button[value=allow]')
    await page.context().addCookies(cookies)
  })

  it('is never asked inside of the page of another', async () => {
    site.show(`<iframe id="trap" src="${quoted(asking())}"></iframe>`)
    await page.goto(site.url)
    await expect.poll(() => blocked.join()).toContain("frame-ancestors 'none'")
    const inside = page.frames().filter((frame) => frame !== page.mainFrame())
    for (const frame of inside) expect(await frame.locator('button').count()).toBe(0)
  })

  it('says nothing by a form that another site sends', async () => {
    const before = (await house.people.ada.client.tasks.list({ identity: cast.identityId })).tasks.length
    await page.goto(asking())
    const seal = (await page.getAttribute('input[name=seal]', 'value')) ?? ''
    const fields = Object.entries({ seal, tool_0: 'docs/read_text_file', life: '900', decision: 'allow' })
    const inputs = fields.map(([name, value]) => `<input name="${name}" value="${value}">`).join('')
    site.show(`<form method="post" action="${house.url}/oauth/authorize">${inputs}<button>go</button></form>`)
    await page.goto(site.url)
    await page.click('button')
    await page.waitForSelector('h1')
    expect(await page.innerText('main, body')).toContain('origin')
    expect((await house.people.ada.client.tasks.list({ identity: cast.identityId })).tasks).toHaveLength(before)
  })
})
