import { hkdfSync } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { signJwt } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'

/** Where a token finds its status (draft-ietf-oauth-status-list-21 section 6.1). */
export interface StatusReference {
  readonly idx: number
  readonly uri: string
}

/** How many tokens a list can tell of: each covers so many entries of the log, whatever they are. */
export const statusListSize = 2 ** 17

/** How long whoever read a list need not read it again. */
export const statusSeconds = 15

/** The list of an intent, and its place there. */
export interface StatusPlace {
  readonly list: number
  readonly index: number
}

/** A place is two halves of so many bits, of which each changes the other in turn. */
const [highBits, lowBits] = [9, 8] as const
const [highSize, lowSize] = [2 ** highBits, 2 ** lowBits]
const mixRounds = 4
const mixBytes = mixRounds * (2 * lowSize + highSize)

/**
 * Gives each intent a place of its own by its entry in the log, so that nothing has to be drawn or kept. Within a list
 * the places are shuffled by a key (a Feistel network, its rounds as tables), so that who reads it does not learn in which
 * order tokens were made (section 13.2): neither from the places of tokens of their own, with the entries of these. The secret
 * is to last longer than they: a token names its place.
 */
export function createStatusPlaces(lastingSecret: Uint8Array): (intent: number) => StatusPlace {
  let drawn: { readonly list: number; readonly table: Buffer } | undefined
  return (intent) => {
    const list = Math.floor(intent / statusListSize)
    if (drawn?.list !== list)
      drawn = { list, table: Buffer.from(hkdfSync('sha256', lastingSecret, '', `status list ${list}`, mixBytes)) }
    return { list, index: mixPlace(intent % statusListSize, drawn.table) }
  }
}

/** What a round adds to a half hangs on the other half alone, and so each place is reached once. */
function mixPlace(place: number, table: Buffer): number {
  let [high, low] = [place >> lowBits, place % lowSize]
  for (let from = 0; from < mixBytes; from += 2 * lowSize + highSize) {
    high ^= table.readUInt16BE(from + 2 * low) % highSize
    low ^= table.readUInt8(from + 2 * lowSize + high)
  }
  return (high << lowBits) | low
}

/** A Status List Token (section 5.1): ES256 `statuslist+jwt`, one bit a token, set for those that do not count. */
export async function signStatusList(
  key: OpenKey,
  { issuer, uri, atMs }: { readonly issuer: string; readonly uri: string; readonly atMs: number },
  places: Iterable<number>,
): Promise<string> {
  const iat = Math.floor(atMs / 1000)
  const status_list = { bits: 1, lst: writeStatusList(places) }
  return signJwt(key, 'statuslist+jwt', {
    iss: issuer,
    sub: uri,
    iat,
    exp: iat + 3600,
    ttl: statusSeconds,
    status_list,
  })
}

/** The list itself (section 4.1): bits from the least significant on, compressed with zlib (RFC 1950), base64url. */
export function writeStatusList(places: Iterable<number>, size = statusListSize): string {
  const bytes = new Uint8Array(Math.ceil(size / 8))
  for (const place of places) {
    const at = place >> 3
    bytes[at] = (bytes[at] ?? 0) | (1 << (place & 7))
  }
  return deflateSync(bytes, { level: 9 }).toString('base64url')
}
