import { isMembers } from '../members.ts'
import type { StandardFetch } from '../token-fetch.ts'
import { getBounded, readChunks } from './get-bounded.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { decodeBase64url, type Members, readJwt, textOf, timeOf } from './read-jwt.ts'
import { refuseToken, TokenRefused } from './refused.ts'
import { type Algorithm, algorithmOf, isSignedBy } from './verify-key.ts'

/** What status lists are read by. */
export interface StatusParts {
  readonly issuer: string
  /** Of this server: a list that says for whom it is counts for those alone. */
  readonly audience: string
  readonly keys: IssuerKeys
  readonly algorithms: readonly Algorithm[]
  readonly fetch: StandardFetch
  readonly nowMs: () => number
  /** How old what is known of a token may be, in milliseconds, with the age that a list already has when it is handed out. */
  readonly staleMsMax: number
}

/** Looks tokens up in the status lists of an issuer (draft-ietf-oauth-status-list-21). */
export interface StatusLists {
  /**
   * Refuses a token that counts no more; gives how old what was known of it is, at most. Errors: `invalid_token`,
   * `temporarily_unavailable`.
   */
  require(claims: Members): Promise<number>
}

/** How old a list is at most when Remit hands it out, in milliseconds. */
export const handedOutMs = 5_000
/** How far the clocks of the issuer and of this server may be apart. */
const skewMs = 60_000
const listsMax = 64
const listCharsMax = 512 * 1024
const listBytesMax = 1024 * 1024

interface List {
  readonly beganMs: number
  readonly issuedMs: number
  readonly keepMs: number
  readonly bits: number
  readonly bytes: Uint8Array
}

/** Makes the reader. A list is read once for all who ask at the same time; the 64 that were read last are kept. */
export function createStatusLists(parts: StatusParts): StatusLists {
  const lists = new Map<string, Promise<List>>()
  const read = (uri: string, before: List | undefined): Promise<List> => {
    const reading = readList(parts, uri, before)
    lists.delete(uri)
    lists.set(uri, reading)
    for (const [oldest] of lists) if (lists.size > listsMax) lists.delete(oldest)
    reading.catch(() => {
      // whoever asks next asks anew, and is still held to what is known; this one hears of it
      if (lists.get(uri) !== reading) return
      if (before === undefined) lists.delete(uri)
      else lists.set(uri, Promise.resolve(before))
    })
    return reading
  }
  const find = async (uri: string): Promise<List> => {
    const before = await lists.get(uri)
    const ageMs = before === undefined ? Number.POSITIVE_INFINITY : parts.nowMs() - before.beganMs
    if (before !== undefined && ageMs >= 0 && ageMs < before.keepMs) return before
    const now = lists.get(uri)
    const other = now === undefined ? undefined : await now
    return other !== undefined && other !== before ? other : read(uri, before)
  }
  return {
    async require(claims) {
      const { uri, idx } = placeOf(claims, parts.issuer)
      const list = await find(uri)
      if (readStatus(list, idx) !== 0) refuseToken('The token counts no more.')
      return parts.nowMs() - list.beganMs + handedOutMs
    },
  }
}

function placeOf(claims: Members, issuer: string): { readonly uri: string; readonly idx: number } {
  const { status } = claims
  const place = isMembers(status) ? status['status_list'] : undefined
  const uri = isMembers(place) ? textOf(place, 'uri') : undefined
  const idx = isMembers(place) ? place['idx'] : undefined
  if (uri === undefined || !Number.isSafeInteger(idx) || Number(idx) < 0)
    return refuseToken('The token names no status list, so that nobody could take it back.')
  // the issuer signed it, and yet it sends us nowhere else
  if (!uri.startsWith(`${issuer.replace(/\/$/, '')}/`)) return refuseToken('The status list is not one of the issuer.')
  return { uri, idx: Number(idx) }
}

async function readList(parts: StatusParts, uri: string, before: List | undefined): Promise<List> {
  const askedMs = parts.nowMs()
  const accept = 'application/statuslist+jwt'
  const { text, ageMs } = await getBounded(parts.fetch, uri, { accept, bytesMax: listCharsMax })
  if (ageMs > parts.staleMsMax - handedOutMs) return unusable('it lay in a cache for too long')
  const beganMs = askedMs - ageMs
  const claims = await verifyList(parts, uri, text.trim())
  const issuedMs = timeOf(claims, 'iat') ?? Number.NaN
  const beginsMs = Math.max(issuedMs, timeOf(claims, 'nbf') ?? 0)
  const isBegun = parts.nowMs() - issuedMs <= skewMs && beginsMs <= parts.nowMs() + skewMs
  const isNow = isBegun && parts.nowMs() < (timeOf(claims, 'exp') ?? 0) + skewMs
  if (!isNow || issuedMs < (before?.issuedMs ?? 0)) return unusable('it is an old one, or the clocks are apart')
  const said = claims['status_list']
  const bits = isMembers(said) ? said['bits'] : undefined
  const packed = isMembers(said) ? decodeBase64url(textOf(said, 'lst') ?? '') : null
  if (packed === null || typeof bits !== 'number' || ![1, 2, 4, 8].includes(bits)) return unusable('it holds no list')
  const bytes = await unpack(packed)
  if (bytes === null) return unusable(`it holds more than ${listBytesMax} bytes, or is not packed by zlib`)
  const keepMs = Math.min(parts.staleMsMax - handedOutMs, timeOf(claims, 'ttl') ?? Number.POSITIVE_INFINITY)
  return { beganMs, issuedMs, keepMs, bits, bytes }
}

async function verifyList(parts: StatusParts, uri: string, text: string): Promise<Members> {
  const jwt = readJwt(text, listCharsMax) ?? unusable('it is no JWT')
  const algorithm = algorithmOf(jwt.header, parts.algorithms) ?? unusable('it is signed in another way')
  if (jwt.header['typ'] !== 'statuslist+jwt' || Object.hasOwn(jwt.header, 'crit')) unusable('it is of another type')
  const key = await parts.keys.find(textOf(jwt.header, 'kid') ?? '', algorithm)
  if (!(await isSignedBy(key, jwt))) unusable('the signature does not verify')
  const { aud = parts.audience } = jwt.claims
  if (textOf(jwt.claims, 'sub') !== uri || textOf(jwt.claims, 'iss') !== parts.issuer) unusable('it is another one')
  if (![aud].flat().includes(parts.audience)) unusable('it is for somebody else')
  return jwt.claims
}

/** Unpacks a list (RFC 1950), a little at a time, and stops where it turns out larger than any list of ours. */
async function unpack(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array | null> {
  let at = 0
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      if (at < packed.length) controller.enqueue(packed.subarray(at, at + 512))
      else controller.close()
      at += 512
    },
  })
  try {
    return await readChunks(source.pipeThrough(new DecompressionStream('deflate')), listBytesMax)
  } catch {
    return null // cut short, or packed in another way
  }
}

/** Gives the status of a place (section 4.1): so many bits from the least significant on. Error: `invalid_token`. */
function readStatus({ bits, bytes }: List, idx: number): number {
  const perByte = 8 / bits
  const byte = bytes[Math.floor(idx / perByte)] ?? refuseToken('The status list has no such place.')
  return (byte >> ((idx % perByte) * bits)) & (2 ** bits - 1)
}

function unusable(why: string): never {
  throw new TokenRefused('temporarily_unavailable', `The status list of the issuer cannot be used: ${why}.`)
}
