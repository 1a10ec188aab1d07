import { createHmac, hkdfSync } from 'node:crypto'
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

/**
 * Gives each intent a place of its own by its entry in the log, so that nothing has to be drawn or kept. Within a list
 * the places are shuffled by a key, so that who reads it does not learn in which order tokens were made (section 13.2).
 */
export function createStatusPlaces(masterKey: Uint8Array): (intent: number) => StatusPlace {
  const key = new Uint8Array(hkdfSync('sha256', masterKey, '', 'status list', 32))
  let shuffled: { readonly list: number; readonly factor: number; readonly shift: number } | undefined
  return (intent) => {
    const list = Math.floor(intent / statusListSize)
    if (shuffled?.list !== list) {
      const drawn = createHmac('sha256', key).update(String(list)).digest()
      const [factor, shift] = [drawn.readUInt32BE(0) % statusListSize, drawn.readUInt32BE(4) % statusListSize]
      shuffled = { list, factor: factor | 1, shift } // an odd factor reaches every place once
    }
    return { list, index: ((intent % statusListSize) * shuffled.factor + shuffled.shift) % statusListSize }
  }
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
