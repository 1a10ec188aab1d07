import { mkdtempSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  AUDIENCE,
  bind,
  type MemoryStore,
  makeClock,
  makeRoom,
  makeStore,
  NOTHING_SPENT,
  outcomeOf,
} from '../../../test/issuer/room.ts'
import { makeTrustBundle, type TrustBundle } from '../../../test/issuer/trust-bundle.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type Authenticate, createAuthenticate } from '../authenticate.ts'

const trustDomain = 'acme.example'
const clock = makeClock()
let folder: string
let file: string
let store: MemoryStore
let bundle: TrustBundle
/** A room that begins anew over the same store, as after a restart. */
let room: Authenticate

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-kept-'))
  file = join(folder, 'bundle.json')
  store = makeStore()
  bundle = await makeTrustBundle({ trustDomain, nowMs: clock.nowMs })
  await bundle.writeTo(file)
  bind(store, { kind: 'spiffe', issuer: trustDomain, subject: `spiffe://${trustDomain}/agent` })
  start()
})
afterEach(() => rmSync(folder, { recursive: true }))

function start(more: object = {}): void {
  room = makeRoom({ store, clock, trustDomains: [{ name: trustDomain, bundleFile: file, ...more }] })
}
const mint = (): Promise<string> => bundle.mint('/agent', { aud: AUDIENCE })
const show = async (): Promise<string> => outcomeOf(room.byAssertion(await mint()))
const kept = async (): Promise<string | undefined> => (await store.getTrustBundle(trustDomain))?.sequence

describe('a bundle that was taken', () => {
  it('is the oldest that is taken after a restart', async () => {
    const stolen = await mint()
    const old = bundle.document()
    await bundle.rotate({ forget: true })
    await bundle.writeTo(file)
    expect(await show()).toBe('workload')
    expect(await kept()).toBe('2')
    await writeFile(file, JSON.stringify(old))
    start()
    expect(await outcomeOf(room.byAssertion(stolen))).toBe('issuer_unavailable')
    expect(await show()).toBe('workload')
    expect(await room.checkSources()).toMatchObject([
      { problem: expect.stringMatching(/^Its bundle is older .* forgetSequence/) },
    ])
    expect(await kept()).toBe('2')
  })

  it('revokes all keys over a restart too', async () => {
    const stolen = await mint()
    const old = bundle.document()
    bundle.revoke()
    await bundle.writeTo(file)
    expect(await outcomeOf(room.byAssertion(stolen))).toBe('assertion_signature')
    await writeFile(file, JSON.stringify(old))
    start()
    expect(await outcomeOf(room.byAssertion(stolen))).toBe('issuer_unavailable')
  })

  it('counts where its source cannot be read after a restart, for as long as it would have without one', async () => {
    expect(await show()).toBe('workload')
    await rm(file)
    start()
    expect(await show()).toBe('workload')
    clock.advance(LIMITS.bundleStaleMs + LIMITS.bundleRefreshSeconds * 1000)
    start()
    expect(await show()).toBe('issuer_unavailable')
  })

  it('is written once, and again only when it is another one or half a day old', async () => {
    await show()
    const first = await store.getTrustBundle(trustDomain)
    expect(first).toMatchObject({ version: 1, sequence: '1' })
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    await show()
    expect(await store.getTrustBundle(trustDomain)).toEqual(first)
    clock.advance(LIMITS.bundleStaleMs / 2)
    await show()
    expect(await store.getTrustBundle(trustDomain)).toMatchObject({ version: 2, body: first?.body })
  })

  it('gives way to one that is older where that is configured, for a domain that was set up anew', async () => {
    await bundle.rotate()
    await bundle.writeTo(file)
    await show()
    bundle = await makeTrustBundle({ trustDomain, nowMs: clock.nowMs })
    await bundle.writeTo(file)
    start()
    expect(await show()).toBe('issuer_unavailable')
    start({ forgetSequence: true })
    expect(await show()).toBe('workload')
    expect(await kept()).toBe('1')
  })

  it('is not kept without a sequence: nobody could say what is older', async () => {
    await writeFile(file, JSON.stringify({ ...bundle.document(), spiffe_sequence: undefined }))
    expect(await show()).toBe('workload')
    expect(await kept()).toBeUndefined()
  })

  it('does not count where it cannot be kept', async () => {
    const failing = createAuthenticate({
      store,
      clock,
      audience: AUDIENCE,
      spent: NOTHING_SPENT,
      issuers: [],
      trustDomains: [{ name: trustDomain, bundleFile: file, allowInsecureHttp: true }],
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      record: () => Promise.reject(new RemitError('store_failed')),
    })
    expect(await outcomeOf(failing.byAssertion(await mint()))).toBe('issuer_unavailable')
  })
})
