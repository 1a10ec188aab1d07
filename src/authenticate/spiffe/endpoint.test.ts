import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MadeCertificate, makeAuthority } from '../../../test/issuer/certificates.ts'
import { bind, makeClock, makeRoom, makeStore, outcomeOf } from '../../../test/issuer/room.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Authenticate } from '../authenticate.ts'
import { makePeer } from '../x509/peer-certificate.ts'
import type { TrustDomain } from './bundle-source.ts'

const ENDPOINT = 'spiffe://acme.example/bundle'
const clock = makeClock()
const acme = makeAuthority({ commonName: 'Acme', uris: ['spiffe://acme.example'] })
const next = makeAuthority({ commonName: 'Acme, next', uris: ['spiffe://acme.example'] })
const partner = makeAuthority({ commonName: 'Partner', uris: ['spiffe://partner.example'] })
const bundleOf = (sequence: number, ...authorities: readonly MadeCertificate[]): string =>
  JSON.stringify({
    keys: authorities.map(({ der }) => ({ use: 'x509-svid', kty: 'EC', x5c: [der.toString('base64')] })),
    spiffe_sequence: sequence,
  })
const endpointBy = (authority: MadeCertificate, uri = ENDPOINT): MadeCertificate =>
  authority.issue({ commonName: null, uris: [uri] })

let folder: string
let stop: () => Promise<void> = () => Promise.resolve()
const store = makeStore()
bind(store, { kind: 'spiffe', issuer: 'acme.example', subject: 'spiffe://acme.example/agent' })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-endpoint-'))
  await writeFile(join(folder, 'first.json'), bundleOf(1, acme))
})
afterEach(async () => {
  await stop()
  rmSync(folder, { recursive: true })
})

