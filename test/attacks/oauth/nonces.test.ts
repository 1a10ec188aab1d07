import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofKey, type ProofKey } from '../../../sdk/dpop.ts'
import { createTokenFetch } from '../../../sdk/token-fetch.ts'
import { type House, startHouse } from '../../house.ts'
import { sendRaw } from '../../http/raw.ts'
import { type Actor, furnish, makeReleaser, openTask, register } from '../../scenarios/cast.ts'
import { askNonce, type Heard, send, sendProven } from '../intruder.ts'

let house: House
let releaser: Actor
let taskId: string
let key: ProofKey

beforeAll(async () => {
  house = await startHouse({ dpopNonces: 'all' })
  await furnish(house)
  releaser = await makeReleaser(house)
  await register(house, releaser)
  taskId = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
  key = await createProofKey()
})
afterAll(async () => void (await house.end()))

const exchange = async (proof: string, assertion?: string): Promise<Heard> =>
  send(house, '/oauth/token', {
    method: 'POST',
    headers: { dpop: proof },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: assertion ?? (await releaser.assertion()),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${house.url}/mcp/docs`,
      authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
    }),
  })
const prove = (nonce?: string, by = key): Promise<string> =>
  by.prove('POST', `${house.url}/oauth/token`, undefined, nonce)
const wants = { status: 400, json: { error: 'use_dpop_nonce' } }

describe('a proof that was made before its time', () => {
  it('has no nonce that counts, whoever made it, and nothing is spent or recorded for it', async () => {
    const assertion = await releaser.assertion()
    const { size } = await house.people.lin.client.entries.list({ limit: 1 })
    for (const nonce of [undefined, '', 'made.up', await askNonce(house, await createProofKey())])
      expect(await exchange(await prove(nonce), assertion)).toMatchObject(wants)
    expect((await house.people.lin.client.entries.list({ limit: 1 })).size).toBe(size)
    const told = await exchange(await prove(await askNonce(house, key)), assertion)
    expect(told).toMatchObject({ status: 200, json: { token_type: 'DPoP' } })
  })

  it('counts once with the nonce that it has, and the nonce goes on', async () => {
    const nonce = await askNonce(house, key)
    const proof = await prove(nonce)
    expect((await exchange(proof)).status).toBe(200)
    expect((await exchange(proof)).json.code).toBe('proof_invalid')
    expect((await exchange(await prove(nonce))).status).toBe(200)
  })

  it('takes a nonce from before a restart', async () => {
    const nonce = await askNonce(house, key)
    await house.stop()
    await house.start()
    expect((await exchange(await prove(nonce))).status).toBe(200)
  })

  it('comes with each answer that takes one, so that a client never has to ask twice', async () => {
    const nonce = await askNonce(house, key)
    const answer = await exchange(await prove(nonce))
    const next = answer.headers.get('dpop-nonce') ?? ''
    expect(answer.status).toBe(200)
    expect((await exchange(await prove(next))).status).toBe(200)
    const other = await createProofKey()
    const proof = await other.prove('POST', `${house.url}/oauth/token`, undefined, next)
    expect((await exchange(proof)).json).toMatchObject({ code: 'use_dpop_nonce' })
    const refused = await exchange(await prove(next), 'tsk_none')
    expect([refused.status, refused.headers.get('dpop-nonce')]).toEqual([
      400,
      expect.stringMatching(/^\w+\.[\w-]{43}$/),
    ])
  })

  it('is no proof at a resource either, which says so by a challenge', async () => {
    const token = await releaser.agent.exchange(taskId, house.url)
    const path = `/api/v1/tasks/${taskId}`
    const proof = await releaser.key?.prove('GET', `${house.url}${path}`, token.value)
    const heard = await sendProven(house, path, { credential: token.value, proof: proof ?? '' })
    expect([heard.status, heard.json.code]).toEqual([401, 'use_dpop_nonce'])
    expect(heard.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce"/)
    const nonce = heard.headers.get('dpop-nonce') ?? ''
    const again = await releaser.key?.prove('GET', `${house.url}${path}`, token.value, nonce)
    expect((await sendProven(house, path, { credential: token.value, proof: again ?? '' })).status).toBe(200)
  })

  it('is made anew by our own clients, which are told the nonce', async () => {
    expect(await releaser.agent.showTask(taskId)).toMatchObject({ task: { id: taskId } })
    const token = await releaser.agent.exchange(taskId, `${house.url}/mcp/docs`)
    const proven = createTokenFetch({ token: async () => token, key: releaser.key ?? key })
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    const answer = await proven(`${house.url}/mcp/docs`, { method: 'POST', headers, body })
    expect(answer.status).not.toBe(401)
  })
})

describe('the token endpoint, where it alone wants nonces', () => {
  it('wants one however its path is spelt', async () => {
    const alone = await startHouse({ dpopNonces: 'token' })
    const ask = async (path: string, htu: string): Promise<unknown> => {
      const dpop = await key.prove('POST', htu)
      const headers = { 'content-type': 'application/x-www-form-urlencoded', dpop }
      const body = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await alone.issuer.mint({ sub: 'workload:anyone', aud: alone.url }),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: `${alone.url}/mcp/docs`,
        authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
      })
      return (await sendRaw(alone.url, { method: 'POST', path, headers, body: body.toString() })).json['code']
    }
    const { url } = alone
    expect(await ask('/oauth/token', `${url}/oauth/token`)).toBe('use_dpop_nonce')
    expect(await ask('/oauth/%74oken', `${url}/oauth/%74oken`)).toBe('use_dpop_nonce')
    expect(await ask(`${url}/oauth/token`, `${url}/oauth/token`)).toBe('use_dpop_nonce')
    await alone.end()
  })
})
