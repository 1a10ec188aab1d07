import { describe, expect, it } from 'vitest'
import {
  type CertificateParts,
  type MadeCertificate,
  makeAuthority,
  makeSelfSigned,
} from '../../../test/issuer/certificates.ts'
import { AUDIENCE, bind, makeClock, makeRoom, makeStore, outcomeOf } from '../../../test/issuer/room.ts'
import { makeTrustBundle } from '../../../test/issuer/trust-bundle.ts'
import type { Authenticate } from '../authenticate.ts'
import type { ClientAuthority } from './client-authority.ts'
import { openAuthorities } from './client-authority.ts'
import { makePeer, type PeerCertificate } from './peer-certificate.ts'

const clock = makeClock()
const at = { nowMs: clock.nowMs() }
const corp = makeAuthority({ ...at, commonName: 'Corp' })
const other = makeAuthority({ ...at, commonName: 'Corp' })
const peer = (...[leaf, ...above]: readonly MadeCertificate[]): PeerCertificate =>
  makePeer(
    leaf?.der ?? new Uint8Array(),
    above.map(({ der }) => der),
  )

/** A room that knows the authority `corp`, and these bindings of certificates, an identity each. */
function open(bindings: readonly (readonly [issuer: string, subject: string])[]): Authenticate {
  const store = makeStore()
  for (const [n, [issuer, subject]] of bindings.entries())
    bind(store, { kind: 'certificate', issuer, subject }, { id: `idn_${n}` })
  return makeRoom({ store, clock, clientAuthorities: [{ name: 'corp', pem: corp.pem }] })
}

describe('a certificate of an authority', () => {
  const names: [string, string, CertificateParts][] = [
    ['a DNS name', 'dns:agent.example.org', { dns: ['AGENT.example.org'] }],
    ['one of several', 'dns:agent.example.org', { dns: ['x.example.org', 'agent.example.org'] }],
    ['its subject', 'dn:CN=an agent\\, of ours', { commonName: 'an agent, of ours' }],
    ['a URI', 'uri:https://agent.example.org/a', { uris: ['https://agent.example.org/a'] }],
  ]
  it.each(names)('proves a client by %s', async (_, subject, parts) => {
    const room = open([['corp', subject]])
    const caller = await room.byCertificate(peer(corp.issue({ ...at, ...parts })))
    expect(caller).toMatchObject({
      kind: 'workload',
      strength: 'key-bound',
      possession: { kind: 'x5t#S256' },
      changes: [],
    })
    expect(await outcomeOf(room.byCertificate(peer(other.issue({ ...at, ...parts }))))).toBe('issuer_unknown')
  })

  it.each<[string, CertificateParts]>([
    ['is for a server', { purposes: ['1.3.6.1.5.5.7.3.1'] }],
    ['signs others', { isAuthority: true }],
    ['may not sign for itself', { keyUses: [2] }],
    ['holds another name', { dns: ['agent.example.org.evil.test'] }],
    ['holds a wildcard', { dns: ['*.example.org'] }],
  ])('proves nobody where it %s', async (_, parts) => {
    const room = open([['corp', 'dns:agent.example.org']])
    const made = corp.issue({ ...at, dns: ['agent.example.org'], ...parts })
    expect(await outcomeOf(room.byCertificate(peer(made)))).toBe('issuer_unknown')
  })

  it('that two identities are bound to by its names is nobody', async () => {
    const room = open([
      ['corp', 'dns:a.example.org'],
      ['corp', 'dns:b.example.org'],
    ])
    const made = corp.issue({ ...at, dns: ['a.example.org', 'b.example.org'] })
    expect(await outcomeOf(room.byCertificate(peer(made)))).toBe('identity_ambiguous')
  })
})

describe('a certificate that is registered by itself', () => {
  it('counts for as long as it lives, whoever signed it, and for its binding alone', async () => {
    const alone = makeSelfSigned({ ...at, untilMs: at.nowMs + 1_000 })
    const room = open([['self', alone.thumbprint]])
    expect(await outcomeOf(room.byCertificate(peer(alone)))).toBe('workload')
    expect(await outcomeOf(room.byCertificate(peer(makeSelfSigned(at))))).toBe('issuer_unknown')
    clock.advance(2_000)
    expect(await outcomeOf(room.byCertificate(peer(alone)))).toBe('certificate_invalid')
  })

  it('is none where nothing was shown', async () => {
    const nothing = { thumbprint: '', chain: [] }
    expect(await outcomeOf(open([]).byCertificate(nothing))).toBe('certificate_missing')
  })
})

describe('an assertion over the connection of a certificate', () => {
  it('is bound to it, and no more attested for that: whoever found the assertion has some certificate too', async () => {
    const trust = await makeTrustBundle({ trustDomain: 'acme.example', nowMs: clock.nowMs })
    const server = await trust.serve()
    const store = makeStore()
    bind(store, { kind: 'spiffe', issuer: 'acme.example', subject: 'spiffe://acme.example/agent' })
    const bundleUrl = `${server.origin}/bundle.json`
    const room = makeRoom({ store, clock, trustDomains: [{ name: 'acme.example', bundleUrl }] })
    const certificate = peer(makeSelfSigned(at))
    const mint = (cnf?: object): Promise<string> =>
      trust.mint('/agent', { aud: AUDIENCE, ...(cnf === undefined ? {} : { cnf }) })
    const caller = await room.byAssertion(await mint(), { certificate })
    expect(caller).toMatchObject({
      strength: 'key-bound',
      possession: { kind: 'x5t#S256', thumbprint: certificate.thumbprint },
    })
    const named = await mint({ 'x5t#S256': certificate.thumbprint })
    expect(await room.byAssertion(named, { certificate })).toMatchObject({ strength: 'attested' })
    expect(await outcomeOf(room.byAssertion(await mint({ 'x5t#S256': 'other' }), { certificate }))).toBe(
      'proof_invalid',
    )
    expect(await outcomeOf(room.byAssertion(await mint({ jkt: certificate.thumbprint }), { certificate }))).toBe(
      'proof_invalid',
    )
    expect(await outcomeOf(room.byAssertion(await mint({ 'x5t#S256': certificate.thumbprint })))).toBe('proof_missing')
    await server.stop()
  })
})

describe('an authority that is configured', () => {
  it.each<[string, readonly ClientAuthority[]]>([
    [
      'twice',
      [
        { name: 'corp', pem: corp.pem },
        { name: 'corp', pem: corp.pem },
      ],
    ],
    ['under the name of none', [{ name: 'self', pem: corp.pem }]],
    ['without a certificate', [{ name: 'corp', pem: '' }]],
    ['by the certificate of a client', [{ name: 'corp', pem: corp.issue(at).pem }]],
    ['by something else', [{ name: 'corp', pem: corp.key }]],
    ['by a certificate that is cut short', [{ name: 'corp', pem: corp.pem.replace(/\n.{20}/, '\n') }]],
  ])('%s is refused at the start', (_, rows) => {
    expect(() => openAuthorities(rows, clock)).toThrow(/config_invalid/)
  })

  it('may have several certificates, in a file with words between them', () => {
    const [opened] = openAuthorities(
      [{ name: 'corp', pem: `The old one:\n${corp.pem}\nThe new one:\n${other.pem}` }],
      clock,
    )
    expect(opened?.certificates).toHaveLength(2)
  })
})
