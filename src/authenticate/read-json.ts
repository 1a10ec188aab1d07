import { readJson } from '../contract/log/read-json.ts'
import type { Json, JsonObject } from '../contract/log-entry.ts'
import { isMembers } from '../contract/read-entry.ts'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { isDeeperThan } from '../ground/json-depth.ts'
import { findNameTwice } from '../ground/json-names.ts'
import { LIMITS } from '../ground/limits.ts'
import type { OutboundFetch, OutboundInit } from '../ground/outbound.ts'
import { readBytes } from '../ground/read-bytes.ts'
import { sayUnreached } from '../ground/say-unreached.ts'

/**
 * Reads a JSON text in which no object names a member twice: such a text means different things to different readers.
 * Depth at most `LIMITS.jsonDepthMax`. Errors: `body_malformed`, `body_too_deep`.
 */
function parseStrictJson(text: string): Json {
  if (isDeeperThan(text, LIMITS.jsonDepthMax)) throw new RemitError('body_too_deep')
  const value = parse(text)
  if (findNameTwice(text) !== null)
    throw new RemitError('body_malformed', { detail: 'A member of the JSON is named twice.' })
  return value
}

/** As `parseStrictJson`, and refuses (`body_malformed`) what is not an object. */
export function parseStrictObject(text: string): JsonObject {
  const value = parseStrictJson(text)
  if (!isMembers(value)) throw new RemitError('body_malformed', { detail: 'It is not a JSON object.' })
  return value
}

function parse(text: string): Json {
  try {
    return readJson(text) as Json // a parser gives nothing else
  } catch (cause) {
    throw new RemitError('body_malformed', { cause })
  }
}

/** What a read over HTTP may cost. */
export interface FetchBounds {
  readonly fetch: OutboundFetch
  /** It may be asked where it lies inside: loopback, link-local, private. */
  readonly allowInternal: boolean
  /** Authorities that are believed instead of the public ones, as PEM. */
  readonly ca?: string | undefined
  readonly clock: Clock
  readonly bytesMax: number
  readonly timeoutMs: number
  /** Judges who answers, in place of all authorities. */
  readonly isPeer?: OutboundInit['isPeer']
  /** Says what is wrong with an address that an answer leads to for now; absent where none is followed. */
  readonly findRedirectFault?: (url: string) => string | undefined
  /** Is told what the answer says beside its body. */
  readonly noteHeaders?: (headers: Headers) => void
}

/**
 * Reads a text by GET: status 200 only, at most `bytesMax` bytes and `timeoutMs` in all. No redirect is followed, but one where
 * `findRedirectFault` lets it pass. Errors: `issuer_unavailable`, with what went wrong in its detail.
 */
export async function fetchText(url: string, bounds: FetchBounds): Promise<string> {
  const abort = new AbortController()
  const late = new RemitError('issuer_unavailable', {
    detail: `No complete answer came within ${bounds.timeoutMs} ms.`,
  })
  const cancel = bounds.clock.after(bounds.timeoutMs, () => abort.abort(late))
  try {
    const { allowInternal, ca, isPeer, fetch } = bounds
    const init = { signal: abort.signal, headers: { accept: 'application/json' }, allowInternal, ca, isPeer }
    const answer = await fetch(url, init)
    bounds.noteHeaders?.(answer.headers)
    const target = await findTarget(answer, url, bounds)
    return await readAnswer(target === undefined ? answer : await fetch(target, init), bounds.bytesMax)
  } catch (cause) {
    if (cause instanceof RemitError) throw cause
    throw abort.signal.aborted ? late : unreached(cause)
  } finally {
    cancel()
  }
}

function unreached(cause: unknown): RemitError {
  const said = sayUnreached(cause)
  const detail = said === undefined ? 'It cannot be reached.' : `It cannot be reached: ${said}.`
  return new RemitError('issuer_unavailable', { detail, cause })
}

const TEMPORARY: ReadonlySet<number> = new Set([302, 303, 307])

/** Gives where an answer leads to for now; undefined where it is the answer itself, or where no redirect is followed. */
async function findTarget(
  answer: Response,
  url: string,
  { findRedirectFault }: FetchBounds,
): Promise<string | undefined> {
  const location = answer.headers.get('location')
  if (findRedirectFault === undefined || location === null || !TEMPORARY.has(answer.status)) return undefined
  const target = URL.canParse(location, url) ? new URL(location, url).href : location
  const fault = findRedirectFault(target)
  await answer.body?.cancel()
  if (fault === undefined) return target
  throw new RemitError('issuer_unavailable', { detail: `It redirects to an address that ${fault}.` })
}

async function readAnswer(answer: Response, bytesMax: number): Promise<string> {
  const isRedirect = answer.status >= 300 && answer.status < 400
  if (answer.status !== 200) {
    await answer.body?.cancel()
    const why = isRedirect
      ? 'It redirects, and redirects are not followed.'
      : `It answers with status ${answer.status}.`
    throw new RemitError('issuer_unavailable', { detail: why })
  }
  return decode(await readAnswerBytes(answer, bytesMax))
}

/** Reads the body of an answer. Error: `issuer_unavailable` for one of more bytes. */
export async function readAnswerBytes(answer: Response, bytesMax: number): Promise<Uint8Array> {
  const bytes = await readBytes(answer, bytesMax)
  if (bytes !== null) return bytes
  throw new RemitError('issuer_unavailable', { detail: `It answers with more than ${bytesMax} bytes.` })
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new RemitError('issuer_unavailable', { detail: 'Its answer is not UTF-8.', cause })
  }
}

/**
 * Checks an address that is configured or that an issuer names: https, or http on loopback where that is allowed;
 * no user, no fragment. Gives what is wrong with it, or undefined.
 */
export function findUrlFault(url: string, allowInsecureHttp: boolean): string | undefined {
  if (!URL.canParse(url)) return 'is not a URL'
  const { protocol, hostname, username, password, hash } = new URL(url)
  if (username !== '' || password !== '' || hash !== '') return 'must not hold a user or a fragment'
  if (protocol === 'https:') return undefined
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
  return protocol === 'http:' && allowInsecureHttp && isLoopback ? undefined : 'must be https'
}
