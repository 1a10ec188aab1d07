import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow, BACK, type ConsentCast, castConsent } from '../consent/cast.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from './cast.ts'

describe('openid-client, for a person', () => {
  let house: House
  let cast: ConsentCast
  let config: openid.Configuration

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    cast = await castConsent(house)
    config = await openid.discovery(new URL(house.url), cast.clientId, undefined, openid.None(), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: (url, init) => house.fetch(url, init as RequestInit),
    })
  })
  afterAll(async () => void (await house.end(40)))

  const resource = (): string => `${house.url}/mcp/docs`

  /** Has Zoe say yes; gives the address that she comes back by, and what its code is checked by. */
  async function beAllowed(): Promise<{ readonly answered: URL; readonly checks: { pkceCodeVerifier: string } }> {
    const verifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: BACK,
      resource: resource(),
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      prompt: 'consent',
    })
    const { location } = await allow(house, cast.zoe, { url: url.href })
    return { answered: new URL(location ?? BACK), checks: { pkceCodeVerifier: verifier } }
  }

  it('gets a code by PKCE and a token that is bound to its key', async () => {
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    const verifier = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: BACK,
      resource: resource(),
      scope: 'read',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      dpop_jkt: await DPoP.calculateThumbprint(),
    })
    const { location } = await allow(house, cast.zoe, { url: url.href })
    const checks = { pkceCodeVerifier: verifier, expectedState: state }
    const more = { resource: resource() }
    const token = await openid.authorizationCodeGrant(config, location ?? new URL(BACK), checks, more, { DPoP })
    expect(token).toMatchObject({ token_type: 'dpop', scope: 'read' })
    const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
    const headers = new Headers({
      'content-type': 'application/json',
      accept: 'application/json',
      'mcp-protocol-version': '2025-11-25',
    })
    const shown = [config, token.access_token, new URL(resource()), 'POST', list, headers, { DPoP }] as const
    const answer = await openid.fetchProtectedResource(...shown)
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { result: { tools: [{ name: 'read_text_file' }] } },
    ])
  })

  it('does not take an answer of another server for ours (RFC 9207)', async () => {
    const { answered, checks } = await beAllowed()
    for (const change of [
      (to: URL) => to.searchParams.delete('iss'),
      (to: URL) => to.searchParams.set('iss', 'https://evil.example'),
    ]) {
      const changed = new URL(answered)
      change(changed)
      await expect(openid.authorizationCodeGrant(config, changed, checks)).rejects.toMatchObject({
        code: 'OAUTH_INVALID_RESPONSE',
      })
    }
    await openid.authorizationCodeGrant(config, answered, checks)
  })

  it('takes back its own token by its name alone, bound to a key or not, and none of another client (RFC 7009)', async () => {
    const take = async (DPoP?: openid.DPoPHandle): Promise<string> => {
      const { answered, checks } = await beAllowed()
      const more = DPoP === undefined ? {} : { DPoP }
      const token = await openid.authorizationCodeGrant(config, answered, checks, {}, more)
      return token.access_token
    }
    const isActive = async (token: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${house.people.sam.session}` }
      const body = new URLSearchParams({ token })
      const answer = await house.fetch(`${house.url}/oauth/introspect`, { method: 'POST', headers, body })
      return ((await answer.json()) as { active: unknown }).active
    }
    const bound = await take(openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256')))
    const tokens = [await take(), bound]
    for (const token of tokens) {
      await openid.tokenRevocation(config, token)
      expect(await isActive(token)).toBe(false)
      await openid.tokenRevocation(config, token)
    }
    const agent = makeSummariser(house)
    await register(house, agent)
    const foreign = (await agent.agent.exchange(await openTask(house, agent), agent.agent.gatewayUrl('docs'))).value
    await openid.tokenRevocation(config, foreign)
    await openid.tokenRevocation(config, 'none')
    expect(await isActive(foreign)).toBe(true)
    const nobody = new URLSearchParams({ token: foreign, client_id: agent.name })
    expect((await house.fetch(`${house.url}/oauth/revoke`, { method: 'POST', body: nobody })).status).toBe(401)
  })

  it('lets go of everything once the person ends what acts for them, whatever roles they have', async () => {
    const { acting } = cast.zoe.client
    const { tasks } = await acting.list()
    expect(tasks.length).toBeGreaterThanOrEqual(2)
    for (const { id } of tasks) await acting.end(id, 'I am done')
    expect((await acting.list()).tasks).toEqual([])
  })
})
