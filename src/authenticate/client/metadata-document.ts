import type { Json, JsonObject } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { isRedirectUri } from '../../contract/register/redirect-uri.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import { Recent } from '../../ground/recent.ts'
import { holdsSecret, importVerifyKey, type VerifyKey } from '../jws-algorithms.ts'
import { fetchText, parseStrictObject } from '../read-json.ts'
import { readFreshMs } from './freshness.ts'

/** What an OAuth client says of itself at the address that is its `client_id` (draft-ietf-oauth-client-id-metadata-document). */
export interface ClientDocument {
  readonly clientId: string
  /** What it calls itself; nobody has checked it. */
  readonly name: string | null
  /** Those of its addresses that answers may be sent to. */
  readonly redirectUris: readonly string[]
  /** The keys by which it proves itself with each code, or where they lie; null for a public client. */
  readonly keys: readonly VerifyKey[] | { readonly jwksUri: string } | null
}

/** Reads the documents of clients. */
export interface ClientDocuments {
  /**
   * Gives the document at an address, read within the last `LIMITS.clientDocumentMs`, or within as much less as its answer
   * said. Error: `client_unknown`, whatever the reason: what an address answers is told to nobody who names it.
   */
  read(clientId: string): Promise<ClientDocument>
  /** Gives the keys of a client that is not public, read within the same time. Error: `client_unknown`. */
  keysOf(document: ClientDocument): Promise<readonly VerifyKey[]>
}

/** What reading needs. */
export interface ClientDocumentParts {
  readonly fetch: OutboundFetch
  readonly clock: Clock
  /** Documents may lie at a loopback, link-local or private address. */
  readonly allowInternal: boolean
  /** Authorities that are believed instead of the public ones, as PEM. */
  readonly ca?: string | undefined
}

/**
 * True for a `client_id` that is the address of a document: https, with a path, in its one normal form, so that it has no
 * dot segments; without user, query and fragment.
 */
