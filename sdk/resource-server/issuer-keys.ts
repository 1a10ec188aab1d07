import { isMembers } from '../members.ts'
import type { StandardFetch } from '../token-fetch.ts'
import { getBounded, readObject } from './get-bounded.ts'
import { type Members, textOf } from './read-jwt.ts'
import { refuseToken, TokenRefused } from './refused.ts'
import { type Algorithm, importPublicKey, type PublicKey } from './verify-key.ts'

/** The keys of one issuer. */
export interface IssuerKeys {
  /** Gives the key of an id, for an algorithm. Errors: `invalid_token` where there is none, `temporarily_unavailable`. */
  find(keyId: string, algorithm: Algorithm): Promise<PublicKey>
}

/** What they are read by. */
export interface IssuerKeysParts {
  readonly issuer: string
  /** Where they are; looked up in the metadata of the issuer (RFC 8414) where it is not given. */
  readonly jwksUri?: string | undefined
  readonly algorithms: readonly Algorithm[]
  readonly fetch: StandardFetch
  readonly nowMs: () => number
}

/** A key that is known to others is believed for so long after the issuer has taken it out. */
const keepMs = 300_000
/** An id that nobody knows makes us ask once in so long, however often it is shown. */
const askAgainMs = 5_000
const keysMax = 100
const documentBytesMax = 256 * 1024

interface KeySet {
  readonly readMs: number
  readonly keys: ReadonlyMap<string, readonly PublicKey[]>
}

/** Makes the keyring of an issuer: read when first needed, kept for five minutes, and read at most once in five seconds. */
export function createIssuerKeys(parts: IssuerKeysParts): IssuerKeys {
  let known: KeySet = { readMs: Number.NEGATIVE_INFINITY, keys: new Map() }
  let reading: Promise<KeySet> | undefined
  let askedMs = Number.NEGATIVE_INFINITY
  const refresh = (): Promise<KeySet> => {
    askedMs = parts.nowMs()
    reading ??= readKeySet(parts)
      .then((read) => {
        known = read
        return read
      })
      .finally(() => {
        reading = undefined
      })
    return reading
  }
  return {
    async find(keyId, algorithm) {
      const isFresh = Math.abs(parts.nowMs() - known.readMs) < keepMs
      const found = isFresh ? findKey(known, keyId, algorithm) : undefined
      if (found !== undefined) return found
      if (reading === undefined && Math.abs(parts.nowMs() - askedMs) < askAgainMs) {
        if (isFresh) refuseToken('No key of the issuer has this id.')
        throw new TokenRefused('temporarily_unavailable', 'The keys of the issuer could not be read.')
      }
      return findKey(await (reading ?? refresh()), keyId, algorithm) ?? refuseToken('No key of the issuer has this id.')
    },
  }
}

function findKey({ keys }: KeySet, keyId: string, algorithm: Algorithm): PublicKey | undefined {
  return keys.get(keyId)?.find((key) => key.algorithm === algorithm)
}

async function readKeySet(parts: IssuerKeysParts): Promise<KeySet> {
  const askedMs = parts.nowMs() // so that nothing is believed for longer than it says
  const uri = parts.jwksUri ?? (await readMetadata(parts)).jwksUri
  const { said, ageMs } = await getObject(parts, uri)
  const readMs = askedMs - Math.min(ageMs, keepMs - askAgainMs) // a cache that keeps it for too long is asked again and again
  const listed: readonly unknown[] = Array.isArray(said['keys']) ? said['keys'] : []
  const keys = new Map<string, readonly PublicKey[]>()
  for (const jwk of listed.slice(0, keysMax)) {
    const keyId = isMembers(jwk) ? textOf(jwk, 'kid') : undefined
    if (!isMembers(jwk) || keyId === undefined || (textOf(jwk, 'use') ?? 'sig') !== 'sig') continue
    const imported = await Promise.all(parts.algorithms.map((algorithm) => importPublicKey(jwk, algorithm)))
    keys.set(keyId, [...(keys.get(keyId) ?? []), ...imported.filter((key) => key !== null)])
  }
  return { readMs, keys }
}

async function readMetadata(parts: IssuerKeysParts): Promise<{ readonly jwksUri: string }> {
  const { origin, pathname, protocol } = new URL(parts.issuer)
  const path = pathname === '/' ? '' : pathname
  const { said } = await getObject(parts, `${origin}/.well-known/oauth-authorization-server${path}`)
  const jwksUri = textOf(said, 'jwks_uri') ?? ''
  if (textOf(said, 'issuer') !== parts.issuer || !URL.canParse(jwksUri) || new URL(jwksUri).protocol !== protocol)
    throw new TokenRefused('temporarily_unavailable', 'The metadata of the issuer is that of another one.')
  return { jwksUri }
}

async function getObject(
  { fetch }: IssuerKeysParts,
  url: string,
): Promise<{ readonly said: Members; readonly ageMs: number }> {
  const { text, ageMs } = await getBounded(fetch, url, { accept: 'application/json', bytesMax: documentBytesMax })
  return { said: readObject(text, url), ageMs }
}
