import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JWT_TYPES, type JwtType } from '../../../src/issue/jwt-types.ts'
import { signJwt } from '../../../src/issue/sign-jwt.ts'
import { currentKey, type OpenKey, openSigningKey } from '../../../src/issue/signing-key.ts'
import { type House, startHouse } from '../../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../../scenarios/cast.ts'

const OTHERS = (Object.keys(JWT_TYPES) as JwtType[]).filter((type) => type !== 'at+jwt') // the keys of the table
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

describe('what is signed by the very key of access tokens, and says word for word what one says, but is of another kind', () => {
  let house: House
  let reader: Actor
  let task: string
  let token: string
  let key: OpenKey

  beforeAll(async () => {
    house = await startHouse({ spiffe: { trustDomain: 'own.example', audiences: ['a'] } })
    await furnish(house)
    reader = makeSummariser(house)
    await register(house, reader)
    task = await openTask(house, reader)
    await house.stop()
    await house.whileStopped(async ({ store, masterKey }) => {
      const kept = currentKey(await store.issue.signingKeys(), 'token', Date.now())
      if (kept === undefined) throw new Error('there is no key')
      key = openSigningKey(kept, masterKey)
    })
    await house.start()
    token = (await reader.agent.exchange(task, house.url)).value
  })
  afterAll(async () => void (await house.end(30)))

  const readTask = async (value: string): Promise<number> => {
    const headers = { authorization: `Bearer ${value}` }
    return (await fetch(`${house.url}/api/v1/tasks/${task}`, { headers })).status
  }
  const ask = async (path: string, form: Readonly<Record<string, string>>, bearer?: string): Promise<unknown> => {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
    const answer = await fetch(`${house.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
    return answer.json()
  }

  it('is one where the kind is that of an access token, which shows that nothing else is in the way', async () => {
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.id })
    expect(await readTask(await signJwt(key, 'at+jwt', decodeJwt(token)))).toBe(200)
  })

  it.each(OTHERS)('opens no door of ours: %s', async (type) => {
    const forged = await signJwt(key, type, decodeJwt(token))
    expect(await readTask(forged)).toBe(401)
    const call = { method: 'POST', headers: { authorization: `Bearer ${forged}` }, body: '{}' }
    expect((await fetch(`${house.url}/mcp/docs`, call)).status).toBe(401)
    expect(await ask('/oauth/introspect', { token: forged }, token)).toEqual({ active: false })
    expect(await ask('/oauth/introspect', { token }, forged)).not.toMatchObject({ active: true })
    const details = JSON.stringify([{ type: 'urn:remit:task', task_id: task }])
    const wanted = { resource: house.url, authorization_details: details }
    const exchange = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: forged }
    for (const kind of ['jwt', 'id_token', 'access_token'])
      expect(
        await ask('/oauth/token', {
          ...wanted,
          ...exchange,
          subject_token_type: `urn:ietf:params:oauth:token-type:${kind}`,
        }),
      ).toHaveProperty('error')
    const client = { grant_type: 'client_credentials', client_assertion: forged, client_assertion_type: jwtBearer }
    expect(await ask('/oauth/token', { ...wanted, ...client })).toHaveProperty('error')
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: forged }
    expect(await ask('/oauth/token', { ...wanted, ...grant })).toHaveProperty('error')
  })

  it('is signed by no key of another use', async () => {
    for (const use of ['svid', 'federation', 'x509-ca', 'log'] as const)
      await expect(signJwt({ ...key, use }, 'at+jwt', decodeJwt(token))).rejects.toMatchObject({ code: 'internal' })
    await expect(signJwt({ ...key, use: 'x509-ca' }, 'JWT', {})).rejects.toMatchObject({ code: 'internal' })
  })
})
