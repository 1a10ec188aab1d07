import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, importJWK, type JWK, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgent } from './agent.ts'
import { createProofKey } from './dpop.ts'
import { createAssertionKeys, createKeyAssertion } from './key-assertion.ts'
import { createTokenFetch } from './token-fetch.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let server: Server
let baseUrl: string
let seen: Seen[]
let answers: { status: number; body: object | string }[]

beforeEach(async () => {
  seen = []
  answers = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      const { status, body: answer } = answers.shift() ?? { status: 200, body: {} }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const task = {
  purpose: 'p',
  goal: 'g',
  scope: [{ action: 'a', resource: 'r' }],
  ceiling: 'public',
  budget: { callsMax: 1, writesMax: 0, bytesMax: 1 },
  lifeSeconds: 60,
} as const
const token = (type: 'Bearer' | 'DPoP', value = 'at') => ({
  status: 200,
  body: { access_token: value, token_type: type, expires_in: 300, entry: 9 },
})

function makeAssertions() {
  let made = 0
  return async () => `assertion-${++made}`
}

describe('an agent', () => {
  it('shows an assertion as its platform means it, whatever line break its file ends in, and shows no other text', async () => {
    const agent = createAgent({ baseUrl, assertion: async () => 'a.b.c\r\n' })
    answers = [{ status: 200, body: {} }, token('Bearer')]
    await agent.openTask(task)
    await agent.exchange('tsk_1', baseUrl)
    expect([seen[0]?.headers.authorization, new URLSearchParams(seen[1]?.body).get('subject_token')]).toEqual([
      'Bearer a.b.c',
      'a.b.c',
    ])
    for (const text of ['', '\n', 'a.b.c\na.b.c', 'a b'])
      await expect(createAgent({ baseUrl, assertion: async () => text }).openTask(task)).rejects.toThrow(
        /The assertion/,
      )
    expect(seen).toHaveLength(2)
  })

  it('shows a fresh assertion when it asks for a task, and no proof where it has no key', async () => {
    const agent = createAgent({ baseUrl, assertion: makeAssertions() })
    await agent.openTask(task)
    await agent.openTask(task)
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer assertion-1', 'Bearer assertion-2'])
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/api/v1/tasks' })
    expect(seen[0]?.headers).not.toHaveProperty('dpop')
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ ...task, ticket: null })
  })

  it('exchanges by RFC 8693, for one task and one resource', async () => {
    answers = [token('Bearer')]
    const agent = createAgent({ baseUrl, assertion: makeAssertions() })
    const got = await agent.exchange('tsk_1', agent.gatewayUrl('docs'))
    const form = Object.fromEntries(new URLSearchParams(seen[0]?.body))
    expect(form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'assertion-1',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${baseUrl}/mcp/docs`,
      authorization_details: '[{"type":"urn:remit:task","task_id":"tsk_1"}]',
    })
    expect(got).toMatchObject({ value: 'at', type: 'Bearer', taskId: 'tsk_1', entry: 9 })
  })

  it('states what runs with each task and token', async () => {
    answers = [{ status: 201, body: {} }, token('Bearer')]
    const composition = { model: 'large-4', promptDigest: 'a'.repeat(64), toolsDigest: null }
    const agent = createAgent({ baseUrl, assertion: makeAssertions(), composition })
    await agent.openTask(task)
    await agent.exchange('tsk_1', baseUrl)
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ ...task, ticket: null, composition })
    expect(JSON.parse(new URLSearchParams(seen[1]?.body).get('authorization_details') ?? '')).toEqual([
      { type: 'urn:remit:task', task_id: 'tsk_1', composition },
    ])
  })

  it('waits for a person and exchanges a new assertion at each try', async () => {
    answers = [{ status: 400, body: { error: 'authorization_pending', code: 'approval_required' } }, token('Bearer')]
    const agent = createAgent({ baseUrl, assertion: makeAssertions() })
    await agent.exchangeWhenApproved('tsk_1', baseUrl, 60_000)
    expect(seen.map(({ body }) => new URLSearchParams(body).get('subject_token'))).toEqual([
      'assertion-1',
      'assertion-2',
    ])
  })

  it('waits on where no server serves for a while once it was told to wait, and not before', async () => {
    const pending = { status: 400, body: { error: 'authorization_pending', code: 'approval_required' } }
    const standingBy = { status: 503, body: { error: 'temporarily_unavailable', code: 'standing_by' } }
    const byProxy = { status: 503, body: '<h1>503 Service Unavailable</h1>' }
    answers = [pending, standingBy, byProxy, token('Bearer')]
    const agent = createAgent({ baseUrl, assertion: makeAssertions() })
    await agent.exchangeWhenApproved('tsk_1', baseUrl, 60_000)
    expect(seen).toHaveLength(4)
    answers = [standingBy]
    await expect(agent.exchangeWhenApproved('tsk_1', baseUrl, 60_000)).rejects.toMatchObject({ code: 'standing_by' })
  })

  it('does not wait where the answer is no', async () => {
    answers = [{ status: 400, body: { error: 'invalid_grant', code: 'task_not_active' } }]
    const agent = createAgent({ baseUrl, assertion: makeAssertions() })
    await expect(agent.exchangeWhenApproved('tsk_1', baseUrl)).rejects.toMatchObject({ code: 'task_not_active' })
    expect(seen).toHaveLength(1)
  })

  it('keeps the token for the API of a task, and shows it with a proof for this token and this request', async () => {
    answers = [token('DPoP', 'at-1')]
    const key = await createProofKey()
    const agent = createAgent({ baseUrl, assertion: makeAssertions(), key })
    await agent.delegate('tsk_1', {
      to: 'helper',
      goal: 'g',
      scope: [],
      ceiling: 'public',
      budget: task.budget,
      lifeSeconds: 1,
    })
    await agent.complete('tsk_1')
    expect(seen.map(({ url }) => url)).toEqual([
      '/oauth/token',
      '/api/v1/tasks/tsk_1/delegations',
      '/api/v1/tasks/tsk_1/complete',
    ])
    expect(seen[2]?.headers.authorization).toBe('DPoP at-1')
    const { payload } = await jwtVerify(String(seen[2]?.headers['dpop']), EmbeddedJWK)
    expect(payload).toMatchObject({
      htm: 'POST',
      htu: `${baseUrl}/api/v1/tasks/tsk_1/complete`,
      ath: createHash('sha256').update('at-1').digest('base64url'),
    })
  })
})

describe('a proof of possession', () => {
  it('is a DPoP proof (RFC 9449) whose key has the thumbprint of RFC 7638, and whose private part stays', async () => {
    const key = await createProofKey()
    const proof = await key.prove('GET', `${baseUrl}/a/b?c=d#e`)
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] })
    expect(payload).toMatchObject({ htm: 'GET', htu: `${baseUrl}/a/b`, jti: expect.any(String) })
    expect(payload).not.toHaveProperty('ath')
    expect(protectedHeader.jwk).toEqual(key.publicJwk)
    expect(await calculateJwkThumbprint(key.publicJwk)).toBe(key.thumbprint)
  })

  it('is another one for each request', async () => {
    const key = await createProofKey()
    const proofs = await Promise.all([key.prove('GET', baseUrl), key.prove('GET', baseUrl)])
    const ids = await Promise.all(proofs.map(async (proof) => (await jwtVerify(proof, EmbeddedJWK)).payload.jti))
    expect(new Set(ids).size).toBe(2)
    expect(decodeProtectedHeader(proofs[0] ?? '')).not.toHaveProperty('jwk.d')
  })
})

