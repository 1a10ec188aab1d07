import { execFile } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { createResourceServer } from '../../sdk/resource-server/resource-server.ts'
import { registerKeyed } from '../across/cast.ts'
import { type House, startHouse } from '../house.ts'
import { type MadeCertificate, makeAuthority, makeSelfSigned } from '../issuer/certificates.ts'
import { type Actor, approveIdentity, furnish, makeSummariser, prepare } from '../scenarios/cast.ts'
import { createTlsFetch } from './tls-client.ts'

const WORKLOAD = 'spiffe://example.org/ns/docs/sa/reader'
const PARTNER = 'https://localhost/partner'
const run = promisify(execFile)
const asForm = { 'content-type': 'application/x-www-form-urlencoded' }

/** A house that asks for certificates, with everybody who shows one. */
describe('a certificate as the proof of a workload', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-certificates-')))
  const server = makeAuthority({ commonName: 'Server authority' })
  const spire = makeAuthority({ commonName: 'SPIRE', uris: ['spiffe://example.org'] })
  const foreign = makeAuthority({ commonName: 'Foreign', uris: ['spiffe://other.org'] })
  const corp = makeAuthority({ commonName: 'Corp' })
  const alone = makeSelfSigned({ commonName: 'alone' })
  const svid = (parts = {}): MadeCertificate => spire.issue({ commonName: null, uris: [WORKLOAD], ...parts })
  let house: House
  let url: string
  let metadata: oauth.AuthorizationServer

  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const bundle = (authority: MadeCertificate): string =>
    JSON.stringify({
      keys: [{ use: 'x509-svid', kty: 'EC', x5c: [authority.der.toString('base64')] }],
      spiffe_sequence: 1,
    })

  beforeAll(async () => {
    const own = server.issue({ dns: ['localhost'], uris: [] })
    house = await startHouse({
      mtls: { port: 0, certFile: write('own.crt', own.pem), keyFile: write('own.key', own.key) },
      resourceServers: [{ resource: PARTNER }],
      clientAuthorities: [{ name: 'corp', caFile: write('corp.crt', corp.pem) }],
      trustDomains: [
        { name: 'example.org', bundleFile: write('example.json', bundle(spire)) },
        { name: 'other.org', bundleFile: write('other.json', bundle(foreign)) },
      ],
    })
    await furnish(house)
    const issuer = new URL(house.url)
    const insecure = { [oauth.allowInsecureRequests]: true, algorithm: 'oauth2' } as const
    metadata = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
    url = String(metadata.mtls_endpoint_aliases?.token_endpoint).replace('/oauth/token', '')
    await bind('by-svid', { kind: 'spiffe', issuer: 'example.org', subject: WORKLOAD })
    await bind('by-name', { kind: 'certificate', issuer: 'corp', subject: 'dns:agent.example.org' })
    ids.alone = await bind('by-itself', { kind: 'certificate', issuer: 'self', subject: alone.thumbprint })
  })
  afterAll(async () => {
    await house.end(30)
    rmSync(folder, { recursive: true })
  })

  const ids = { alone: '' }
  const summariser = (name: string): Actor => makeSummariser(house, name)

  async function bind(
    name: string,
    binding: { kind: 'spiffe' | 'certificate'; issuer: string; subject: string },
  ): Promise<string> {
    const id = await prepare(house, { ...summariser(name), binding: { ...binding, claims: {}, keys: [] } })
    await approveIdentity(house, id)
    return id
  }

  /** Asks as somebody who shows these certificates, the first of them with its key. */
  const shown = (...[leaf, ...others]: readonly MadeCertificate[]): typeof fetch =>
    createTlsFetch({
      ca: server.pem,
      servername: 'localhost',
      ...(leaf === undefined ? {} : { cert: [leaf, ...others].map(({ pem }) => pem).join(''), key: leaf.key }),
    })

  async function openTask(ask: typeof fetch): Promise<{ status: number; code?: string; task?: { id: string } }> {
    const answer = await ask(`${url}/api/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...summariser('any').task, ticket: null }),
    })
    return { status: answer.status, ...((await answer.json()) as { code?: string; task?: { id: string } }) }
  }

  const details = (taskId: string): string => JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }])

  async function getToken(
    ask: typeof fetch,
    clientId: string,
    taskId: string,
    resource = house.url,
  ): Promise<oauth.TokenEndpointResponse> {
    const client = { client_id: clientId, use_mtls_endpoint_aliases: true }
    const parameters = { authorization_details: details(taskId), resource }
    const answer = await oauth.clientCredentialsGrantRequest(metadata, client, oauth.TlsClientAuth(), parameters, {
      [oauth.customFetch]: ask as never,
    })
    return oauth.processClientCredentialsResponse(metadata, client, answer)
  }

  it('binds a token for a server of others, which takes it over connections with that certificate alone', async () => {
    const verifier = createResourceServer({ issuer: house.url, audience: PARTNER })
    const own = server.issue({ dns: ['localhost'], uris: [] })
    const partner = createServer(
      { cert: own.pem, key: own.key, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const certificate = (request.socket as TLSSocket).getPeerX509Certificate()?.raw
        const { authorization } = request.headers
        verifier.accept({ method: 'GET', url: PARTNER, authorization, certificate }).then(
          (accepted) => response.end(`${accepted.boundTo?.kind} ${accepted.clientId}`),
          (error: unknown) => response.end(String(error)),
        )
      },
    )
    await new Promise<void>((resolve) => partner.listen(0, 'localhost', resolve))
    const at = `https://localhost:${(partner.address() as AddressInfo).port}/`
    const { task } = await openTask(shown(alone))
    const token = await getToken(shown(alone), alone.thumbprint, task?.id ?? '', PARTNER)
    const headers = { authorization: `Bearer ${token.access_token}` }
    const readAs = async (...certificates: readonly MadeCertificate[]): Promise<string> =>
      (await shown(...certificates)(at, { headers })).text()
    expect(await readAs(alone)).toBe(`x5t#S256 ${ids.alone}`)
    expect(await readAs(svid())).toMatch(/bound to another certificate/)
    expect(await readAs()).toMatch(/bound to another certificate/)
    await new Promise((resolve) => partner.close(resolve))
  })

  it('is told in the metadata, with addresses of their own (RFC 8705 section 5)', () => {
    expect(metadata).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
      mtls_endpoint_aliases: { token_endpoint: `${url}/oauth/token`, revocation_endpoint: `${url}/oauth/revoke` },
    })
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(
      expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth', 'spiffe_x509']),
    )
    expect(url).not.toBe(house.url)
  })

  const second = spire.issue({ commonName: 'second', isAuthority: true })
  it.each([
    ['an X.509-SVID', () => [svid()], () => WORKLOAD],
    [
      'an X.509-SVID over another authority',
      () => [second.issue({ commonName: null, uris: [WORKLOAD] }), second],
      () => WORKLOAD,
    ],
    [
      'a certificate of an authority, by its name',
      () => [corp.issue({ dns: ['Agent.example.org'] })],
      () => 'dns:agent.example.org',
    ],
    ['a certificate that is registered by itself', () => [alone], () => ids.alone],
  ])('opens a task and gets a token bound to it: %s', async (_, certificates, clientId) => {
    const made = certificates()
    const ask = shown(...made)
    const { status, task } = await openTask(ask)
    expect(status).toBe(201)
    const token = await getToken(ask, clientId(), task?.id ?? '')
    expect(token.token_type).toBe('bearer')
    const claims = JSON.parse(Buffer.from(token.access_token.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toMatchObject({ cnf: { 'x5t#S256': made[0]?.thumbprint } })

    const show = async (by: typeof fetch, at: string): Promise<[number, unknown]> => {
      const answer = await by(`${at}/api/v1/tasks/${task?.id}`, {
        headers: { authorization: `Bearer ${token.access_token}` },
      })
      return [answer.status, ((await answer.json()) as { code?: string }).code]
    }
    expect(await show(ask, url)).toEqual([200, undefined])
    // another certificate of the same workload is another one, and so is none, there or at the door that asks for none
    expect(await show(shown(svid()), url)).toEqual([401, 'token_invalid'])
    expect(await show(shown(), url)).toEqual([401, 'token_invalid'])
    expect(await show(fetch, house.url)).toEqual([401, 'token_invalid'])

    const tell = async (more = {}): Promise<unknown> => {
      const body = new URLSearchParams({ token: token.access_token, ...more })
      return (await ask(`${url}/oauth/introspect`, { method: 'POST', headers: asForm, body })).json()
    }
    expect(await tell({ client_id: clientId() })).toMatchObject({ active: true })
    expect(await tell({ client_id: 'spiffe://example.org/somebody' })).toMatchObject({ error: 'invalid_client' })
    expect(await tell()).toMatchObject({
      active: true,
      token_type: 'Bearer',
      cnf: { 'x5t#S256': made[0]?.thumbprint },
    })
  })

  it('of nobody here is none beside another proof, where a token is asked about or taken back as where one is asked for', async () => {
    const { clientId, assertion } = await registerKeyed(house, 'by-key')
    const asNobody = shown(makeSelfSigned({ commonName: 'nobody' }))
    const ask = async (path: string, ways: readonly string[]): Promise<[number, unknown]> => {
      const body = new URLSearchParams({
        token: 'none',
        client_id: clientId,
        ...(ways.includes('secret') ? { client_secret: 'x' } : {}),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(),
      })
      const answer = await asNobody(`${url}${path}`, { method: 'POST', headers: asForm, body })
      return [answer.status, await answer.json()]
    }
    expect(await ask('/oauth/introspect', [])).toEqual([200, { active: false }])
    expect(await ask('/oauth/revoke', [])).toEqual([200, { entry: null }])
    expect((await ask('/oauth/introspect', ['secret']))[0]).toBe(400)
  })

  it.each<[string, () => MadeCertificate[], number, string]>([
    ['none', () => [], 401, 'authentication_missing'],
    [
      'one that says a workload of another trust domain than its authority is of',
      () => [foreign.issue({ commonName: null, uris: [WORKLOAD] }), foreign],
      401,
      'certificate_invalid',
    ],
    [
      'one of a trust domain that is not trusted',
      () => [spire.issue({ commonName: null, uris: ['spiffe://third.org/a'] })],
      401,
      'issuer_unknown',
    ],
    [
      'one that signed itself and says a workload',
      () => [makeSelfSigned({ uris: [WORKLOAD] })],
      401,
      'certificate_invalid',
    ],
    [
      'an SVID with two names',
      () => [svid({ uris: [WORKLOAD, 'spiffe://example.org/other'] })],
      401,
      'certificate_invalid',
    ],
    ['an SVID that has expired', () => [svid({ untilMs: Date.now() - 1_000 })], 401, 'certificate_invalid'],
    ['an SVID that is an authority', () => [svid({ isAuthority: true, keyUses: [0] })], 401, 'certificate_invalid'],
    [
      'an SVID with a critical extension that nobody knows',
      () => [svid({ extensions: [strange] })],
      401,
      'certificate_invalid',
    ],
    [
      'a certificate of nobody, with the name of somebody',
      () => [makeSelfSigned({ dns: ['agent.example.org'] })],
      401,
      'issuer_unknown',
    ],
    [
      'a certificate of the authority, for a server',
      () => [corp.issue({ dns: ['agent.example.org'], purposes: ['1.3.6.1.5.5.7.3.1'] })],
      401,
      'issuer_unknown',
    ],
    [
      'a certificate of the authority, of another name',
      () => [corp.issue({ dns: ['other.example.org'] })],
      401,
      'issuer_unknown',
    ],
    [
      'a workload that nobody registered',
      () => [svid({ uris: ['spiffe://example.org/new'] })],
      401,
      'identity_unknown',
    ],
  ])('opens nothing with %s', async (_, certificates, status, code) => {
    expect(await openTask(shown(...certificates()))).toMatchObject({ status, code })
  })

  it('gets no token under another client_id, nor without one', async () => {
    const { task } = await openTask(shown(alone))
    const taskId = task?.id ?? ''
    await expect(getToken(shown(alone), WORKLOAD, taskId)).rejects.toMatchObject({ status: 401 })
    const answer = await shown(alone)(`${url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: house.url,
        authorization_details: details(taskId),
      }),
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
    await expect(getToken(shown(svid()), WORKLOAD, taskId)).rejects.toMatchObject({ error: expect.any(String) })
  })

  it('is not believed in a header, where no proxy is configured to say so', async () => {
    const answer = await fetch(`${house.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'client-cert': `:${alone.der.toString('base64')}:` },
      body: JSON.stringify({ ...summariser('any').task, ticket: null }),
    })
    expect(answer.status).toBe(401)
  })

  it('is asked for anew with each connection: no session is resumed', async () => {
    const options = {
      port: Number(new URL(url).port),
      host: '127.0.0.1',
      ca: server.pem,
      servername: 'localhost',
      cert: alone.pem,
      key: alone.key,
    }
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const sessions: Buffer[] = []
      const first = await open({ ...options, maxVersion })
      first.on('session', (session) => sessions.push(session))
      await talk(first)
      const session = sessions.at(-1) ?? first.getSession()
      first.destroy()
      const again = await open({ ...options, maxVersion, ...(session === undefined ? {} : { session }) })
      expect(again.isSessionReused()).toBe(false)
      again.destroy()
    }
  })

  it('is all that an agent needs of the SDK, for the house and for the servers behind its gateway', async () => {
    const made = svid()
    const agent = createAgent({
      baseUrl: url,
      certificate: { clientId: WORKLOAD, publicUrl: house.url },
      fetch: shown(made),
    })
    const { task } = await agent.openTask(summariser('any').task)
    const token = await agent.exchange(task.id, agent.gatewayUrl('docs'))
    expect(token).toMatchObject({ type: 'Bearer', resource: `${url}/mcp/docs` })
    const call = async (by: typeof fetch): Promise<number> => {
      const headers = {
        authorization: `Bearer ${token.value}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
      return (await by(token.resource, { method: 'POST', headers, body })).status
    }
    expect(await call(shown(svid()))).toBe(401)
    expect(await call(shown(made))).not.toBe(401)
    expect(await agent.complete(task.id)).toMatchObject({ entry: expect.any(Number) })
  })

  it('opens no page for people, and no door to their sessions', async () => {
    for (const path of ['/', '/console', '/oauth/authorize', '/oauth/sign-in', '/api/v1/people', '/api/v1/identities'])
      expect((await shown(alone)(`${url}${path}`)).status).toBe(404)
  })

  it('is shown by curl too', async () => {
    const files = [
      write('alone.crt', alone.pem),
      write('alone.key', alone.key),
      write('server.crt', server.pem),
    ] as const
    const { port } = new URL(url)
    const said = ['--silent', '--cert', files[0], '--key', files[1], '--cacert', files[2]]
    const at = ['--resolve', `localhost:${port}:127.0.0.1`, '--header', 'content-type: application/json']
    const task = JSON.stringify({ ...summariser('any').task, ticket: null })
    const { stdout } = await run('curl', [...said, ...at, '--data', task, `https://localhost:${port}/api/v1/tasks`])
    expect(JSON.parse(stdout)).toMatchObject({ task: { state: 'active', identityId: ids.alone } })
  })
})

const strange = Buffer.from('300c06032a030401 01ff0402 0500'.replaceAll(' ', ''), 'hex')

function open(options: ConnectionOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  const socket = connect(options, () => resolve(socket))
  socket.once('error', reject)
  return promise
}

/** One request, so that whatever the server has to say of its session has come. */
function talk(socket: TLSSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('data', () => resolve())
  socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
  return promise
}
