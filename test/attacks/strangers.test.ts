import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { createProofKey } from '../../sdk/dpop.ts'
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
