import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofKey, type ProofKey } from '../../../sdk/dpop.ts'
import { openBrowser } from '../../consent/browser.ts'
import {
  allow,
  BACK,
  type ConsentCast,
  castConsent,
  codeIn,
  type MadeRequest,
  makeRequest,
  redeem,
} from '../../consent/cast.ts'
import { type House, startHouse } from '../../house.ts'
import { furnish } from '../../scenarios/cast.ts'
import { askNonce } from '../intruder.ts'

describe('somebody who got hold of a code', () => {
  let house: House
  let cast: ConsentCast
  let other: ConsentCast

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    cast = await castConsent(house)
    other = await castConsent(house, { name: 'other-app', redirectUris: [BACK] })
  })
  afterAll(async () => {
    await house.end(40)
  })

  const asking = (more: Readonly<Record<string, string | undefined>> = {}): MadeRequest =>
    makeRequest(house, cast.clientId, { prompt: 'consent', ...more })

  /** A code, with all that its client would show with it, and the task behind it. */
  async function consented(more: Readonly<Record<string, string | undefined>> = {}): Promise<{
    readonly good: Readonly<Record<string, string>>
    readonly taskId: string
  }> {
    const request = asking(more)
    const code = codeIn(await allow(house, cast.zoe, request))
    const { tasks } = await house.people.ada.client.tasks.list({ identity: cast.identityId, state: 'living' })
    const newest = [...tasks].sort((x, y) => (x.id < y.id ? 1 : -1))[0]
    const good = { client_id: cast.clientId, code, code_verifier: request.verifier, redirect_uri: BACK }
    return { good, taskId: newest?.id ?? '' }
  }
  const stateOf = async (taskId: string): Promise<string> =>
    (await house.people.ada.client.tasks.show(taskId)).task.state

  it.each([
    ['as another client', () => ({ client_id: other.clientId })],
    ['without what only its client knows', () => ({ code_verifier: 'x'.repeat(43) })],
    ['for another address', () => ({ redirect_uri: 'http://127.0.0.1/back' })],
  ] as const)('shows it %s: nobody gets anything, and the task is over', async (_, change) => {
    const { good, taskId } = await consented()
    expect(await redeem(house, { ...good, ...change() })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    expect(await stateOf(taskId)).toBe('revoked')
    expect(await redeem(house, good)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('shows it after its client did: what the client got ends too', async () => {
    const { good, taskId } = await consented()
    const { body } = await redeem(house, good)
    const token = String(body['access_token'])
    const { tokens } = house.people.lin.client
    expect(await tokens.introspect(token)).toMatchObject({ active: true })
    const again = await redeem(house, good)
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant', code: 'code_invalid' } })
    expect([await stateOf(taskId), await tokens.introspect(token)]).toEqual(['revoked', { active: false }])
    const { entry } = await house.people.lin.client.entries.show(Number(again.body['entry']))
    expect(entry).toMatchObject({ kind: 'refusal', data: { code: 'code_invalid', identityId: cast.identityId } })
  })

  it('shows it a thousand times at once: one answer at most is a token, and in the end nothing counts', async () => {
    const { good, taskId } = await consented()
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => redeem(house, good)))
    const tokens = answers.flatMap(({ body }) =>
      typeof body['access_token'] === 'string' ? [body['access_token']] : [],
    )
    expect(tokens.length).toBeLessThanOrEqual(1)
    expect(await stateOf(taskId)).toBe('revoked')
    for (const token of tokens)
      expect(await house.people.lin.client.tokens.introspect(token)).toEqual({ active: false })
    const refused = new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body['code']))
    expect(
      [...refused].every((code) =>
        ['code_invalid', 'rate_limited', 'task_not_active', 'conflict'].includes(String(code)),
      ),
    ).toBe(true)
  })

  it('leaves PKCE out, or makes it plain, on the way in as on the way out', async () => {
    for (const change of [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge_method: undefined },
      { code_challenge_method: 'plain' },
      { code_challenge: 'short' },
    ]) {
      const { location } = await openBrowser(house, cast.zoe).visit(asking(change).url)
      expect(Object.fromEntries(location?.searchParams ?? [])).toMatchObject({
        error: 'invalid_request',
        iss: house.url,
      })
    }
    const { good, taskId } = await consented()
    expect(await redeem(house, { ...good, code_verifier: undefined })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
    expect(await stateOf(taskId)).toBe('active')
    // what would verify if the challenge itself were taken for the verifier
    const plain = makeRequest(house, cast.clientId).query['code_challenge'] ?? ''
    expect(await redeem(house, { ...good, code_verifier: plain })).toMatchObject({ body: { error: 'invalid_grant' } })
  })

  it('asks for a token for another resource, or for the house', async () => {
    const { good, taskId } = await consented()
    for (const resource of [house.url, `${house.url}/mcp/everything`])
      expect(await redeem(house, { ...good, resource })).toMatchObject({
        status: 400,
        body: { error: 'invalid_target' },
      })
    expect(await stateOf(taskId)).toBe('active')
    const { body } = await redeem(house, { ...good, resource: `${house.url}/mcp/docs` })
    const told = await house.people.lin.client.tokens.introspect(String(body['access_token']))
    expect(told).toMatchObject({ active: true, aud: `${house.url}/mcp/docs` })
  })

  it('asks for less than was consented to, which nobody hears, and gets nothing before it leaves that out', async () => {
    const { good } = await consented()
    const details = JSON.stringify([{ type: 'urn:remit:task', task_id: 'tsk_1' }])
    expect(await redeem(house, { ...good, authorization_details: details })).toMatchObject({
      status: 400,
      body: { error: 'invalid_authorization_details', code: 'details_invalid' },
    })
    expect((await redeem(house, good)).status).toBe(200)
  })

  it('has another key than the one that was named', async () => {
    const [named, own] = [await createProofKey(), await createProofKey()]
    const prove = async (key: ProofKey): Promise<Readonly<Record<string, string>>> => ({
      dpop: await key.prove('POST', `${house.url}/oauth/token`, undefined, await askNonce(house, key)),
    })
    const { good } = await consented({ dpop_jkt: named.thumbprint })
    expect(await redeem(house, good, await prove(own))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const bound = await consented({ dpop_jkt: named.thumbprint })
    expect(await redeem(house, bound.good, await prove(named))).toMatchObject({
      status: 200,
      body: { token_type: 'DPoP' },
    })
    const bare = await consented({ dpop_jkt: named.thumbprint })
    expect(await redeem(house, bare.good)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('makes one up', async () => {
    const { good, taskId } = await consented()
    for (const code of ['rmc_', `rmc_${'A'.repeat(43)}`, "rmc_' or 1=1 --", `${good['code'] ?? ''}x`, '\u0000'])
      expect(await redeem(house, { ...good, code })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await stateOf(taskId)).toBe('active')
  })
})