export function isDocumentAddress(clientId: string): boolean {
  if (clientId.length > LIMITS.clientIdCharsMax || !clientId.startsWith('https://') || !URL.canParse(clientId))
    return false
  const { href, pathname, username, password } = new URL(clientId)
  const isBare = username === '' && password === '' && !/[?#]/.test(clientId) // one that is empty is left out of `hash`
  return href === clientId && pathname.length > 1 && isBare
}

/** Makes the reader. It keeps what it has read for a while, at most `LIMITS.clientDocumentsKept`, and no failure. */
export function createClientDocuments(parts: ClientDocumentParts): ClientDocuments {
  const documents = keepFresh(parts, (at) =>
    readDocument(at, parts, (told, headers) => {
      if (!isJson(headers.get('content-type'))) throw refuse('it is not served as JSON')
      return checkDocument(at, told)
    }),
  )
  const sets = keepFresh(parts, (at) => readDocument(at, parts, readKeys))
  return {
    read: documents,
    keysOf: async ({ keys }) => {
      if (keys === null) throw new RemitError('client_unknown')
      return 'jwksUri' in keys ? await sets(keys.jwksUri) : keys
    },
  }
}

/** What was read, and for how long it counts. */
interface Fresh<T> {
  readonly value: T
  readonly freshMs: number
}

/** Keeps what was read at an address while it counts, and no failure. Whoever asks while it is read waits for the same answer. */
function keepFresh<T>(
  { clock }: Pick<ClientDocumentParts, 'clock'>,
  read: (at: string) => Promise<Fresh<T>>,
): (at: string) => Promise<T> {
  const kept = new Recent<{ readonly value: T; readonly untilMs: number }>(LIMITS.clientDocumentsKept)
  const underWay = new Map<string, Promise<T>>()
  const readAndKeep = async (at: string): Promise<T> => {
    try {
      const { value, freshMs } = await read(at)
      kept.set(at, { value, untilMs: clock.monotonicMs() + freshMs })
      return value
    } finally {
      underWay.delete(at)
    }
  }
  return async (at) => {
    const known = kept.get(at)
    if (known !== undefined && clock.monotonicMs() < known.untilMs) return known.value
    const reading = underWay.get(at) ?? readAndKeep(at)
    underWay.set(at, reading)
    return await reading
  }
}

async function readDocument<T>(
  address: string,
  parts: ClientDocumentParts,
  check: (told: JsonObject, headers: Headers) => T,
): Promise<Fresh<T>> {
  if (!isDocumentAddress(address)) throw new RemitError('client_unknown')
  let headers = new Headers()
  const noteHeaders = (said: Headers): void => {
    headers = said
  }
  try {
    const bounds = { bytesMax: LIMITS.clientDocumentBytesMax, timeoutMs: LIMITS.clientDocumentTimeoutMs }
    const value = check(parseStrictObject(await fetchText(address, { ...parts, ...bounds, noteHeaders })), headers)
    return { value, freshMs: Math.min(LIMITS.clientDocumentMs, readFreshMs(headers) ?? LIMITS.clientDocumentMs) }
  } catch (cause) {
    throw new RemitError('client_unknown', {
      detail: 'The application has no document at its address that counts here.',
      cause,
    })
  }
}

/**
 * True for `application/json` and what is more exactly that. Where a host serves what others put there, it serves it as something
 * else, so that nobody but the host itself has a document below its name.
 */
function isJson(contentType: string | null): boolean {
  return /^application\/([\w.!#$&^-]+\+)?json$/i.test(contentType?.split(';', 1)[0]?.trim() ?? '')
}

/** Members that a public document cannot hold, as everybody reads it. */
const SECRET = /^client_secret/

/** Error: `client_unknown`, with what is wrong for those who run the house. */
function checkDocument(clientId: string, document: JsonObject): ClientDocument {
  const { client_name: name, redirect_uris: uris, token_endpoint_auth_method: method = 'none' } = document
  if (document['client_id'] !== clientId) throw refuse('its client_id is not its address')
  if (Object.keys(document).some((member) => SECRET.test(member))) throw refuse('it holds a secret')
  const keys = method === 'none' ? null : findKeys(clientId, method, document)
  for (const [member, word] of [
    ['grant_types', 'authorization_code'],
    ['response_types', 'code'],
  ] as const)
    if (!holdsWord(document[member], word)) throw refuse(`${member} lacks ${word}`)
  if (!Array.isArray(uris) || uris.length > LIMITS.redirectUrisMax) throw refuse('redirect_uris is no list of a few')
  const redirectUris = uris.filter((uri): uri is string => typeof uri === 'string' && isRedirectUri(uri))
  if (redirectUris.length === 0) throw refuse('no address of it is one that answers may be sent to')
  return {
    clientId,
    redirectUris,
    keys,
    name: typeof name === 'string' && name !== '' ? name.slice(0, LIMITS.nameCharsMax).toWellFormed() : null,
  }
}

/**
 * Where a client says that it proves itself: `private_key_jwt`, by keys that stand there or at an address of the same origin.
 */
function findKeys(clientId: string, method: unknown, { jwks, jwks_uri: at }: JsonObject): ClientDocument['keys'] {
  if (method !== 'private_key_jwt') throw refuse('token_endpoint_auth_method is none or private_key_jwt')
  if ((jwks === undefined) === (at === undefined)) throw refuse('it has either jwks or jwks_uri')
  if (at === undefined) return isMembers(jwks) ? readKeys(jwks) : raise('jwks is no set of keys')
  if (typeof at !== 'string' || !isDocumentAddress(at) || new URL(at).origin !== new URL(clientId).origin)
    throw refuse('jwks_uri is an https address of the same origin')
  return { jwksUri: at }
}

/** Reads a key set (RFC 7517): public keys alone, a few, each of which has to do. */
function readKeys({ keys }: JsonObject): readonly VerifyKey[] {
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > LIMITS.clientKeysMax)
    throw refuse('keys is no list of a few')
  return keys.map((jwk: Json) => {
    if (!isMembers(jwk) || holdsSecret(jwk)) throw refuse('a key is not public')
    return importVerifyKey(jwk) ?? raise('a key is of no use')
  })
}

function raise(why: string): never {
  throw refuse(why)
}

/** True where a list holds a word, or is not there: then its default holds it (RFC 7591 section 2). */
function holdsWord(list: unknown, word: string): boolean {
  return list === undefined || (Array.isArray(list) && list.includes(word))
}

function refuse(why: string): RemitError {
  return new RemitError('client_unknown', { cause: why })
}
