import { once } from 'node:events'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createProofKey } from '../../sdk/dpop.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  codeOf,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  register,
  reviewLongTool,
} from '../scenarios/cast.ts'
import { encode, post, send, sendProven } from './intruder.ts'

let house: House
let reader: Actor
let token: AccessToken

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  await reviewLongTool(house)
  reader = makeSummariser(house)
  await register(house, reader)
  const taskId = await openTask(house, reader)
  token = await reader.agent.exchange(taskId, house.url)
})

afterAll(async () => void (await house.end()))

const logSize = async (): Promise<number> => (await house.people.ada.client.entries.list()).size

describe('a stranger at the doors', () => {
  it.each(['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty', '__defineGetter__'])(
    'gets no answer by a grant type that is a member of every object: %s',
    async (grant) => {
      const heard = await send(house, '/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({ grant_type: grant }),
      })
      expect(heard).toMatchObject({ status: 400, json: { error: 'unsupported_grant_type' } })
      expect(heard.text).not.toContain(house.url)
    },
  )

  it.each(['%0d%0aset-cookie:x=1', 'a%22b', '%E2%82%AC', '%00', '%1b[2J'])(
    'cannot write into headers by the name of a server: %s',
    async (name) => {
      const heard = await send(house, `/mcp/${name}`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      })
      expect(heard).toMatchObject({ status: 401, json: { code: 'authentication_missing' } })
      expect(heard.headers.get('set-cookie')).toBeNull()
      expect(heard.headers.get('www-authenticate')).toMatch(/^Bearer resource_metadata="[^"\s]+"$/)
    },
  )

  it('cannot fill the memory of proofs: a proof beside a token that does not count is not remembered', async () => {
    const key = await createProofKey()
    const junk = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'key_x' })}.${encode({ aud: house.url })}.AAAA`
    const proof = await key.prove('GET', `${house.url}/api/v1/tasks/tsk_x`, junk)
    const shown = { credential: junk, proof }
    for (const _ of [1, 2]) {
      const heard = await sendProven(house, '/api/v1/tasks/tsk_x', shown)
      expect(heard.json.code).toBe('token_invalid')
    }
  })

  it('is sent away before the large body of a call is read', async () => {
    const { port } = new URL(house.url)
    const socket = connect(Number(port), '127.0.0.1')
    const lines = ['POST /mcp/docs HTTP/1.1', 'host: x', 'authorization: Bearer junk', 'content-type: application/json']
    socket.write(`${[...lines, 'content-length: 4000000'].join('\r\n')}\r\n\r\n{`)
    const [heard] = (await once(socket, 'data')) as [Buffer]
    expect(heard.toString()).toMatch(/^HTTP\/1\.1 401 /)
    socket.destroy()
  })

  it('writes nothing into the log by asking without a credential, however often', async () => {
    const before = await logSize()
    for (let at = 0; at < 50; at++) {
      expect((await send(house, '/api/v1/tasks', { method: 'POST' })).status).toBe(401)
      expect((await send(house, `/nowhere/${at}`)).status).toBe(404)
    }
    expect(await logSize()).toBe(before)
  })

  it('is told nothing of what went wrong inside', async () => {
    const paths = {
      '/api/v1/identities/%00': [404, 'not_found'],
      '/log/tile/x': [404, 'not_found'],
      '/%': [404, 'route_unknown'],
      '/api/v1/entries/99999999999999999999': [404, 'not_found'],
    } as const
    for (const [path, answer] of Object.entries(paths)) {
      const heard = await send(house, path, { headers: { authorization: `Bearer ${house.people.ada.session}` } })
      expect([path, heard.status, heard.json.code]).toEqual([path, ...answer])
      expect(heard.text).not.toMatch(/\.ts:|node_modules|at async/)
    }
  })

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin at all', {}],
    ['the origin of a sandbox', { origin: 'null' }],
    ['a word of its own', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
  ])('changes nothing by the cookie of somebody who is signed in, from %s', async (_, more) => {
    const headers = { cookie: `remit_session=${house.people.ada.session}`, 'content-type': 'application/json', ...more }
    const body = JSON.stringify({ name: 'Eve', email: 'eve@example.org', roles: ['admin'] })
    const heard = await send(house, '/api/v1/people', { method: 'POST', headers, body })
    expect(heard).toMatchObject({ status: 403, json: { code: 'origin_refused' } })
  })
})

describe('a refusal is on record', () => {
  it.each([300, 301])(
    'whatever the members of its body are called: cut behind %i characters and more',
    async (length) => {
      const odd = `{"${'x'.repeat(length)}${'😀'.repeat(120)}":1}`
      const before = await logSize()
      const heard = await post(house, `/api/v1/tasks/${token.taskId}/complete`, token.value, odd)
      expect(heard).toMatchObject({ status: 400, json: { code: 'request_invalid', entry: before } })
    },
  )

  it('where an agent comes back with the token of an identity that was cut off', async () => {
    const actor = makeSummariser(house, 'cut-reader')
    const id = await register(house, actor)
    const held = await actor.agent.exchange(await openTask(house, actor), house.url)
    await house.people.sam.client.cutoffs.make({ target: 'identity', targetId: id, because: 'an attack' })
    const heard = await send(house, `/api/v1/tasks/${held.taskId}`, {
      headers: { authorization: `Bearer ${held.value}` },
    })
    expect(heard).toMatchObject({ status: 401, json: { code: 'token_revoked', entry: expect.any(Number) } })
  })
})

describe('the data folder', () => {
  it.each(['remit.db', 'remit.db-wal', 'master.key', 'log.key', 'log.head'])('lets nobody else read %s', (file) => {
    expect(statSync(join(house.dataDir, file)).mode & 0o077).toBe(0)
  })
})

describe('a token that is bound to a key', () => {
  it('is worth nothing to a thief without the key, at any door', async () => {
    const releaser = await makeReleaser(house)
    await register(house, releaser)
    const taskId = await openTask(house, releaser)
    const stolen = await releaser.agent.exchange(taskId, house.url)
    const path = `/api/v1/tasks/${taskId}`
    const own = await createProofKey()
    const thieves = [
      await send(house, path, { headers: { authorization: `Bearer ${stolen.value}` } }),
      await send(house, path, { headers: { authorization: `DPoP ${stolen.value}` } }),
      await sendProven(house, path, {
        credential: stolen.value,
        proof: await own.prove('GET', `${house.url}${path}`, stolen.value),
      }),
    ]
    for (const heard of thieves) expect(heard.json.code).toMatch(/^proof_/)
    const proof = (await releaser.key?.prove('GET', `${house.url}${path}`, stolen.value)) ?? ''
    expect((await sendProven(house, path, { credential: stolen.value, proof })).status).toBe(200)
    expect((await sendProven(house, path, { credential: stolen.value, proof })).json.code).toBe('proof_invalid')
    const forOther = (await releaser.key?.prove('POST', `${house.url}${path}/complete`, stolen.value)) ?? ''
    expect((await sendProven(house, path, { credential: stolen.value, proof: forOther })).json.code).toBe(
      'proof_invalid',
    )
  })
})

describe('the log is not filled', () => {
  it('by a workload that nobody has registered, however often it comes back', async () => {
    const stranger = makeSummariser(house, 'flooder')
    const knock = (): Promise<string> => codeOf(stranger.agent.openTask(stranger.task))
    expect(await knock()).toBe('identity_unknown')
    const before = await logSize()
    const codes: string[] = []
    // wave upon wave: on a slow machine one wave may not ask for more than comes in again while it waits
    while (!codes.includes('rate_limited'))
      codes.push(...(await Promise.all(Array.from({ length: LIMITS.failedAuthPerMinuteMax + 20 }, knock))))
    expect([...new Set(codes)].sort()).toEqual(['identity_inactive', 'rate_limited'])
    expect((await logSize()) - before).toBe(codes.filter((code) => code !== 'rate_limited').length)
  })
})
