import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveGrpc } from '../../cli/workload-api/grpc-server.ts'
import { type KeptSvid, keepSvid } from '../../cli/workload-api/kept-svid.ts'
import { makeMethods } from '../../cli/workload-api/methods.ts'
import type { TrustBundles } from '../../sdk/svid-answers.ts'
import { fetchBundle } from '../../src/authenticate/spiffe/workload-api.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { type MadeCertificate, makeAuthority } from '../issuer/certificates.ts'
import { type MintedKey, mintKey, signClaims } from '../issuer/minted-keys.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { callWorkloadApi, readMessage } from './workload-client.ts'

const OWN = 'agents.example'
const PARTNER = 'partner.example'
const AUDIENCE = 'https://api.agents.example'

/** A text field of a message, of any length. */
function field(number: number, text: string): Buffer {
  const length = Buffer.byteLength(text)
  const size = length < 128 ? Buffer.of(length) : Buffer.of((length % 128) + 128, Math.floor(length / 128))
  return Buffer.concat([Buffer.of(number * 8 + 2), size, Buffer.from(text)])
}

/** Gives the values of a `map<string, bytes>` field, by key. */
function mapOf(message: Buffer, number: number): Readonly<Record<string, Buffer>> {
  const entries = readMessage(message).filter(([at]) => at === number)
  return Object.fromEntries(
    entries.map(([, entry]) => {
      const fields = new Map(readMessage(entry))
      return [fields.get(1)?.toString('utf8') ?? '', fields.get(2) ?? Buffer.alloc(0)]
    }),
  )
}

/** Says another algorithm of a JWT than it was signed by. */
function relabel(jwt: string, alg: string): string {
  const [head = '', ...rest] = jwt.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as object
  return [Buffer.from(JSON.stringify({ ...header, alg })).toString('base64url'), ...rest].join('.')
}

/** Writes a part of a JWT in letters of which only the lower half is the same: that half is what was signed. */
function respell(jwt: string, part: number): string {
  const parts = jwt.split('.')
  parts[part] = (parts[part] ?? '').replace(/./g, (letter) => String.fromCharCode(0x100 + letter.charCodeAt(0)))
  return parts.join('.')
}

