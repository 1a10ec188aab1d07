import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../test/issuer/issuer.ts'
import type { Claims } from '../../../test/issuer/minted-keys.ts'
import { PLATFORM_TOKENS } from '../../../test/issuer/platform-tokens.ts'
import {
  AUDIENCE,
  bind,
  type MemoryStore,
  makeClock,
  makeRoom,
  makeStore,
  outcomeOf,
} from '../../../test/issuer/room.ts'
import { makeTrustBundle } from '../../../test/issuer/trust-bundle.ts'
import { completeIssuer, issuer as issuerRow } from '../../config/sources.ts'
import { findWidth, PRESET_NAMES, type PresetName, presetOf, proposeClaims } from '../../contract/register/presets.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Authenticate } from '../authenticate.ts'
import type { Stranger, WorkloadCaller } from '../caller.ts'
import type { DpopProof } from '../dpop/proof.ts'
import { makePeer } from '../x509/peer-certificate.ts'

const clock = makeClock()
const issuers = new Map<string, Issuer>()
let proofs = 0

beforeAll(async () => {
  for (const algorithm of ['RS256', 'ES384', 'ES256'])
    issuers.set(algorithm, await startIssuer({ nowMs: clock.nowMs, algorithm }))
})
afterAll(() => Promise.all([...issuers.values()].map((issuer) => issuer.stop())))

/** A proof of a key as the door has verified it. */
const proofOf = (thumbprint: string): DpopProof => {
  const id = `proof-${++proofs}`
  const changes = [{ op: 'insert', table: 'seen_proofs', row: { id, expiresMs: clock.nowMs() + 1_000 } }] as const
  return { thumbprint, seenId: id, changes } as unknown as DpopProof
}

interface Stage {
  readonly store: MemoryStore
  readonly room: Authenticate
  mint(more?: Claims): Promise<string>
  show(jwt: string, thumbprint?: string): Promise<WorkloadCaller | Stranger>
}

/** Sets a platform up as its row in the configuration does it, `more` said in the row. */
function setUp(name: PresetName, more: Readonly<Record<string, unknown>> = {}): Stage {
  const { claims, header, algorithm } = PLATFORM_TOKENS[name]
  const issuer = issuers.get(algorithm) as Issuer
  const store = makeStore()
  const row = { issuer: issuer.url, preset: name, allowInsecureHttp: true, ...more }
  const room = makeRoom({ store, clock, issuers: [completeIssuer(issuerRow.parse(row))] })
  const subject = String(claims['sub'])
  bind(store, { issuer: issuer.url, subject, claims: proposeClaims(presetOf(name), claims) })
  return {
    store,
    room,
    mint: (others = {}) => issuer.mint({ ...claims, aud: AUDIENCE, ...others }, header),
    show: (jwt, thumbprint) => room.byAssertion(jwt, thumbprint === undefined ? {} : { proof: proofOf(thumbprint) }),
  }
}

describe.each(PRESET_NAMES)('a token of the shape of %s', (name) => {
  it('proves the workload that is bound to what the preset proposes, which is not wide', async () => {
    const { show, mint } = setUp(name)
    expect(await show(await mint(), 'own')).toMatchObject({ kind: 'workload', strength: 'key-bound' })
    const { claims } = PLATFORM_TOKENS[name]
    const proof = { subject: String(claims['sub']), claims: proposeClaims(presetOf(name), claims) }
    expect(findWidth(presetOf(name), proof)).toEqual([])
    if (presetOf(name).pins.length > 0) expect(findWidth(presetOf(name), { ...proof, claims: {} })).not.toEqual([])
    expect(findWidth(presetOf(name), { ...proof, subjectPattern: `${proof.subject.split(/[/:]/)[0]}:**` })).not.toEqual(
      [],
    )
  })

  it('of another workload is a stranger, and what it shows is proposed for its binding', async () => {
    const { show, mint } = setUp(name)
    const { claims } = PLATFORM_TOKENS[name]
    const seen = await show(await mint({ sub: `${String(claims['sub'])}x` }), 'own')
    expect(seen).toMatchObject({ kind: 'stranger', proposed: proposeClaims(presetOf(name), claims) })
  })

  it('proves nobody without each of the claims that are proposed', async () => {
    const { show, mint } = setUp(name)
    for (const claim of presetOf(name).proposes) {
      const top = claim.startsWith('/') ? (claim.split('/')[1]?.replaceAll('~1', '/') ?? '') : claim
      if (PLATFORM_TOKENS[name].claims[top] === undefined) continue
      for (const value of [undefined, 'other', 7, ['other'], { other: true }])
        expect((await show(await mint({ [top]: value }), 'own')).kind).toBe('stranger')
    }
  })
})

