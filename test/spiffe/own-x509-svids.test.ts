import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificateKey } from '../../sdk/certificate-request.ts'
import type { Certified } from '../../sdk/svid-answers.ts'
import { makePeer } from '../../src/authenticate/x509/peer-certificate.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { makeAuthority } from '../issuer/certificates.ts'
import { bind, makeRoom, makeStore, outcomeOf } from '../issuer/room.ts'
import { type Actor, codeOf, furnish, makeReleaser, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { createTlsFetch } from './tls-client.ts'

const run = promisify(execFile)
const trustDomain = 'agents.example'

describe('an X.509-SVID of our own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-x509-'))
  const server = makeAuthority({ commonName: 'Server' })
  let house: House
  let reader: Actor
  let id: string
  let mtlsUrl: string
  beforeAll(async () => {
    const own = server.issue({ dns: ['localhost'] })
    house = await startHouse({
      spiffe: { trustDomain },
      mtls: { port: 0, certFile: write('own.crt', own.pem), keyFile: write('own.key', own.key) },
    })
    await furnish(house)
    reader = makeSummariser(house)
    id = await register(house, reader)
    const metadata = await house.fetch(`${house.url}/.well-known/oauth-authorization-server`)
    const told = (await metadata.json()) as { mtls_endpoint_aliases: { token_endpoint: string } }
    mtlsUrl = told.mtls_endpoint_aliases.token_endpoint.replace('/oauth/token', '')
  })
  afterAll(async () => {
    await house.end(30)
    rmSync(folder, { recursive: true })
  })

  function write(name: string, text: string | Uint8Array): string {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }

  interface Held extends Certified {
    readonly key: string
    readonly taskId: string
  }

  async function certify(actor: Actor = reader, lifeSeconds?: number): Promise<Held> {
    const taskId = await openTask(house, actor, lifeSeconds === undefined ? {} : { lifeSeconds })
    const { privateKey, request } = await makeCertificateKey()
    const made = await actor.agent.certify(taskId, request)
    return { ...made, taskId, key: toPem('PRIVATE KEY', privateKey) }
  }

  const bundle = async () =>
    (await (await house.fetch(`${house.url}/spiffe/bundle`)).json()) as {
      keys: { use: string; kid?: string; x5c?: string[] }[]
      spiffe_sequence: number
    }

  const shown = ({ certificate, key }: { readonly certificate: string; readonly key: string }): typeof fetch =>
    createTlsFetch({ ca: server.pem, servername: 'localhost', cert: certificate, key })

  const askToken = async (by: typeof fetch, taskId: string, clientId: string): Promise<[number, string]> => {
    const answer = await by(`${mtlsUrl}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        resource: house.url,
        authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
      }),
    })
    const told = (await answer.json()) as { access_token?: string; code?: string; error?: string }
    return [answer.status, told.access_token ?? told.code ?? told.error ?? '']
  }

  it('is what SPIFFE asks of one, and openssl verifies it by the bundle', async () => {
    const made = await certify()
    const leaf = new X509Certificate(made.certificate)
    expect(made.spiffeId).toBe(`spiffe://${trustDomain}/identity/${id}`)
    expect(leaf.subjectAltName).toBe(`URI:${made.spiffeId}`)
    expect(leaf.subject).toBe(`CN=${made.credentialId}`)
    expect(leaf.ca).toBe(false)
    expect(leaf.validToDate.getTime()).toBe(Math.floor(made.expiresMs / 1000) * 1000)
    const { task } = await house.people.lin.client.tasks.show(made.taskId)
    expect(made.expiresMs).toBeLessThanOrEqual(task.endsMs)
    const published = (await bundle()).keys.filter(({ use }) => use === 'x509-svid')
    expect(published).toEqual([
      {
        use: 'x509-svid',
        kty: 'EC',
        crv: 'P-256',
        x: expect.any(String),
        y: expect.any(String),
        x5c: [expect.any(String)],
      },
    ])
    const ca = write('ca.pem', toPem('CERTIFICATE', Buffer.from(published[0]?.x5c?.[0] ?? '', 'base64')))
    const file = write('svid.pem', made.certificate)
    for (const purpose of ['sslclient', 'sslserver']) {
      const said = await run('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', ca, file])
      expect(said.stdout).toContain('OK')
    }
    const { stdout } = await run('openssl', ['x509', '-in', file, '-noout', '-ext', 'keyUsage,basicConstraints'])
    expect(stdout).toMatch(/Key Usage: critical\s+Digital Signature\s/)
    expect(stdout).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    const { stdout: above } = await run('openssl', ['x509', '-in', ca, '-noout', '-text'])
    expect(above).toMatch(/CA:TRUE, pathlen:0/)
    expect(above).toMatch(/Key Usage: critical\s+Certificate Sign\s/)
    expect(above).toContain(`URI:spiffe://${trustDomain}\n`)
    expect(made.authorities).toBe(toPem('CERTIFICATE', Buffer.from(published[0]?.x5c?.[0] ?? '', 'base64')))
  })

  it('is made for a request of openssl too, and of what that wishes only the key counts', async () => {
    const taskId = await openTask(house, reader)
    const files = [join(folder, 'o.key'), join(folder, 'o.csr')] as const
    const wish = ['-subj', '/CN=root/O=Evil', '-addext', 'subjectAltName=URI:spiffe://agents.example/root,DNS:evil']
    await run('openssl', [
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      files[0],
      '-out',
      files[1],
      ...wish,
    ])
    const { stdout: request } = await run('cat', [files[1]])
    const made = await reader.agent.certify(taskId, request)
    const leaf = new X509Certificate(made.certificate)
    expect(leaf.subjectAltName).toBe(`URI:spiffe://${trustDomain}/identity/${id}`)
    expect(leaf.subject).toBe(`CN=${made.credentialId}`)
    expect(leaf.publicKey.asymmetricKeyType).toBe('rsa')
  })

  it('proves a workload at another Remit that reads the bundle', async () => {
    const made = await certify()
    const store = makeStore()
    bind(store, { kind: 'spiffe', issuer: trustDomain, subject: made.spiffeId })
    const trusted = { name: trustDomain, bundleUrl: `${house.url}/spiffe/bundle` }
    const other = makeRoom({ store, clock: systemClock, trustDomains: [trusted] })
    const { raw } = new X509Certificate(made.certificate)
    expect(await outcomeOf(other.byCertificate(makePeer(raw, [])))).toBe('workload')
    // whoever changed it has none of ours
    const changed = Buffer.from(raw)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    expect(await outcomeOf(other.byCertificate(makePeer(changed, [])))).toBe('certificate_invalid')
  })

  it('gets tokens of its task at our own listener, bound to it, and is good for nothing else', async () => {
    const made = await certify()
    const by = shown(made)
    const [status, token] = await askToken(by, made.taskId, made.spiffeId)
    expect([status, token.length > 100]).toEqual([200, true])
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }
    expect(claims).toMatchObject({
      cnf: {
        'x5t#S256': Buffer.from(
          new X509Certificate(made.certificate).fingerprint256.replaceAll(':', ''),
          'hex',
        ).toString('base64url'),
      },
    })
    expect(claims.exp * 1000).toBeLessThanOrEqual(made.expiresMs)
    const authorization = `Bearer ${token}`
    const whole = await by(`${mtlsUrl}/api/v1/tasks/${made.taskId}`, { headers: { authorization } })
    expect(whole.status).toBe(200)
    // no other task of the same identity, no new one, and no certificate out of a certificate
    const other = await openTask(house, reader)
    expect(await askToken(by, other, made.spiffeId)).toEqual([expect.any(Number), 'task_not_active'])
    const post = async (path: string, body: object): Promise<string | undefined> => {
      const headers = { 'content-type': 'application/json' }
      const answer = await by(`${mtlsUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return ((await answer.json()) as { code?: string }).code
    }
    expect(await post('/api/v1/tasks', { ...reader.task, ticket: null })).toBe('certificate_invalid')
    const { request } = await makeCertificateKey()
    expect(await post(`/api/v1/tasks/${made.taskId}/svid`, { request })).toBe('certificate_invalid')
    // nor by the ways that open a task on the way to a token
    const form = async (path: string, body: Record<string, string>): Promise<unknown> => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await by(`${mtlsUrl}${path}`, { method: 'POST', headers, body: new URLSearchParams(body) })
      return ((await answer.json()) as { code?: string }).code
    }
    const client = { client_id: made.spiffeId }
    const own = { ...client, grant_type: 'client_credentials', resource: `${house.url}/mcp/docs` }
    expect(await form('/oauth/token', own)).toBe('task_not_active')
    expect(await form('/oauth/introspect', { ...client, token })).toBe('certificate_invalid')
    expect(await form('/oauth/revoke', { ...client, token })).toBe('certificate_invalid')
  })

  it('ends at our listener with its task, whatever its times say', async () => {
    const made = await certify()
    const by = shown(made)
    expect((await askToken(by, made.taskId, id))[0]).toBe(200)
    await reader.agent.complete(made.taskId)
    expect(await askToken(by, made.taskId, id)).toEqual([400, 'task_not_active'])
  })

  it('is on record as what it is, and is cut off with all that its identity holds', async () => {
    const made = await certify()
    const { entry } = await house.people.lin.client.entries.show(made.entry)
    expect(entry).toMatchObject({
      kind: 'credential.issued',
      data: { kind: 'x509_svid', credentialId: made.credentialId, audience: `spiffe://${trustDomain}` },
    })
    expect(JSON.stringify(entry)).not.toContain('BEGIN')
    const by = shown(made)
    expect((await askToken(by, made.taskId, made.spiffeId))[0]).toBe(200)
    await house.people.sam.client.cutoffs.make({ target: 'task', targetId: made.taskId, because: 'A drill' })
    expect(await askToken(by, made.taskId, made.spiffeId)).toEqual([400, 'cut_off'])
  })

  it('is not what somebody else signed in its name, nor what an authority of ours never gave', async () => {
    const made = await certify()
    const forged = makeAuthority({ uris: [`spiffe://${trustDomain}`] }).issue({
      commonName: made.credentialId,
      uris: [made.spiffeId],
    })
    const by = shown({ certificate: forged.pem, key: forged.key })
    expect(await askToken(by, made.taskId, made.spiffeId)).toEqual([401, 'certificate_invalid'])
  })

  it('is given to identities whose tokens are bound to keys, with a proof, and with the strength of that proof', async () => {
    const releaser = await makeReleaser(house)
    await register(house, releaser)
    const taskId = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
    const { request } = await makeCertificateKey()
    const made = await releaser.agent.certify(taskId, request)
    const { credentials } = await house.people.lin.client.tasks.show(taskId)
    expect(credentials).toContainEqual(
      expect.objectContaining({
        id: made.credentialId,
        kind: 'x509_svid',
        strength: 'key-bound',
        keyThumbprint: expect.any(String),
      }),
    )
  })

  it('is made for nobody without a task of their own, without a request that its key signed, or after the end', async () => {
    const taskId = await openTask(house, reader)
    const { request } = await makeCertificateKey()
    const der = Buffer.from(request.replace(/-----.*-----/g, ''), 'base64')
    const spoilt = Buffer.from(der)
    spoilt[40] = (spoilt[40] ?? 0) ^ 1
    const bad = [spoilt, Buffer.concat([der, Buffer.of(0)]), der.subarray(0, -1), Buffer.alloc(0)]
    for (const bytes of bad)
      expect(await codeOf(reader.agent.certify(taskId, toPem('CERTIFICATE REQUEST', bytes)))).toBe('request_invalid')
    const other = makeSummariser(house, 'other-reader')
    await register(house, other)
    expect(await codeOf(other.agent.certify(taskId, request))).toBe('task_not_active')
    await reader.agent.complete(taskId)
    expect(await codeOf(reader.agent.certify(taskId, request))).toBe('task_not_active')
  })

  it('counts no more once the key of its authority leaked, here and in the bundle', async () => {
    const made = await certify()
    const before = await bundle()
    await house.people.sam.client.keys.rotate({ reason: 'It lay in a backup', leaked: true, use: 'x509-ca' })
    const after = await bundle()
    const [old] = before.keys.flatMap(({ x5c = [] }) => x5c)
    expect(after.keys.flatMap(({ x5c = [] }) => x5c)).not.toContain(old)
    expect(after.spiffe_sequence).toBeGreaterThan(before.spiffe_sequence)
    expect(await askToken(shown(made), made.taskId, made.spiffeId)).toEqual([401, 'certificate_invalid'])
    const fresh = await certify()
    expect((await askToken(shown(fresh), fresh.taskId, fresh.spiffeId))[0]).toBe(200)
    // the authority is the same after a restart, and a successor is published before it signs
    await house.people.sam.client.keys.rotate({ reason: 'It is old', use: 'x509-ca' })
    expect((await bundle()).keys.filter(({ use }) => use === 'x509-svid')).toHaveLength(2)
    expect(fresh.authorities).toContain((after.keys.flatMap(({ x5c = [] }) => x5c)[0] ?? '?').slice(0, 64))
  })
})

describe('a house without a trust domain', () => {
  it('certifies nobody', async () => {
    const house = await startHouse()
    await furnish(house)
    const reader = makeSummariser(house)
    await register(house, reader)
    const taskId = await openTask(house, reader)
    const { request } = await makeCertificateKey()
    expect(await codeOf(reader.agent.certify(taskId, request))).toBe('not_found')
    await house.end(5)
  })
})

function toPem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