describe('an assertion by a key of its own', () => {
  it('is a private_key_jwt (RFC 7523) that verifies with the public part, anew at each call', async () => {
    const { privateJwk, publicJwk } = await createAssertionKeys()
    const assertion = createKeyAssertion({ name: 'helper', audience: baseUrl, privateJwk })
    const key = await importJWK(publicJwk as JWK, 'ES256')
    const checks = { issuer: 'helper', subject: 'helper', audience: baseUrl, requiredClaims: ['jti', 'iat', 'exp'] }
    const [first, second] = [
      await jwtVerify(await assertion(), key, checks),
      await jwtVerify(await assertion(), key, checks),
    ]
    expect(first.payload.jti).not.toBe(second.payload.jti)
    expect(publicJwk).not.toHaveProperty('d')
  })

  it('by what is no key fails for whoever asks for it, and not before', async () => {
    const privateJwk = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }
    const assertion = createKeyAssertion({ name: 'helper', audience: baseUrl, privateJwk })
    await new Promise((resolve) => setImmediate(resolve)) // a rejection that nobody hears would have ended the process
    await expect(assertion()).rejects.toThrow('Invalid keyData')
  })
})

describe('a fetch with a token', () => {
  const access = { value: 'at', taskId: 'tsk_1', resource: 'r', expiresMs: 0, entry: 0 } as const

  it('keeps what the caller says, and adds the token', async () => {
    const send = createTokenFetch({ token: async () => ({ ...access, type: 'Bearer' }) })
    await send(`${baseUrl}/mcp/docs`, { method: 'POST', headers: { accept: 'text/event-stream' }, body: 'x' })
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/mcp/docs', body: 'x' })
    expect(seen[0]?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer at' })
    expect(seen[0]?.headers).not.toHaveProperty('dpop')
  })

  it('proves the key where the token is bound to one', async () => {
    const send = createTokenFetch({ token: async () => ({ ...access, type: 'DPoP' }), key: await createProofKey() })
    await send(new URL(`${baseUrl}/mcp/docs`))
    const { payload } = await jwtVerify(String(seen[0]?.headers['dpop']), EmbeddedJWK)
    expect(seen[0]?.headers.authorization).toBe('DPoP at')
    expect(payload).toMatchObject({ htm: 'GET', htu: `${baseUrl}/mcp/docs` })
  })
})