describe('an assertion that its platform hands out again', () => {
  it('counts until its end for the key that showed it first, and for no other one', async () => {
    const { room, store, show, mint } = setUp('kubernetes')
    const jwt = await mint()
    const first = await show(jwt, 'own')
    expect(first.changes).toContainEqual(expect.objectContaining({ table: 'held_assertions' }))
    store.apply(first.changes)
    const again = await show(jwt, 'own')
    expect(again).toMatchObject({ kind: 'workload', strength: 'key-bound' })
    expect(again.changes.map((change) => 'table' in change && change.table)).toEqual(['seen_proofs'])
    expect(await outcomeOf(show(jwt, 'thief'))).toBe('assertion_reused')
    expect(await outcomeOf(show(jwt))).toBe('proof_missing')
    expect(await outcomeOf(show(await mint(), 'thief'))).toBe('workload') // another assertion is another matter
    expect(await outcomeOf(room.byAssertion('nonsense'))).toBe('assertion_malformed')
  })

  it('is read once, also where it is asked again and again whose it is', async () => {
    let asked = 0
    const { store, show, mint } = setUp('kubernetes')
    const ask = store.getHeldAssertion
    store.getHeldAssertion = (id) => {
      asked += 1
      return ask(id)
    }
    const jwt = await mint()
    store.apply((await show(jwt, 'own')).changes)
    for (let times = 0; times < 5; times += 1) await show(jwt, 'own')
    expect(await outcomeOf(show(jwt, 'thief'))).toBe('assertion_reused')
    expect(asked).toBe(2) // while it was nobody's, and once after
  })

  it('is shown by two requests at once: the same key is let in again, another one is not', async () => {
    const { room, store, show, mint } = setUp('kubernetes')
    const jwt = await mint()
    const [one, two, thief] = (await Promise.all([show(jwt, 'own'), show(jwt, 'own'), show(jwt, 'thief')])) as [
      WorkloadCaller,
      WorkloadCaller,
      WorkloadCaller,
    ]
    store.apply(one.changes)
    expect(() => store.apply(two.changes)).toThrow('conflict')
    store.apply((await room.afterRace(two)).changes)
    expect(() => store.apply(thief.changes)).toThrow('conflict')
    expect(await outcomeOf(room.afterRace(thief))).toBe('assertion_reused')
  })

  it('never passes for more than bound to a key, unless a key is named by it or by the binding', async () => {
    const { store, room, show, mint } = setUp('kubernetes', { attests: true })
    expect(await show(await mint(), 'own')).toMatchObject({ strength: 'key-bound' })
    expect(await show(await mint({ cnf: { jkt: 'own' } }), 'own')).toMatchObject({ strength: 'attested' })
    const certificate = makePeer(Buffer.from('own'), [])
    const named = { 'x5t#S256': certificate.thumbprint }
    expect(await room.byAssertion(await mint({ cnf: named }), { certificate })).toMatchObject({ strength: 'attested' })
    // the certificate is there, and what comes of it is bound to a key that nobody vouches for
    const free = { certificate, proof: proofOf('free') }
    expect(await room.byAssertion(await mint({ cnf: named }), free)).toMatchObject({ strength: 'key-bound' })
    const both = { ...free, proof: proofOf('own') }
    expect(await room.byAssertion(await mint({ cnf: { ...named, jkt: 'own' } }), both)).toMatchObject({
      strength: 'attested',
    })
    const { claims } = PLATFORM_TOKENS.kubernetes
    const issuer = (issuers.get('RS256') as Issuer).url
    bind(store, {
      issuer,
      subject: String(claims['sub']),
      claims: { sub: String(claims['sub']) },
      keyThumbprints: ['own'],
    })
    expect(await show(await mint({ 'kubernetes.io': {} }), 'own')).toMatchObject({ strength: 'attested' })
    expect(await outcomeOf(show(await mint({ 'kubernetes.io': {} }), 'thief'))).toBe('proof_invalid')
  })

  it('that lives for a year is taken only as long as the row says', async () => {
    const { show, mint } = setUp('kubernetes', { maxAgeSeconds: 600 })
    const seconds = Math.floor(clock.nowMs() / 1_000)
    expect(await outcomeOf(show(await mint({ iat: seconds, exp: seconds + 31_536_000 }), 'own'))).toBe('workload')
    expect(await outcomeOf(show(await mint({ iat: seconds - 631, exp: seconds + 600 }), 'own'))).toBe(
      'assertion_expired',
    )
    const azure = setUp('azure')
    expect(await outcomeOf(azure.show(await azure.mint({ iat: seconds - 80_000, exp: seconds + 6_000 }), 'own'))).toBe(
      'workload',
    )
  })

  it('that counted before lends nothing to one with another signature, nor to itself once its key is withdrawn', async () => {
    const issuer = issuers.get('RS256') as Issuer
    const { store, show, mint } = setUp('kubernetes')
    const seconds = Math.floor(clock.nowMs() / 1_000)
    const jwt = await mint({ iat: seconds, exp: seconds + 3_000 })
    store.apply((await show(jwt, 'own')).changes)
    const signed = jwt.slice(0, jwt.lastIndexOf('.') + 1)
    const other = (await mint()).split('.')[2] ?? ''
    expect(await outcomeOf(show(signed + other, 'own'))).toBe('assertion_signature')
    expect(await outcomeOf(show(signed, 'own'))).toBe('assertion_signature')
    expect(await outcomeOf(show(jwt, 'own'))).toBe('workload')
    await issuer.rotate({ forget: true })
    clock.advance(LIMITS.jwksMaxAgeMs)
    expect(await outcomeOf(show(jwt, 'own'))).toBe('assertion_signature')
    expect(await outcomeOf(show(await mint(), 'own'))).toBe('workload')
  })

  it('counts once where its issuer says so', async () => {
    const { store, show, mint } = setUp('kubernetes', { liveness: 'single-use' })
    const jwt = await mint()
    store.apply((await show(jwt, 'own')).changes)
    expect(await outcomeOf(show(jwt, 'own'))).toBe('assertion_replayed')
  })
})

