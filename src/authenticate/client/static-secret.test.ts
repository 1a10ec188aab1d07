import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeClock, NOTHING_SPENT } from '../../../test/issuer/room.ts'
import type { Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { TIERS, type Tier } from '../../contract/register/tier.ts'
import { digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { AuthenticateStore } from '../store.ts'
import { findBySecret, type ShownSecret } from './static-secret.ts'

const secret = `rmk_${'x'.repeat(43)}`
const clock = makeClock()
const endsMs = clock.nowMs() + 1_000
const binding: Kept<Binding> = {
  id: 'bnd_1',
  identityId: 'idn_1',
  kind: 'secret',
  issuer: 'secret',
  subject: 'script',
  claims: {},
  keys: [],
  secretDigest: digestText(secret),
  secretEndsMs: endsMs,
  createdMs: 1,
  endedMs: null,
  version: 1,
  entry: 1,
}

/** What comes of a secret that is shown: the id of its binding, or the code of the refusal. */
async function show(
  shown: Partial<ShownSecret>,
  kept: Partial<Binding> = {},
  {
    tier = 'T0',
    atMs = clock.nowMs(),
    isThere = true,
  }: { readonly tier?: Tier; readonly atMs?: number; readonly isThere?: boolean } = {},
): Promise<string> {
  const row = { ...binding, ...kept }
  const store = {
    findBindings: async (issuer: string, subjects: readonly string[]) =>
      issuer === row.issuer && subjects.includes(row.subject) ? [row] : [],
    getIdentity: async () => (isThere ? ({ id: 'idn_1', tier } as Kept<Identity>) : undefined), // no more of it is looked at
  } as unknown as AuthenticateStore
  try {
    const court = { store, clock: { ...clock, nowMs: () => atMs }, spent: NOTHING_SPENT }
    return (await findBySecret(court, { clientId: 'script', secret, ...shown }, {})).binding.id
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

describe('a static secret', () => {
  it('whose identity is not in the store is no fault of its client, and nothing that passes', async () => {
    expect(await show({}, {}, { isThere: false })).toBe('store_damaged')
  })

  it('proves its client, and until the moment of its end', async () => {
    expect(await show({})).toBe('bnd_1')
    expect(await show({}, {}, { atMs: endsMs - 1 })).toBe('bnd_1')
    expect(await show({}, {}, { atMs: endsMs })).toBe('secret_refused')
    expect(await show({}, { endedMs: 1 })).toBe('secret_refused')
  })

  it.each(TIERS)('is taken in tier %s or refused', async (tier) => {
    expect(await show({}, {}, { tier })).toBe(tier === 'T0' ? 'bnd_1' : 'secret_not_allowed')
    expect(await show({ secret: `${secret}x` }, {}, { tier })).toBe('secret_refused') // nobody learns a tier by guessing
  })

  it('is of one client, and of one kind of binding', async () => {
    expect(await show({ clientId: 'Script' })).toBe('secret_refused')
    expect(await show({}, { kind: 'client' })).toBe('secret_refused')
    const { secretDigest: _, ...without } = binding
    expect(await show({ secret: '' }, { ...without, secretDigest: undefined } as unknown as Binding)).toBe(
      'secret_refused',
    )
  })

  // timingSafeEqual throws where two lengths differ: what is compared is never what was shown
  it('is compared as a digest of one length, whatever its own length is and whoever it is shown for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), fc.boolean(), async (text, isKnown) => {
        fc.pre(text !== secret)
        expect(await show({ secret: text, clientId: isKnown ? 'script' : 'nobody' })).toBe('secret_refused')
      }),
      { numRuns: 500 },
    )
    for (const end of [1, secret.length - 1, LIMITS.secretCharsMax])
      expect(await show({ secret: secret.padEnd(end, 'x').slice(0, end) })).toBe('secret_refused')
    expect(await show({ clientId: 'x'.repeat(LIMITS.clientIdCharsMax + 1) })).toBe('secret_refused')
  })
})
