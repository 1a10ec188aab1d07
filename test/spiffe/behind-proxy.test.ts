import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { makeSelfSigned } from '../issuer/certificates.ts'
import { approveIdentity, furnish, makeSummariser, prepare } from '../scenarios/cast.ts'

describe('a house behind a proxy that asks for certificates', () => {
  const agent = makeSelfSigned()
  let house: House
  beforeAll(async () => {
    house = await startHouse({
      trustedProxies: ['127.0.0.1'],
      mtls: { clientCertHeader: true, publicUrl: 'https://mtls.example' },
    })
    await furnish(house)
    const binding = { kind: 'certificate', issuer: 'self', subject: agent.thumbprint, claims: {}, keys: [] } as const
    await approveIdentity(house, await prepare(house, { ...makeSummariser(house), binding }))
  })
  afterAll(async () => {
    await house.end(20)
  })

  const open = async (headers: Readonly<Record<string, string>>): Promise<[number, { code?: string }]> => {
    const body = JSON.stringify({ ...makeSummariser(house).task, ticket: null })
    const answer = await house.fetch(`${house.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    return [answer.status, (await answer.json()) as { code?: string }]
  }

  it('knows a workload by what the proxy says', async () => {
    expect(await open({ 'client-cert': `:${agent.der.toString('base64')}:` })).toMatchObject([201, {}])
    expect(await open({})).toMatchObject([401, { code: 'authentication_missing' }])
    expect(await open({ 'client-cert': 'nonsense' })).toMatchObject([400, { code: 'request_invalid' }])
    expect(await open({ 'client-cert': `:${makeSelfSigned().der.toString('base64')}:` })).toMatchObject([
      401,
      { code: 'issuer_unknown' },
    ])
  })

  it('names the address of the proxy in its metadata', async () => {
    const answer = await house.fetch(`${house.url}/.well-known/oauth-authorization-server`)
    expect(await answer.json()).toMatchObject({
      mtls_endpoint_aliases: { token_endpoint: 'https://mtls.example/oauth/token' },
    })
  })
})
