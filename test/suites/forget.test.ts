import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkClaims } from '../../src/authenticate/assertion/assertion-claims.ts'
import { rememberAssertion } from '../../src/authenticate/assertion/assertion-kinds.ts'
import { parseCompactJwt } from '../../src/authenticate/compact-jwt.ts'
import { verifyProof } from '../../src/authenticate/verifying/verify-beside.ts'
import { insert, type Tables } from '../../src/contract/change.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import type { Store } from '../../src/store/store.ts'
import { auditLog } from '../audit-log.ts'
import { mintKey, signClaims } from '../issuer/minted-keys.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { createFact, openTestLog } from '../record/open-test-log.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { commit, writing } from './writes.ts'

const nowMs = 1_790_000_000_000
const skewMs = LIMITS.clockSkewSeconds * 1000
const monthMs = LIMITS.forgetAfterDays * 24 * 3600_000

const proof = (id: string, expiresMs: number): Tables['seen_proofs'] => ({ id, expiresMs })
const session = (id: string, expiresMs: number): Tables['sessions'] => ({
  id,
  personId: 'psn_1',
  createdMs: 1,
  expiresMs,
  endedMs: null,
})
const link = (id: string, expiresMs: number): Tables['login_links'] => ({
  id,
  personId: 'psn_1',
  expiresMs,
  usedMs: null,
})

describe.each(BACKENDS)('what has served, on $name', ({ start }) => {
  let backend: Backend
  let store: Store
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    store = await open(await backend.create(), { org: 'org_test', log: 'main' })
  })
  afterEach(() => store.close())
  const keys = async (): Promise<string[]> => (await store.record.readRows(null, 100)).map(({ key }) => key)

  it('is kept of proofs at doors that only read, beside the log: once, over another opening, until long after its end', async () => {
    const read = (id: string, expiresMs: number) => ({ id, thumbprint: `key of ${id}`, issuedMs: nowMs - 1, expiresMs })
    expect(await store.seenReads.open(nowMs)).toEqual({ sinceMs: nowMs, reads: [] })
    const [over, still] = [read('over', nowMs - skewMs - 1), read('still', nowMs - skewMs)]
    await store.seenReads.keep([over, still, over])
    await store.seenReads.keep([{ ...still, expiresMs: 0 }])
    await store.seenReads.keep([])
    const kept = await store.seenReads.open(nowMs + 5)
    expect(kept.sinceMs).toBe(nowMs)
    expect([...kept.reads].sort((x, y) => (x.id < y.id ? -1 : 1))).toEqual([over, still])
    expect(await store.record.forget(nowMs, 100)).toBe(1)
    expect(await store.seenReads.open(nowMs + 9)).toEqual({ sinceMs: nowMs, reads: [still] })
    expect(await keys()).toEqual([])
  })

  it('is forgotten once it is long over, and not a moment before', async () => {
    const changes = [
      insert('seen_proofs', proof('proof-over', nowMs - skewMs - 1)),
      insert('seen_proofs', proof('proof-open', nowMs - skewMs)),
      insert('sessions', session('session-over', nowMs - monthMs - 1)),
      insert('sessions', session('session-open', nowMs - monthMs)),
      insert('login_links', link('link-over', nowMs - monthMs - 1)),
      insert('login_links', link('link-open', nowMs - monthMs)),
    ]
    await commit(store.record, writing('all', ...changes))
    expect(await store.record.forget(nowMs, 100)).toBe(3)
    expect(await keys()).toEqual(['link-open', 'proof-open', 'session-open'])
    expect(await store.record.forget(nowMs, 100)).toBe(0)
    expect(await store.record.forget(nowMs + 1, 100)).toBe(3)
  })

  it('is forgotten a bounded number of rows at a time, the oldest first', async () => {
    const changes = Array.from({ length: 7 }, (_, at) => insert('seen_proofs', proof(`p${at}`, 7 - at)))
    await commit(store.record, writing('all', ...changes, insert('sessions', session('s', 1))))
    expect(await store.record.forget(nowMs, 5)).toBe(5)
    expect(await keys()).toEqual(['p0', 'p1', 's'])
    expect(await store.record.forget(nowMs, 5)).toBe(3)
    expect(await keys()).toEqual([])
  })

  it('leaves every other table alone, and the rows of other organisations', async () => {
    const payload = { id: 'payload', salt: '', body: '' }
    await commit(store.record, writing('all', insert('payloads', payload), insert('seen_proofs', proof('p', 1))))
    expect(await store.record.forget(Number.MAX_SAFE_INTEGER, 100)).toBe(1)
    expect(await keys()).toEqual(['payload'])
  })

  it('goes without an entry, and the log holds, even where the same proof is recorded anew', async () => {
    const log = await openTestLog(store.record)
    await log.record(createFact('first', [insert('seen_proofs', proof('p', 1))]))
    expect(await store.record.forget(nowMs, 100)).toBe(1)
    expect((await log.audit()).findings).toEqual([])
    await log.record(createFact('again', [insert('seen_proofs', proof('p', 2))]))
    expect((await log.audit()).findings).toEqual([])
    expect(await auditLog({ store: store.record, vkey: log.vkey, origin: log.origin })).toEqual({ entries: 2, rows: 1 })
    await log.close()
  })

  it('a proof of possession is kept as long as any clock that is right would take it', async () => {
    const key = await mintKey('ES256', 'unused')
    const { kid: _kid, alg: _alg, ...jwk } = key.publicJwk
    const url = 'https://remit.example/oauth/token'
    const claims = { htm: 'POST', htu: url, iat: nowMs / 1000, jti: 'once' }
    const shown = {
      jwt: await signClaims(key, claims, { typ: 'dpop+jwt', jwk, kid: undefined }),
      method: 'POST',
      url,
    }
    const { changes, seenId } = await verifyProof(shown, nowMs)
    await commit(store.record, writing('shown', ...changes))
    const lastMs = nowMs + LIMITS.dpopWindowSeconds * 1000 + skewMs - 1
    expect((await verifyProof(shown, lastMs)).seenId).toBe(seenId)
    await expect(verifyProof(shown, lastMs + 1)).rejects.toThrow('too old')
    await isKeptUntil(lastMs + 1)
  })

  it('an assertion is kept as long as any clock that is right would take it', async () => {
    const claims = { sub: 'w', aud: 'us', iat: nowMs / 1000, exp: nowMs / 1000 + 600, jti: 'once' }
    const jwt = parseCompactJwt(await signClaims(await mintKey('ES256', 'k'), claims))
    const check = (atMs: number) =>
      checkClaims(jwt.claims, {
        audiences: ['us'],
        nowMs: atMs,
        maxAgeSeconds: 3_600,
        issuedAtRequired: true,
        jtiRequired: true,
      })
    const lastMs = check(nowMs).takenUntilMs - 1
    expect(check(lastMs)).toEqual(check(nowMs))
    expect(() => check(lastMs + 1)).toThrow('expired')
    await commit(
      store.record,
      writing('shown', insert('seen_proofs', rememberAssertion(['key', 'self'], jwt, check(nowMs)))),
    )
    await isKeptUntil(lastMs + 1)
  })

  /** Two right clocks differ by twice the tolerance at most: one forgets, the other still takes. */
  async function isKeptUntil(takenUntilMs: number): Promise<void> {
    expect(await store.record.forget(takenUntilMs + 2 * skewMs, 100)).toBe(0)
    expect(await keys()).toHaveLength(1)
    expect(await store.record.forget(takenUntilMs + 2 * skewMs + 1, 100)).toBe(1)
  }
})
