import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'

/** What browsers say that they take when they go to an address. */
const BROWSERS = {
  Firefox: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  Chromium: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
} as const

/** The same of clients of the API, and of what pages load by scripts. */
const CLIENTS = ['*/*', 'application/json', 'application/json, text/html;q=0.1', 'application/problem+json, text/html']

describe('an address at which there is nothing', () => {
  let house: House
  beforeAll(async () => {
    house = await startHouse()
  })
  afterAll(async () => {
    await house.end(4)
  })

  it.each(Object.entries(BROWSERS))(
    'is a page to %s, as strict as all others, that says nothing back',
    async (_, accept) => {
      const pages = await send(house, '/discovered', { headers: { accept } })
      for (const path of [
        '/nowhere',
        '/%3Cb%3Enowhere?q=<b>nowhere',
        '/%',
        '/oauth/nowhere',
        '/api/v1/nowhere/nowhere',
      ]) {
        const { status, headers, text } = await send(house, path, { headers: { accept } })
        expect([path, status, headers.get('content-type')]).toEqual([path, 404, 'text/html; charset=utf-8'])
        expect(text).toMatch(/<h1>This cannot go on<\/h1>.*There is nothing at this address\..*route_unknown, req_/s)
        expect(text).not.toContain('nowhere')
        for (const name of ['content-security-policy', 'x-frame-options', 'referrer-policy', 'cache-control'])
          expect([name, headers.get(name)]).toEqual([name, pages.headers.get(name)])
      }
    },
  )

  it('is a page too where a browser goes to what only takes forms, as after the back button', async () => {
    const { status, headers, text } = await send(house, '/oauth/sign-in', { headers: { accept: BROWSERS.Firefox } })
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
    expect(text).toContain('<p>This address does not take this method.</p>')
  })

  it('is a problem of the table of errors to everybody else', async () => {
    for (const headers of [{}, ...CLIENTS.map((accept) => ({ accept }))]) {
      const heard = await send(house, '/nowhere', { headers })
      expect(heard).toMatchObject({
        status: 404,
        json: { code: 'route_unknown', type: 'urn:remit:error:route_unknown' },
      })
      expect(heard.headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
    }
  })

  it('is no worse than the console, which refuses by a page too', async () => {
    const { status, text } = await send(house, '/', { headers: { origin: 'https://elsewhere.example' } })
    expect([status, text]).toEqual([403, expect.stringContaining('<h1>This cannot go on</h1>')])
  })
})