/** Serves over TLS with a certificate, and gives the address. */
async function serve(by: MadeCertificate, listener: RequestListener): Promise<string> {
  const server = createServer({ cert: by.pem, key: by.key }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/bundle.json`
}

const answering =
  (body: () => string): RequestListener =>
  (_, response) =>
    response.end(body())

function open(bundleUrl: string, more: Partial<TrustDomain> = {}, others: readonly TrustDomain[] = []): Authenticate {
  const domain = { name: 'acme.example', bundleUrl, profile: 'https_spiffe', endpointSpiffeId: ENDPOINT } as const
  const first = { bundleFile: join(folder, 'first.json'), allowInsecureHttp: false, allowInternal: true }
  return makeRoom({
    store: { ...store, getTrustBundle: () => Promise.resolve(undefined), apply: () => undefined },
    clock,
    trustDomains: [{ ...domain, ...first, ...more }, ...others],
  })
}

const show = (room: Authenticate, by: MadeCertificate): Promise<string> =>
  outcomeOf(room.byCertificate(makePeer(by.issue({ commonName: null, uris: ['spiffe://acme.example/agent'] }).der, [])))
const problemOf = async (room: Authenticate): Promise<string | null | undefined> =>
  (await room.checkSources())[0]?.problem

describe('a bundle endpoint of the profile https_web', () => {
  it.each<[string, () => MadeCertificate]>([
    ['an authority that nobody named to the platform', () => acme.issue({ dns: ['127.0.0.1'] })],
    ['the certificate of an X.509-SVID', () => endpointBy(acme)],
  ])('is told to whoever runs the house where it shows %s', async (_, certificate) => {
    const url = await serve(
      certificate(),
      answering(() => bundleOf(2, acme)),
    )
    const room = open(url, { profile: 'https_web', endpointSpiffeId: undefined, bundleFile: undefined })
    expect(await show(room, acme)).toBe('issuer_unavailable')
    expect(await problemOf(room)).toMatch(/^It cannot be reached: the authority .* NODE_EXTRA_CA_CERTS/)
  })
})

describe('a bundle endpoint of the profile https_spiffe', () => {
  it('is proved by the first bundle, and from then on by the newest that it gave', async () => {
    let bundle = bundleOf(2, acme, next)
    const room = open(
      await serve(
        endpointBy(acme),
        answering(() => bundle),
      ),
    )
    expect(await show(room, next)).toBe('workload')
    await stop()
    // the authority of the first bundle is gone from the newest one, and with it whoever shows its certificates
    bundle = bundleOf(3, next)
    const port = await serve(
      endpointBy(next),
      answering(() => bundle),
    )
    const moved = open(port)
    expect(await show(moved, next)).toBe('issuer_unavailable')
    expect(await problemOf(moved)).toContain('not whom it was asked for')
  })

  it('judges each read by the bundle of the one before', async () => {
    let bundle = bundleOf(2, next)
    const room = open(
      await serve(
        endpointBy(acme),
        answering(() => bundle),
      ),
    )
    expect(await show(room, next)).toBe('workload')
    bundle = bundleOf(3, acme)
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    expect(await show(room, next)).toBe('workload')
    expect(await problemOf(room)).toContain('not whom it was asked for')
  })

  it.each<[string, () => MadeCertificate]>([
    ['another SPIFFE ID', () => endpointBy(acme, 'spiffe://acme.example/other')],
    ['another authority with the same name', () => endpointBy(makeAuthority({ commonName: 'Acme' }))],
    ['an SVID that has expired', () => acme.issue({ commonName: null, uris: [ENDPOINT], untilMs: Date.now() - 1_000 })],
    ['a certificate for its host', () => acme.issue({ dns: ['localhost'] })],
  ])('is not believed with %s', async (_, certificate) => {
    const room = open(
      await serve(
        certificate(),
        answering(() => bundleOf(2, acme)),
      ),
    )
    expect(await show(room, acme)).toBe('issuer_unavailable')
    expect(await problemOf(room)).toContain('not whom it was asked for')
  })

  it('may be proved by a member of another trust domain', async () => {
    await writeFile(join(folder, 'partner.json'), bundleOf(1, partner))
    const id = 'spiffe://partner.example/federation'
    const other = { name: 'partner.example', bundleFile: join(folder, 'partner.json'), allowInsecureHttp: false }
    const url = await serve(
      endpointBy(partner, id),
      answering(() => bundleOf(1, acme)),
    )
    const told = { bundleFile: undefined, endpointSpiffeId: id }
    expect(await show(open(url, told, [other]), acme)).toBe('workload')
    expect(() => open(url, told)).toThrow(/config_invalid/)
    const ring = {
      ...other,
      bundleFile: undefined,
      bundleUrl: url,
      profile: 'https_spiffe',
      endpointSpiffeId: 'spiffe://acme.example/x',
    } as const
    expect(() => open(url, told, [ring])).toThrow(/config_invalid/)
  })

  it.each<[string, (url: string) => string, string]>([
    ['another path of it', (url) => `${url}?moved`, 'workload'],
    ['a path without a host', () => '/bundle.json?moved', 'workload'],
    ['plain HTTP', (url) => url.replace('https:', 'http:'), 'issuer_unavailable'],
    ['a file', () => 'file:///etc/passwd', 'issuer_unavailable'],
    ['itself, again and again', (url) => url, 'issuer_unavailable'],
  ])('is followed once to %s', async (_, target, outcome) => {
    let url = ''
    url = await serve(endpointBy(acme), (request, response) => {
      if (request.url?.endsWith('?moved')) response.end(bundleOf(2, acme))
      else response.writeHead(307, { location: target(url) }).end()
    })
    expect(await show(open(url), acme)).toBe(outcome)
  })

  it.each<[string, Partial<TrustDomain>]>([
    ['without its SPIFFE ID', { endpointSpiffeId: undefined }],
    ['without a first bundle', { bundleFile: undefined }],
    ['of the other profile with a SPIFFE ID', { profile: 'https_web', bundleFile: undefined }],
  ])('is refused at the start %s', (_, more) => {
    expect(() => open('https://acme.example/bundle.json', more)).toThrow(/config_invalid/)
  })
})
