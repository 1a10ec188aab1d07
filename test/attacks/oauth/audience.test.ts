import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../../sdk/agent.ts'
import { type House, startHouse } from '../../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../../scenarios/cast.ts'
import { type Heard, post, send } from '../intruder.ts'

let house: House
let reader: Actor
let taskId: string
let forServer: AccessToken
let forHouse: AccessToken

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  reader = makeSummariser(house)
  await register(house, reader)
  taskId = await openTask(house, reader)
  forServer = await reader.agent.exchange(taskId, `${house.url}/mcp/docs`)
  forHouse = await reader.agent.exchange(taskId, house.url)
})
afterAll(async () => void (await house.end()))

const about = (path: string, by: AccessToken, token: AccessToken): Promise<Heard> =>
  send(house, path, {
    method: 'POST',
    headers: { authorization: `Bearer ${by.value}` },
    body: new URLSearchParams({ token: token.value }),
  })

describe('a token for one server, in the hands of that server', () => {
  const doors: [string, string][] = [
    ['complete', '{}'],
    ['fail', '{"reason":"none"}'],
    ['delegations', '{}'],
  ]
  it.each(doors)('does not %s the task', async (door, body) => {
    const heard = await post(house, `/api/v1/tasks/${taskId}/${door}`, forServer.value, body)
    expect([heard.status, heard.json.code]).toEqual([401, 'token_audience'])
  })

  it.each(['evaluation', 'evaluations', 'search/subject', 'search/resource', 'search/action', 'requests', 'outcome'])(
    'asks nothing at /access/v1/%s',
    async (door) => {
      const heard = await post(house, `/access/v1/${door}`, forServer.value, '{}')
      expect(heard.status).toBe(401)
    },
  )

  it('reads no task, and opens no other server', async () => {
    const shown = await send(house, `/api/v1/tasks/${taskId}`, {
      headers: { authorization: `Bearer ${forServer.value}` },
    })
    expect(shown.json.code).toBe('token_audience')
    const other = await post(house, '/mcp/everything', forServer.value, '{}')
    expect(other.status).toBe(401)
  })

  it('learns of itself whether it counts, and of no other token of the same agent', async () => {
    expect((await about('/oauth/introspect', forServer, forServer)).json.active).toBe(true)
    expect((await about('/oauth/introspect', forServer, forHouse)).json.active).toBe(false)
    expect((await about('/oauth/introspect', forHouse, forServer)).json.active).toBe(true)
  })

  it('takes back itself, and no other token of the same agent', async () => {
    const another = await reader.agent.exchange(taskId, `${house.url}/mcp/docs`)
    expect((await about('/oauth/revoke', another, forHouse)).json.entry).toBeNull()
    expect((await about('/oauth/revoke', another, another)).json.entry).toEqual(expect.any(Number))
    expect((await post(house, '/mcp/docs', another.value, '{}')).status).toBe(401)
  })
})

describe('a token for the house', () => {
  it('opens no server', async () => {
    expect((await post(house, '/mcp/docs', forHouse.value, '{}')).status).toBe(401)
  })

  it('is given to nobody who has not asked for it by name', async () => {
    const heard = await send(house, '/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await reader.assertion(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
      }),
    })
    expect(heard).toMatchObject({ status: 400, json: { error: 'invalid_target' } })
  })
})