describe('a JWT-SVID that the agent of SPIRE hands out again', () => {
  const trustDomain = 'acme.example'
  const setUpDomain = async (liveness: 'single-use' | 'cached') => {
    const bundle = await makeTrustBundle({ trustDomain, nowMs: clock.nowMs })
    const file = join(mkdtempSync(join(tmpdir(), 'remit-svid-')), 'bundle.json')
    await bundle.writeTo(file)
    const store = makeStore()
    bind(store, { kind: 'spiffe', issuer: trustDomain, subject: `spiffe://${trustDomain}/api` })
    const room = makeRoom({ store, clock, trustDomains: [{ name: trustDomain, bundleFile: file, liveness }] })
    const svid = await bundle.mint('/api', { aud: [AUDIENCE] })
    const show = (thumbprint: string) => room.byAssertion(svid, { proof: proofOf(thumbprint) })
    return { store, show }
  }

  it('counts again for the key that showed it first, where its domain says so', async () => {
    const { store, show } = await setUpDomain('cached')
    store.apply((await show('own')).changes)
    expect(await show('own')).toMatchObject({ kind: 'workload', strength: 'key-bound' })
    expect(await outcomeOf(show('thief'))).toBe('assertion_reused')
  })

  it('counts once where it does not', async () => {
    const { store, show } = await setUpDomain('single-use')
    store.apply((await show('own')).changes)
    expect(await outcomeOf(show('own'))).toBe('assertion_replayed')
  })
})

describe('the trust in an issuer', () => {
  it('names the audiences that it may have, of which there is one', async () => {
    const { show, mint } = setUp('azure', { audiences: ['api://remit', 'https://other.example'] })
    expect(await outcomeOf(show(await mint({ aud: 'api://remit' }), 'own'))).toBe('workload')
    expect(await outcomeOf(show(await mint({ aud: ['https://other.example'] }), 'own'))).toBe('workload')
    for (const aud of [AUDIENCE, ['api://remit', 'https://other.example'], 'api://remit/', '', [], undefined, 7])
      expect(await outcomeOf(show(await mint({ aud }), 'own'))).toBe('assertion_audience')
  })

  it('asks for claims of every assertion, whoever it is of', async () => {
    const { show, mint } = setUp('gitlab', {
      claimRules: { ref_protected: 'true', namespace_path: { pattern: 'acme/*' } },
    })
    expect(await outcomeOf(show(await mint({ namespace_path: 'acme/docs' }), 'own'))).toBe('workload')
    for (const bad of [{ ref_protected: 'false' }, { ref_protected: true }, { namespace_path: 'evil/acme' }])
      expect(await outcomeOf(show(await mint({ namespace_path: 'acme/docs', ...bad }), 'own'))).toBe('assertion_claims')
  })

  it('in who people are proves no workload', async () => {
    const { show, mint } = setUp('google', { serves: 'people' })
    expect(await outcomeOf(show(await mint(), 'own'))).toBe('issuer_unknown')
  })

  it('asks for a jti where the platform has one', async () => {
    const { show, mint } = setUp('gitlab')
    expect(await outcomeOf(show(await mint({ jti: undefined }), 'own'))).toBe('assertion_claims')
  })
})
