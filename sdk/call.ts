import { readJson } from '../src/contract/log/read-json.ts'
import { hear, holdToPace, readBounded, silenceMsMax } from './held-answer.ts'
import { RemitProblem, readProblem } from './problem.ts'
import { createServers } from './servers.ts'
import { makeUnreachable } from './unreachable.ts'

/** The part of `fetch` that is used here, so that any runtime's own fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One request, as a method of the client says it. */
export interface CallParts {
  readonly body?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  /** Told what stands at the head of an answer that is no refusal. */
  readonly onHeaders?: (headers: Headers) => void
}

/** Sends requests to one server. Refusals are thrown as `RemitProblem`. */
export interface Caller {
  /** The public URL. */
  readonly baseUrl: string
  json<Answer>(method: string, path: string, parts?: CallParts): Promise<Answer>
  text(method: string, path: string, parts?: CallParts): Promise<string>
  /** For answers that may be larger than memory: of any length, but not silent for long. */
  stream(method: string, path: string, parts?: CallParts): Promise<ReadableStream<Uint8Array>>
}

/**
 * A server, or several that keep one log together. The first is the public URL, which proofs and tokens are made for;
 * requests go to whichever of them serves.
 */
export type BaseUrl = string | readonly [string, ...string[]]

/** What a caller needs; `headers` gives what proves who calls, anew for each request. */
export interface CallerOptions {
  readonly baseUrl: BaseUrl
  readonly fetch?: Fetch
  readonly headers?: (method: string, url: string) => Promise<Readonly<Record<string, string>>>
  /** How long the server may be silent; two minutes where not given. */
  readonly silenceMs?: number
}

/** An answer that has begun, and the request that it can be ended by. */
interface Begun {
  readonly response: Response
  readonly request: AbortController
}

/**
 * Makes a caller. A slash at the end of a URL does not matter. No redirect is followed: what a request holds is a secret
 * between the caller and this server. Where there are several, a request goes to the next one if the first stands by or
 * cannot be connected to, and to no other one once it may have been carried out.
 */
export function createCaller(options: CallerOptions): Caller {
  const servers = createServers(options.baseUrl)
  const { baseUrl } = servers
  const silenceMs = options.silenceMs ?? silenceMsMax
  const sendTo = async (server: string, method: string, path: string, parts: CallParts): Promise<Begun> => {
    refuseOtherAddress(path)
    const request = new AbortController()
    const asked = `${path}${writeQuery(parts.query ?? {})}`
    const proof = (await options.headers?.(method, `${baseUrl}${asked}`)) ?? {}
    const init: RequestInit = {
      method,
      headers: { ...proof, ...typeOf(parts), ...parts.headers },
      ...bodyOf(parts),
      redirect: 'manual',
      signal: request.signal,
    }
    const response = await hear(reach(options.fetch ?? fetch, `${server}${asked}`, init), silenceMs, request)
    if (response.ok) parts.onHeaders?.(response.headers)
    if (response.ok) return { response, request }
    if (isRedirect(response)) throw sentElsewhere(response, request)
    const said = parseLoosely(await readBounded(response, silenceMs, request))
    const { headers } = response
    throw readProblem(response.status, said, { code: headers.get('remit-error'), nonce: headers.get('dpop-nonce') })
  }
  const send = (method: string, path: string, parts: CallParts): Promise<Begun> =>
    servers.reach((server) => sendTo(server, method, path, parts))
  const read = async (method: string, path: string, parts: CallParts) => {
    const { response, request } = await send(method, path, parts)
    return { status: response.status, text: await readBounded(response, silenceMs, request) }
  }
  return {
    baseUrl,
    json: async <Answer>(method: string, path: string, parts: CallParts = {}) =>
      parseAnswer<Answer>(await read(method, path, parts)),
    text: async (method, path, parts = {}) => (await read(method, path, parts)).text,
    stream: async (method, path, parts = {}) => {
      const { response, request } = await send(method, path, parts)
      return holdToPace(response, silenceMs, request)
    },
  }
}

/** A part `.` or `..` would lead to another address than the one that is meant, and an empty one to none. */
function refuseOtherAddress(path: string): void {
  const odd = path.split('/').find((part, at) => at > 0 && ['', '.', '..'].includes(part))
  if (odd !== undefined) throw new RemitProblem('not_found', 0, { detail: `Nothing is called '${odd}'.` })
}

async function reach(send: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await send(url, init)
  } catch (cause) {
    throw makeUnreachable(url, cause)
  }
}

/** Browsers hide the status of a redirect that is not followed. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400)
}

function sentElsewhere(response: Response, request: AbortController): RemitProblem {
  request.abort()
  const detail = 'The server sends to another address, which is not followed; use the public URL of the server itself.'
  return new RemitProblem('answer_malformed', response.status, { detail })
}

function parseAnswer<Answer>({ status, text }: { readonly status: number; readonly text: string }): Answer {
  try {
    return (text === '' ? {} : readJson(text)) as Answer // the server's contract; a test holds both sides to it
  } catch (cause) {
    const detail = 'The server answered something that is not JSON; is this address a Remit server?'
    throw new RemitProblem('answer_malformed', status, { detail }, cause)
  }
}

function parseLoosely(text: string): unknown {
  try {
    return readJson(text)
  } catch {
    return text // what is not JSON has no code; the status says enough
  }
}

function writeQuery(query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function typeOf(parts: CallParts): Record<string, string> {
  if (parts.form !== undefined) return { 'content-type': 'application/x-www-form-urlencoded' }
  return parts.body === undefined ? {} : { 'content-type': 'application/json' }
}

function bodyOf(parts: CallParts): { readonly body?: string } {
  if (parts.form !== undefined) return { body: new URLSearchParams(parts.form).toString() }
  return parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }
}