describe('the bundles of trust domains that our workloads are to trust', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-federated-')))
  const socket = join(folder, 'own', 'agent.sock')
  const file = (name: string): string => join(folder, `${name}.json`)
  const partner = makeAuthority({ commonName: 'Partner', uris: [`spiffe://${PARTNER}`] })
  const next = makeAuthority({ commonName: 'Partner, next', uris: [`spiffe://${PARTNER}`] })
  let key: MintedKey
  /** Further ones of the same bundle, by algorithm. */
  const keys = new Map<string, MintedKey>()
  let house: House
  let reader: Actor
  let svid: KeptSvid
  let served: Awaited<ReturnType<typeof serveGrpc>>
  /** What is planned next, run by hand. */
  let renew = (): void => undefined

  const write = (name: string, sequence: number, ...authorities: readonly MadeCertificate[]): void => {
    const x509 = authorities.map(({ der }) => ({ use: 'x509-svid', kty: 'EC', x5c: [der.toString('base64')] }))
    const { kty, crv, x, y } = key.publicJwk
    const unheard = { use: 'wit-svid', kty, crv, x, y, kid: 'w1' }
    const others = [...keys.values()].map(({ publicJwk }) => ({ ...publicJwk, use: 'jwt-svid' }))
    const all = [...x509, { use: 'jwt-svid', kty, crv, x, y, kid: 'p1' }, ...others, unheard]
    writeFileSync(file(name), JSON.stringify({ keys: all, spiffe_sequence: sequence, spiffe_refresh_hint: 0 }))
  }
  const domain = (name: string): object => ({ name, bundleFile: file(name) })

  beforeAll(async () => {
    key = await mintKey('ES256', 'p1')
    for (const each of ['RS256', 'PS512', 'ES384']) keys.set(each, await mintKey(each, each))
    write(PARTNER, 7, partner)
    write('silent.example', 1, partner)
    house = await startHouse({
      spiffe: { trustDomain: OWN, federates: [PARTNER, 'lost.example'] },
      trustDomains: [domain(PARTNER), domain('silent.example'), domain('lost.example')],
    })
    await furnish(house)
    reader = makeSummariser(house)
    await register(house, reader)
    const taskId = await openTask(house, reader)
    const clock = {
      nowMs: () => Date.now(),
      after: (_ms: number, run: () => void) => {
        renew = run
        return () => undefined
      },
    }
    svid = await keepSvid(reader.agent, taskId, { note: (sentence) => expect.unreachable(sentence), clock })
    mkdirSync(join(folder, 'own'), { mode: 0o700 })
    served = await serveGrpc(socket, makeMethods({ agent: reader.agent, taskId, svid }), false)
  })
  afterAll(async () => {
    await served.close()
    await house.end(10)
    rmSync(folder, { recursive: true })
  })

  const first = async (method: string): Promise<Buffer> =>
    (await callWorkloadApi(socket, method, undefined, { enough: 1 })).messages[0] ?? Buffer.alloc(0)
  const thumbprintOf = (der: Buffer): string => new X509Certificate(der).fingerprint256

  it('are told as a map, with what counts here of each: none that was not named, and none that cannot be read', async () => {
    const { trust_domains: told } = (await (await house.fetch(`${house.url}/spiffe/bundles`)).json()) as TrustBundles
    expect(Object.keys(told)).toEqual([OWN, PARTNER])
    expect(told[OWN]).toEqual(await (await house.fetch(`${house.url}/spiffe/bundle`)).json())
    const { kty, crv, x, y } = key.publicJwk
    expect(told[PARTNER]).toEqual({
      keys: [
        expect.objectContaining({ use: 'x509-svid', kty: 'EC', x5c: [partner.der.toString('base64')] }),
        { use: 'jwt-svid', kty, crv, x, y, kid: 'p1' },
        ...['RS256', 'PS512', 'ES384'].map((kid) => expect.objectContaining({ use: 'jwt-svid', kid })),
      ],
      spiffe_sequence: 7,
      spiffe_refresh_hint: LIMITS.jwksCooldownMs / 1000,
    })
    expect(told[PARTNER]?.keys[0]).not.toHaveProperty('kid')
  })

  it('are handed out by the Workload API, beside the SVID and by both methods for bundles', async () => {
    const shown = await first('FetchX509SVID')
    expect(Object.keys(mapOf(shown, 3))).toEqual([`spiffe://${PARTNER}`])
    expect(thumbprintOf(mapOf(shown, 3)[`spiffe://${PARTNER}`] ?? Buffer.alloc(0))).toBe(thumbprintOf(partner.der))
    const x509 = mapOf(await first('FetchX509Bundles'), 2)
    expect(Object.keys(x509)).toEqual([`spiffe://${OWN}`, `spiffe://${PARTNER}`])
    const jwt = mapOf(await first('FetchJWTBundles'), 1)
    expect(Object.keys(jwt)).toEqual([`spiffe://${OWN}`, `spiffe://${PARTNER}`])
    const { keys: told } = JSON.parse(jwt[`spiffe://${PARTNER}`]?.toString('utf8') ?? '') as {
      keys: Record<string, string>[]
    }
    expect(told.map((each) => each['kid'])).toEqual(['p1', 'RS256', 'PS512', 'ES384'])
    expect(createPublicKey({ key: told[0] ?? {}, format: 'jwk' }).asymmetricKeyType).toBe('ec')
  })

  it('are read by another Remit as those of its agent of SPIRE are', async () => {
    const { keys: read, authorities = [] } = await fetchBundle(`unix://${socket}`, PARTNER, systemClock)
    expect(read.map(({ kid }) => kid)).toEqual(['p1', 'RS256', 'PS512', 'ES384'])
    expect(authorities.map(({ thumbprint }) => thumbprint)).toEqual([partner.thumbprint])
    await expect(fetchBundle(`unix://${socket}`, 'silent.example', systemClock)).rejects.toThrow(/no bundle/)
  })

  it('verify JWT-SVIDs of those trust domains, each by its own bundle, for a workload that has no library for it', async () => {
    const validate = async (jwt: string): Promise<string> => {
      const request = Buffer.concat([field(1, AUDIENCE), field(2, jwt)])
      const { messages, status } = await callWorkloadApi(socket, 'ValidateJWTSVID', request)
      return status === '0'
        ? (new Map(readMessage(messages[0] ?? Buffer.alloc(0))).get(1)?.toString('utf8') ?? '')
        : 'no'
    }
    const sub = `spiffe://${PARTNER}/ns/a/sa/b`
    const claims = { sub, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 60 }
    const mint = (more: object = {}, header: Readonly<Record<string, unknown>> = {}, by = key): Promise<string> =>
      signClaims(by, { ...claims, ...more }, { typ: 'JWT', kid: by.publicJwk.kid, ...header })
    expect(await validate(await mint())).toBe(sub)
    expect(await validate(await mint({ aud: ['https://other.example', AUDIENCE] }))).toBe(sub)
    for (const each of ['RS256', 'PS512', 'ES384']) {
      const other = keys.get(each)
      expect(await validate(await mint({}, {}, other))).toBe(sub)
      expect(await validate(relabel(await mint({}, {}, other), 'ES256'))).toBe('no')
    }
    const stranger = await mintKey('ES256', 'p1')
    for (const refused of [
      mint({ sub: `spiffe://${OWN}/identity/idn_1` }), // by a key of another trust domain
      mint({ sub: 'spiffe://silent.example/a' }),
      mint({ sub: `spiffe://${PARTNER}` }),
      mint({ sub: `spiffe://${PARTNER}/a/../b` }),
      mint({ sub: `spiffe://${PARTNER}/a/` }),
      mint({ sub: 'spiffe://__proto__/a' }),
      mint({ sub: 7 }),
      mint({ aud: 'https://other.example' }),
      mint({ exp: 1 }),
      mint({ exp: undefined }),
      mint({}, {}, stranger),
      mint({}, { kid: 'w1' }),
      mint({}, { jku: 'https://partner.example/keys' }),
      mint({}, { typ: 'at+jwt' }),
      mint().then((jwt) => respell(jwt, 1)),
      mint().then((jwt) => respell(jwt, 2)),
      mint().then((jwt) => `${jwt}=`),
      ...['none', 'HS256', 'constructor', 'RS256', 'ES384'].map(async (alg) => relabel(await mint(), alg)),
    ])
      expect(await validate(await refused)).toBe('no')
  })

  it('are told anew to streams that are open once another trust domain has other keys; the SVID stays', async () => {
    const before = svid.current()
    const open = callWorkloadApi(socket, 'FetchX509SVID', undefined, { enough: 2 })
    write(PARTNER, 8, partner, next)
    await house.stop() // a bundle is not read twice in so short a time, but at each start
    await house.start()
    renew()
    const { messages } = await open
    const told = mapOf(messages[1] ?? Buffer.alloc(0), 3)[`spiffe://${PARTNER}`] ?? Buffer.alloc(0)
    expect(told.equals(Buffer.concat([partner.der, next.der]))).toBe(true)
    expect(svid.current()?.certificate).toEqual(before?.certificate)
  })
})

it('a house names no trust domain for its workloads that it does not know itself', async () => {
  const unknown = startHouse({ spiffe: { trustDomain: OWN, federates: ['nobody.example'] } })
  await expect(unknown).rejects.toThrow(/nobody\.example is none of trustDomains/)
})
