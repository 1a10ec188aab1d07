import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPort } from '../../cli/demo/port.ts'
import { type House, startHouse } from '../house.ts'

const insecure = { [oauth.allowInsecureRequests]: true } as const

/** A house behind a proxy that shares its host with others: what is below /iam is ours, and so is what is well known of that. */
describe('an issuer with a path', () => {
  let proxy: Server
  let house: House
  let issuer: string

  beforeAll(async () => {
    const inside = await findPort(0)
    proxy = createServer((asked, answer) => {
      const path = (asked.url ?? '').replace(/^\/iam(?=\/)/, '')
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
})
