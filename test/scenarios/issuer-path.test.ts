import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { openBrowser, readForm } from '../consent/browser.ts'
import { allow, castConsent, codeIn, makeRequest } from '../consent/cast.ts'
import { type House, startHouse } from '../house.ts'
import { furnish } from './cast.ts'

const insecure = { [oauth.allowInsecureRequests]: true } as const

/** A house behind a proxy that shares its host with others: what is below /iam is ours, and so is what is well known of that. */
describe('an issuer with a path', () => {
  let proxy: Server
  let house: House
  let issuer: string

  beforeAll(async () => {
    const inside = await findPort(0)
    proxy = createServer((asked, answer) => {
      const path = (asked.url ?? '').replace(/^\/iam(?=\/|$)/, '') || '/'
      const { method, headers } = asked
      const passed = request({ host: '127.0.0.1', port: inside, path, method, headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      })
      asked.pipe(passed)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/iam`
    house = await startHouse({ publicUrl: issuer, address: { host: '127.0.0.1', port: inside } })
  })
  afterAll(async () => {
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
    await house.end(0)
  })

  it('is found by both forms of discovery, by libraries that we did not write', async () => {
    const url = new URL(issuer)
    for (const algorithm of ['oauth2', 'oidc'] as const) {
      const found = await oauth.discoveryRequest(url, { algorithm, ...insecure })
      const server = await oauth.processDiscoveryResponse(url, found)
      expect([server.issuer, server.token_endpoint]).toEqual([issuer, `${issuer}/oauth/token`])
      const config = await openid.discovery(url, 'app', undefined, openid.None(), {
        algorithm,
        execute: [openid.allowInsecureRequests],
      })
      expect(config.serverMetadata().jwks_uri).toBe(`${issuer}/oauth/jwks`)
    }
  })

  it('is found at each of the places where an MCP client looks', async () => {
    const root = new URL(issuer).origin
    for (const place of [
      `${root}/.well-known/oauth-authorization-server/iam`,
      `${root}/.well-known/openid-configuration/iam`,
      `${issuer}/.well-known/openid-configuration`,
    ]) {
      const answer = await fetch(place)
      expect([answer.status, await answer.json()]).toMatchObject([200, { issuer }])
    }
  })

  it('says what protects its resources at the place of each (RFC 9728)', async () => {
    for (const path of ['', '/mcp/docs']) {
      const resource = new URL(`${issuer}${path}`)
      const found = await oauth.resourceDiscoveryRequest(resource, insecure)
      expect(await oauth.processResourceDiscoveryResponse(resource, found)).toMatchObject({
        resource: resource.href,
        authorization_servers: [issuer],
      })
    }
  })

  it('says where it decides, and a domain of it, under the identifier that it was looked up by (AuthZEN 1.0 section 9.2)', async () => {
    const root = `${new URL(issuer).origin}/.well-known/authzen-configuration`
    for (const [place, identifier, base] of [
      [`${root}/iam`, issuer, `${issuer}/access/v1`],
      [`${root}/iam/records`, `${issuer}/records`, `${issuer}/access/v1/domains/records`],
      [`${root}/iam/iam`, `${issuer}/iam`, `${issuer}/access/v1/domains/iam`],
      [`${issuer}/.well-known/authzen-configuration`, issuer, `${issuer}/access/v1`],
    ] as const) {
      const answer = await fetch(place)
      const told = { policy_decision_point: identifier, access_evaluation_endpoint: `${base}/evaluation` }
      expect([place, answer.status, await answer.json()]).toMatchObject([place, 200, told])
    }
    for (const path of ['iam/x/y', 'other/records', 'iamx/records', 'iam/Records'])
      expect([path, (await fetch(`${root}/${path}`)).status]).toEqual([path, 404])
  })

  it.each(['/other', '/iam/x', '/iamx', '/ia', '', '/iam/mcp', '/iam/mcp/docs/x', '/iam/mcp/nowhere', '/iam/../x'])(
    'says nothing of %j, which is not its own',
    async (path) => {
      const root = new URL(issuer).origin
      for (const name of ['oauth-authorization-server', 'openid-configuration', 'oauth-protected-resource']) {
        const answer = await fetch(`${root}/.well-known/${name}${path === '' ? '/' : path}`)
        expect([name, answer.status]).toEqual([name, 404])
      }
    },
  )

  describe('leads people to its own pages', () => {
    const signIn = async (path: string, personId: string): Promise<readonly unknown[]> => {
      const browser = openBrowser({ url: issuer, fetch: house.fetch }, null)
      const { page } = await browser.visit(`${issuer}${path}`)
      const { link } = await house.people.ada.client.people.link(personId)
      const { location } = await browser.send('/oauth/sign-in', { ...readForm(page), link })
      const after = await browser.visit(location?.href ?? '')
      return [actionsOf(page), location?.pathname, actionsOf(after.page)]
    }
    const actionsOf = (page: string): readonly unknown[] => [
      ...new Set([...page.matchAll(/<form [^>]*action="([^"]*)"/g)].map(([, action]) => action)),
    ]

    it('from sign-in to what an application asks, and from there back to it', async () => {
      await furnish(house)
      const cast = await castConsent(house)
      const request = makeRequest({ url: issuer }, cast.clientId)
      const path = request.url.slice(issuer.length)
      expect(await signIn(path, cast.zoe.id)).toMatchObject([
        ['/iam/oauth/sign-in'],
        '/iam/oauth/authorize',
        ['/iam/oauth/authorize'],
      ])
      expect(codeIn(await allow({ ...house, url: issuer }, cast.zoe, request))).toMatch(/^rmc_/)
    })

    it('from sign-in to what has no owner, and once that is adopted', async () => {
      const sub = 'workload:found'
      const headers = { authorization: `Bearer ${await house.issuer.mint({ sub, aud: issuer })}` }
      await house.fetch(`${issuer}/api/v1/tasks`, { method: 'POST', headers })
      expect(await signIn('/discovered', house.people.ada.id)).toEqual([
        ['/iam/oauth/sign-in'],
        '/iam/discovered',
        ['/iam/discovered'],
      ])
      const browser = openBrowser({ url: issuer, fetch: house.fetch }, house.people.ada)
      const form = readForm((await browser.visit(`${issuer}/discovered`)).page)
      const said = { ...form, name: 'found', sponsor: house.people.grace.id, purpose: 'summarise' }
      const { location } = await browser.send('/discovered', said)
      expect(location?.pathname).toBe('/iam/discovered')
    })

    it('from a page of another site, by a page that comes back to itself', async () => {
      const { page } = await openBrowser({ url: issuer, fetch: house.fetch }, null).visit(`${issuer}/discovered`, {
        'sec-fetch-site': 'cross-site',
      })
      expect(page).toContain('<a href="/iam/discovered">Go on</a>')
    })

    it.each(['', '/'])('from the console at the issuer%s, which names none from the root of the host', async (end) => {
      const at = `${issuer}${end}`
      const { page } = await openBrowser({ url: issuer, fetch: house.fetch }, null).visit(at)
      const hrefs = [...page.matchAll(/<a href="([^"]*)"/g)].map(([, href = '']) => new URL(href, at).pathname)
      expect(hrefs.length).toBeGreaterThan(3)
      expect(hrefs.filter((path) => !path.startsWith('/iam/'))).toEqual([])
      for (const path of hrefs) expect([path, (await house.fetch(new URL(path, issuer))).status]).toEqual([path, 200])
    })
  })
})
