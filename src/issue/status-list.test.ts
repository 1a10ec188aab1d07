import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { sampleMs } from '../../test/register/samples.ts'
import { masterKey, sampleKey, tokenIssuer } from '../../test/register/tokens.ts'
import { createStatusPlaces, signStatusList, statusListSize, writeStatusList } from './status-list.ts'

/** The places that are set in a list, as section 8.3 of the draft has them read. */
function readPlaces(lst: string): readonly number[] {
  const bytes = inflateSync(Buffer.from(lst, 'base64url'))
  return [...bytes.keys()].flatMap((at) =>
    Array.from({ length: 8 }, (_, bit) => bit)
      .filter((bit) => ((bytes[at] ?? 0) >> bit) & 1)
      .map((bit) => at * 8 + bit),
  )
}

describe('a status list', () => {
  it('is written as the draft writes its example (section 4.2)', () => {
    expect(writeStatusList([0, 3, 4, 5, 7, 8, 9, 13, 15], 16)).toBe('eNrbuRgAAhcBXQ')
  })

  it('is as long as the draft asks for a list of that size, whatever is set (appendix C.1)', () => {
    const set = [0, 1993, 25_460, 159_495, 495_669, 554_353, 645_645, 723_232, 854_545, 934_534, 1_000_345]
    const lst = writeStatusList(set, 2 ** 20)
    expect(readPlaces(lst)).toEqual(set)
    expect(inflateSync(Buffer.from(lst, 'base64url'))).toHaveLength(2 ** 17)
  })

  it('gives back what was set', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(4_095)), (set) => {
        expect(readPlaces(writeStatusList(set, 4_096))).toEqual(set.toSorted((a, b) => a - b))
      }),
      RUNS,
    )
  })

  it('is a token of its own kind, which others verify with our published key (section 5.1)', async () => {
    const key = await sampleKey()
    const uri = `${tokenIssuer}/oauth/status/0`
    const token = await signStatusList(key.open, { issuer: tokenIssuer, uri, atMs: sampleMs }, [7])
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'statuslist+jwt', kid: key.open.id })
    const { payload } = await jwtVerify(token, key.open.publicKey, {
      typ: 'statuslist+jwt',
      currentDate: new Date(sampleMs),
    })
    expect(payload).toMatchObject({
      iss: tokenIssuer,
      sub: uri,
      iat: sampleMs / 1000,
      ttl: 15,
      status_list: { bits: 1 },
    })
    expect(readPlaces((payload['status_list'] as { readonly lst: string }).lst)).toEqual([7])
  })
})

describe('the place of a token', () => {
  const placeOf = createStatusPlaces(masterKey)

  it('is its own, in its list', () => {
    for (const list of [0, 1, 7]) {
      const places = Array.from({ length: statusListSize }, (_, at) => placeOf(list * statusListSize + at))
      expect(new Set(places.map(({ index }) => index)).size).toBe(statusListSize)
      expect(places.every((place) => place.list === list && place.index >= 0 && place.index < statusListSize)).toBe(
        true,
      )
    }
  })

  it('is the same at every start with the same key, and another with another', () => {
    const intents = [0, 1, 2, 131_071, 131_072, 9_000_000]
    expect(intents.map(createStatusPlaces(masterKey))).toEqual(intents.map(placeOf))
    expect(intents.map(createStatusPlaces(Buffer.alloc(32, 9)))).not.toEqual(intents.map(placeOf))
  })

  it('is not worked out by whoever has tokens of their own and knows their entries', () => {
    // any two of them would give away a shuffle by one factor and one shift: the step from each entry to the next is the same
    const steps = Array.from({ length: 1_000 }, (_, at) => {
      const step = placeOf(at + 1).index - placeOf(at).index
      return (step + statusListSize) % statusListSize
    })
    expect(new Set(steps).size).toBeGreaterThan(950)
    // nor does one bit of the entry stand for one bit of the place
    const flips = Array.from({ length: 1_000 }, (_, at) => placeOf(2 * at).index ^ placeOf(2 * at + 1).index)
    expect(new Set(flips).size).toBeGreaterThan(950)
  })
})
