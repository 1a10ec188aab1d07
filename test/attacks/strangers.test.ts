import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { createProofKey } from '../../sdk/dpop.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { openBrowser } from '../consent/browser.ts'
import { inviteReader, makeRequest } from '../consent/cast.ts'
import { startDocumentServer } from '../consent/document-server.ts'
import { type House, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { codeOf, furnish, makeSummariser } from '../scenarios/cast.ts'

describe('workloads that nobody has registered', () => {
  const discoveredMax = 3
  let issuer: Issuer
  let house: House

  beforeAll(async () => {
    issuer = await startIssuer()
    house = await startHouse({ issuers: [{ issuer: issuer.url, discoveredMax, allowInsecureHttp: true }] })
    await furnish(house)
  })
  afterAll(async () => {
    await house.end(1)
    await issuer.stop()
  })

  it('do not fill the register by coming all at once', async () => {
    const { task } = makeSummariser(house)
    const key = await createProofKey()
    const strangers = Array.from({ length: 12 }, (_, at) =>
      createAgent({
        baseUrl: house.url,
        assertion: () => issuer.mint({ sub: `stranger-${at}`, aud: house.url, jti: randomUUID() }),
        key,
        fetch: house.fetch,
      }),
    )
    const answers = await Promise.all(strangers.map((agent) => codeOf(agent.openTask(task))))
    expect(new Set(answers)).toEqual(new Set(['identity_unknown']))
    const { identities } = await house.people.lin.client.identities.list({ state: 'discovered' })
    expect(identities).toHaveLength(discoveredMax)
  })
})

describe('clients with documents that nobody has registered', () => {
  it('do not fill the register by being named all at once', async () => {
    const documents = await startDocumentServer()
    const house = await startHouse({
      clientDocuments: { allowInternal: true, caFile: documents.caFile },
      limits: { requestsPerSecond: 100_000 },
    })
    await furnish(house)
    const people = await Promise.all(
      Array.from({ length: LIMITS.discoveredMax / LIMITS.discoveredByPersonMax + 1 }, (_, at) =>
        inviteReader(house, `reader${at}@example.org`),
      ),
    )
    const browsers = people.map((person) => openBrowser(house, person))
    const redirect_uri = `${documents.origin}/back`
    const name = async (at: number, by: number): Promise<string> => {
      const client_id = `${documents.origin}/${at}.json`
      documents.serve(`/${at}.json`, {
        body: {
          client_id,
          client_name: `App ${at}`,
          redirect_uris: [redirect_uri],
          token_endpoint_auth_method: 'none',
        },
      })
      return (await browsers[by]?.visit(makeRequest(house, client_id, { redirect_uri }).url))?.page ?? ''
    }
    const { identities } = house.people.lin.client
    const count = async (): Promise<number> => {
      const first = await identities.list({ state: 'discovered' })
      const { next: after } = first
      return (
        first.identities.length +
        (after === null ? [] : (await identities.list({ state: 'discovered', after })).identities).length
      )
    }
    const each = LIMITS.discoveredByPersonMax
    await Promise.all(Array.from({ length: LIMITS.discoveredMax + 20 }, (_, at) => name(at, 0)))
    expect(await count()).toBe(each)
    expect(await name(1_000, 0)).toContain(`${each} unknown ones that you came with`)
    // whoever named so many takes no place from others
    for (const by of browsers.keys())
      await Promise.all(Array.from({ length: each }, (_, at) => name(2_000 + by * each + at, by)))
    expect(await count()).toBe(LIMITS.discoveredMax)
    expect(await name(9_000, browsers.length - 1)).toContain('too many unknown ones wait for a person already')
    await documents.stop()
    await house.end(LIMITS.discoveredMax)
  })
})

describe('somebody who has proved nothing', () => {
  it('is not told by the token endpoint which servers of others tokens are made for', async () => {
    const [known, unknown] = ['https://api.partner.example/v1', 'https://api.else.example/v1']
    const house = await startHouse({ resourceServers: [{ resource: known, identity: 'partner-api' }] })
    const ask = async (form: Record<string, string>): Promise<readonly [number, string]> => {
      const answer = await house.fetch(`${house.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
      return [answer.status, (await answer.text()).replace(/"entry":\d+/, '')]
    }
    const grants = [
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: 'x.y.z',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      },
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'x.y.z' },
      { grant_type: 'client_credentials', client_id: 'script', client_secret: 'rmk_x' },
    ]
    for (const grant of grants)
      for (const more of [{}, { scope: 'read' }, { scope: 'task:tsk_x' }])
        expect(await ask({ ...grant, ...more, resource: known })).toEqual(
          await ask({ ...grant, ...more, resource: unknown }),
        )
    await house.end(0)
  })
})
