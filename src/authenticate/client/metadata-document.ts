import type { JsonObject } from '../../contract/log-entry.ts'
import { isRedirectUri } from '../../contract/register/redirect-uri.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import { Recent } from '../../ground/recent.ts'
import { fetchText, parseStrictObject } from '../read-json.ts'

/** What an OAuth client says of itself at the address that is its `client_id` (draft-ietf-oauth-client-id-metadata-document). */
export interface ClientDocument {
  readonly clientId: string
  /** What it calls itself; nobody has checked it. */
  readonly name: string | null
  /** Those of its addresses that answers may be sent to. */
  readonly redirectUris: readonly string[]
}

/** Reads the documents of clients. */
export interface ClientDocuments {
  /**
   * Gives the document at an address, read within the last `LIMITS.clientDocumentMs`. Error: `client_unknown`, whatever
   * the reason: what an address answers is told to nobody who names it.
   */
  read(clientId: string): Promise<ClientDocument>
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
  const { href, pathname, username, password, search, hash } = new URL(clientId)
  return href === clientId && pathname.length > 1 && username === '' && password === '' && search === '' && hash === ''
}

/** Makes the reader. It keeps what it has read for a while, at most `LIMITS.clientDocumentsKept`, and no failure. */
export function createClientDocuments(parts: ClientDocumentParts): ClientDocuments {
  const kept = new Recent<{ readonly document: ClientDocument; readonly untilMs: number }>(LIMITS.clientDocumentsKept)
  return {
    async read(clientId) {
      const known = kept.get(clientId)
      if (known !== undefined && parts.clock.monotonicMs() < known.untilMs) return known.document
      const document = await readDocument(clientId, parts)
      kept.set(clientId, { document, untilMs: parts.clock.monotonicMs() + LIMITS.clientDocumentMs })
      return document
    },
  }
}

async function readDocument(clientId: string, parts: ClientDocumentParts): Promise<ClientDocument> {
  if (!isDocumentAddress(clientId)) throw new RemitError('client_unknown')
  try {
    const bounds = { bytesMax: LIMITS.clientDocumentBytesMax, timeoutMs: LIMITS.clientDocumentTimeoutMs }
    return checkDocument(clientId, parseStrictObject(await fetchText(clientId, { ...parts, ...bounds })))
  } catch (cause) {
    throw new RemitError('client_unknown', {
      detail: 'The application has no document at its address that counts here.',
      cause,
    })
  }
}

/** Members that a public document cannot hold, as everybody reads it. */
const SECRET = /^client_secret/

/** Error: `client_unknown`, with what is wrong for those who run the house. */
function checkDocument(clientId: string, document: JsonObject): ClientDocument {
  const { client_name: name, redirect_uris: uris, token_endpoint_auth_method: method = 'none' } = document
  if (document['client_id'] !== clientId) throw refuse('its client_id is not its address')
  if (Object.keys(document).some((member) => SECRET.test(member))) throw refuse('it holds a secret')
  if (method !== 'none') throw refuse('clients with a document are public here: token_endpoint_auth_method is none')
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
    name: typeof name === 'string' && name !== '' ? name.slice(0, LIMITS.nameCharsMax).toWellFormed() : null,
  }
}

/** True where a list holds a word, or is not there: then its default holds it (RFC 7591 section 2). */
function holdsWord(list: unknown, word: string): boolean {
  return list === undefined || (Array.isArray(list) && list.includes(word))
}

function refuse(why: string): RemitError {
  return new RemitError('client_unknown', { cause: why })
}
