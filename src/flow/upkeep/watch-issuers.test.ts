import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../test/issuer/issuer.ts'
import { mintKey } from '../../../test/issuer/minted-keys.ts'
import { type MovedClock, makeClock, makeRoom, makeStore } from '../../../test/issuer/room.ts'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { openTestLog } from '../../../test/record/open-test-log.ts'
import type { Kept } from '../../contract/change.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import type { WatchedSource } from '../../contract/register/trust-bundle.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Log } from '../../record/log.ts'
import type { House } from '../house.ts'
import { type IssuerWatch, watchIssuers } from './watch-issuers.ts'

let issuer: Issuer
let clock: MovedClock
let log: Log
let watch: IssuerWatch
let stored: ReturnType<typeof createMemoryStore>

beforeEach(async () => {
  issuer = await startIssuer()
  clock = makeClock()
  stored = createMemoryStore()
  log = await openTestLog(stored)
  watch = openWatch()
})
afterEach(async () => {
  await log.close()
  await issuer.stop()
})

/** A watch that has seen nothing yet, as after a start. */
function openWatch(): IssuerWatch {
  const room = makeRoom({ store: makeStore(), clock, issuers: [{ issuer: issuer.url }] })
  const watchedSource = async (name: string): Promise<Kept<WatchedSource> | undefined> => {
    const row = stored.rows.get(`watched_sources/${name}`)
    return row && { ...(JSON.parse(row.body) as WatchedSource), version: row.version, entry: row.entry }
  }
  // all of the house that the watch looks at
  return watchIssuers({ authenticate: { ...room, watchedSource } as House['authenticate'], log, clock })
}
const allOf = (wanted: string): readonly LogEntry[] =>
  stored.entries
    .map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as LogEntry)
    .filter(({ kind }) => kind === wanted)
const told = (): readonly LogEntry[] => allOf('issuer.changed')
const lookAgain = async (): Promise<void> => {
  clock.advance(LIMITS.watchEveryMs)
  await watch.look()
}

it('what is seen first is no change, and what stays as it was is not told', async () => {
  await watch.look()
  await lookAgain()
  expect(told()).toEqual([])
  expect(allOf('issuer.watched').map(({ subject, data }) => [subject.id, data])).toEqual([
    [issuer.url, { issuer: issuer.url, keys: [issuer.key().kid] }],
  ])
  expect(watch.unreachable()).toBe(0)
})

it('another set of keys is told once, by what came and what went', async () => {
  await watch.look()
  const old = issuer.key().kid
  await issuer.rotate({ forget: true })
  await lookAgain()
  await lookAgain()
  expect(told().map(({ subject, data }) => [subject, data])).toEqual([
    [
      { kind: 'issuer', id: issuer.url },
      { issuer: issuer.url, change: 'keys', added: [issuer.key().kid], removed: [old] },
    ],
  ])
})

it.each([
  ['of the same name', { kid: 'only' }],
  ['without a name', {}],
])('another key %s is another one', async (_, named) => {
  const publish = async (): Promise<void> => {
    const { kid: _, ...publicJwk } = (await mintKey('ES256', 'x')).publicJwk
    issuer.lie('/jwks', { body: JSON.stringify({ keys: [{ ...publicJwk, ...named }] }) })
  }
  await publish()
  await watch.look()
  await lookAgain()
  expect(told()).toEqual([])
  await publish()
  await lookAgain()
  await lookAgain()
  expect(told()).toMatchObject([
    { data: { change: 'keys', added: [expect.any(String)], removed: [expect.any(String)] } },
  ])
})

it('one that does not answer is told after ten minutes, once, and that it is back', async () => {
  await watch.look()
  await issuer.stop()
  await lookAgain()
  expect([watch.unreachable(), told()]).toEqual([1, []])
  for (let at = 0; at < 4; at++) await lookAgain()
  expect(told().map(({ data }) => data['change'])).toEqual(['unreachable'])
  await issuer.start()
  await lookAgain()
  await lookAgain()
  expect(told().map(({ data }) => data['change'])).toEqual(['unreachable', 'reachable'])
  expect(watch.unreachable()).toBe(0)
})

it('keys that changed while nobody looked are told after the next start, and those that did not are not', async () => {
  await watch.look()
  watch = openWatch()
  await lookAgain()
  expect([told(), allOf('issuer.watched').length]).toEqual([[], 1])
  const old = issuer.key().kid
  await issuer.rotate({ forget: true })
  watch = openWatch()
  await lookAgain()
  expect(told().map(({ data }) => [data['added'], data['removed']])).toEqual([[[issuer.key().kid], [old]]])
})

it('one that does not answer is not told again after a start, and that it is back is', async () => {
  await watch.look()
  await issuer.stop()
  for (let at = 0; at < 4; at++) await lookAgain()
  watch = openWatch()
  for (let at = 0; at < 4; at++) await lookAgain()
  expect(told().map(({ data }) => data['change'])).toEqual(['unreachable'])
  await issuer.start()
  watch = openWatch()
  await lookAgain()
  expect(told().map(({ data }) => data['change'])).toEqual(['unreachable', 'reachable'])
})

it('a set of keys that was empty in between is seen anew', async () => {
  await watch.look()
  issuer.lie('/jwks', { body: '{"keys":[]}' })
  await lookAgain()
  issuer.lie('/jwks', { body: JSON.stringify({ keys: [(await mintKey('ES256', 'other')).publicJwk] }) })
  await lookAgain()
  expect(told().map(({ data }) => data['change'])).toEqual(['keys'])
  expect(allOf('issuer.watched').at(-1)?.data['keys']).toEqual(['other'])
})

it('a clock that is off is told once for as long as it is, how far, and that it is right again, over a start too', async () => {
  const say = (path: string, aheadMs: number): void =>
    issuer.lie(path, {
      headers: { date: new Date(clock.nowMs() + aheadMs).toUTCString() },
      body: JSON.stringify(
        path === '/jwks' ? { keys: [issuer.key().publicJwk] } : { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` },
      ),
    })
  const drift = async (aheadMs: number): Promise<void> => {
    clock.advance(LIMITS.watchEveryMs)
    for (const path of ['/jwks', '/.well-known/openid-configuration']) say(path, aheadMs)
    await watch.look()
  }
  await drift(0)
  await drift(300_000)
  await drift(300_000)
  await drift(20_000)
  watch = openWatch()
  await drift(-300_000)
  watch = openWatch()
  await drift(-300_000)
  expect(told().map(({ data }) => [data['change'], Math.round(Number(data['skewMs']) / 10_000)])).toEqual([
    ['clock', 30],
    ['clock', 2],
    ['clock', -30],
  ])
})

it('names of keys that could not be shown are told as far as they can be, and not all of many', async () => {
  await watch.look()
  const key = issuer.key().publicJwk
  const keys = Array.from({ length: 50 }, (_, at) => ({ ...key, kid: `\u0000\u202e${at}${'x'.repeat(300)}` }))
  issuer.lie('/jwks', { body: JSON.stringify({ keys }) })
  await lookAgain()
  const [entry] = told()
  const added = entry?.data['added'] as readonly string[]
  expect(added).toHaveLength(LIMITS.watchedKeysMax)
  expect(added[0]).toMatch(/^0x{99}$/)
})
