import { describe, expect, it } from 'vitest'
import { makeAuthority } from '../../../test/issuer/certificates.ts'
import { makeRevocationList } from '../../../test/issuer/revocation-lists.ts'
import { makeClock, makeRoom, makeStore } from '../../../test/issuer/room.ts'
import type { ClientAuthority } from '../../authenticate/x509/client-authority.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { checkAuthorities } from './check-authorities.ts'

const clock = makeClock()
const nowMs = clock.nowMs()
const DAY_MS = 86_400_000
const years = { nowMs, fromMs: nowMs - DAY_MS, untilMs: nowMs + 700 * DAY_MS }
const corp = makeAuthority({ ...years, commonName: 'Corp' })

/** What the doctor says of these authorities; a text that begins with `!` is one that is not well. */
async function look(...clientAuthorities: readonly ClientAuthority[]): Promise<() => Promise<string>> {
  const authenticate = makeRoom({ store: makeStore(), clock, clientAuthorities })
  return () =>
    checkAuthorities({ authenticate, clock }).catch((error: unknown) => {
      if (error instanceof RemitError && isError(error, 'certificate_invalid')) return `! ${error.detail}`
      throw error
    })
}

describe('the authorities of clients', () => {
  it('are well where there are none, and while certificates and lists last', async () => {
    expect(await (await look())()).toBe('No authority of clients is configured.')
    const list = makeRevocationList({ by: corp, nowMs, untilMs: nowMs + DAY_MS })
    const [said, listed] = [
      await (await look({ name: 'corp', pem: corp.pem }))(),
      await (await look({ name: 'corp', pem: corp.pem, readRevoked: () => list }))(),
    ]
    const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
    expect(said).toBe(
      `The certificates and lists of every client authority count until ${new Date(Math.floor(years.untilMs / 1000) * 1000).toISOString()} at least.`,
    )
    expect(listed).toContain(`until ${day(nowMs + DAY_MS)}`)
  })

  it('are told of before a certificate ends and once it has, unless the next one lies beside it', async () => {
    const soonMs = nowMs + LIMITS.authorityEndsSoonMs
    const [late, early] = [5_000, -5_000].map((ms) =>
      makeAuthority({ ...years, untilMs: soonMs + ms, commonName: 'Soon' }),
    )
    const over = makeAuthority({ nowMs, fromMs: nowMs - 2 * DAY_MS, untilMs: nowMs - DAY_MS, commonName: 'Over' })
    const next = makeAuthority({ ...years, commonName: 'Over' })
    const sayOf = async (pem = ''): Promise<string> => (await look({ name: 'corp', pem }))()
    expect(await sayOf(late?.pem)).toMatch(/^The certificates/)
    expect(await sayOf(early?.pem)).toMatch(
      /^! A certificate of the client authority corp ends 20.*beside it in its caFile/,
    )
    expect(await sayOf(over.pem)).toMatch(/^! A certificate .* ended 20.*: nobody counts by it any more/)
    expect(await sayOf(over.pem + next.pem)).toMatch(/^The certificates/)
    expect(await sayOf(over.pem + corp.pem)).toMatch(/^! A certificate .* ended/)
  })

  it('are told of in the last quarter of a list, once it is over, and where one has none', async () => {
    const list = makeRevocationList({ by: corp, nowMs, fromMs: nowMs, untilMs: nowMs + 4 * DAY_MS })
    const own = makeClock()
    const authenticate = makeRoom({
      store: makeStore(),
      clock: own,
      clientAuthorities: [{ name: 'corp', pem: corp.pem, readRevoked: () => list }],
    })
    const say = (): Promise<string> =>
      checkAuthorities({ authenticate, clock: own }).catch((error: unknown) => (error as RemitError).detail)
    own.advance(3 * DAY_MS - 60_000)
    expect(await say()).toMatch(/^The certificates/)
    own.advance(120_000)
    expect(await say()).toMatch(
      /^A list of revoked certificates of the client authority corp ends 20.*into its crlFile/,
    )
    own.advance(DAY_MS)
    expect(await say()).toMatch(/^A list .* ended 20.*: nobody counts by it any more/)
    const other = makeAuthority({ ...years, commonName: 'Other' })
    const half = await look({ name: 'corp', pem: corp.pem + other.pem, readRevoked: () => list })
    expect(await half()).toMatch(/^! No list of revoked certificates is there of a certificate of .* corp/)
  })

  it('are told of where a list is not taken any more, until one is', async () => {
    const lists = { text: makeRevocationList({ by: corp, nowMs, untilMs: nowMs + DAY_MS }) }
    const good = lists.text
    const own = makeClock()
    const authenticate = makeRoom({
      store: makeStore(),
      clock: own,
      clientAuthorities: [{ name: 'corp', pem: corp.pem, readRevoked: () => lists.text }],
    })
    const say = (): Promise<string> =>
      checkAuthorities({ authenticate, clock: own }).catch((error: unknown) => (error as RemitError).detail)
    lists.text = 'half a fil'
    own.advance(LIMITS.revocationReadMs)
    expect(await say()).toMatch(/^The crlFile of the client authority corp is not taken: .*1 to \d+ lists as PEM\.$/)
    lists.text = good
    own.advance(LIMITS.revocationReadMs)
    expect(await say()).toMatch(/^The certificates/)
  })
})
