import { RemitProblem, readProblem } from './problem.ts'
import { makeUnreachable } from './unreachable.ts'

/** The part of `fetch` that is used here, so that any runtime's own fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One request, as a method of the client says it. */
export interface CallParts {
  readonly body?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends requests to one server. Refusals are thrown as `RemitProblem`. */
export interface Caller {
  readonly baseUrl: string
  json<Answer>(method: string, path: string, parts?: CallParts): Promise<Answer>
  text(method: string, path: string, parts?: CallParts): Promise<string>
  /** For answers that may be larger than memory. */
  stream(method: string, path: string, parts?: CallParts): Promise<ReadableStream<Uint8Array>>
}

/** What a caller needs; `headers` gives what proves who calls, anew for each request. */
export interface CallerOptions {
  readonly baseUrl: string
  readonly fetch?: Fetch
  readonly headers?: (method: string, url: string) => Promise<Readonly<Record<string, string>>>
}

/** Makes a caller. `baseUrl` is the server's public URL; a slash at its end does not matter. */
export function createCaller(options: CallerOptions): Caller {
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const send = async (method: string, path: string, parts: CallParts): Promise<Response> => {
    const url = `${baseUrl}${path}${writeQuery(parts.query ?? {})}`
    const proof = (await options.headers?.(method, url)) ?? {}
    const init = { method, headers: { ...proof, ...typeOf(parts), ...parts.headers }, ...bodyOf(parts) }
    const response = await reach(options.fetch ?? fetch, url, init)
    if (response.ok) return response
    throw readProblem(response.status, parseLoosely(await response.text()))
  }
  return {
    baseUrl,
    json: async <Answer>(method: string, path: string, parts: CallParts = {}) =>
      parseAnswer<Answer>(await send(method, path, parts)),
    text: async (method, path, parts = {}) => (await send(method, path, parts)).text(),
    stream: async (method, path, parts = {}) => (await send(method, path, parts)).body ?? new ReadableStream(),
  }
}

async function reach(send: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await send(url, init)
  } catch (cause) {
    throw makeUnreachable(url, cause)
  }
}

async function parseAnswer<Answer>(response: Response): Promise<Answer> {
  const text = await response.text()
  try {
    return (text === '' ? {} : JSON.parse(text)) as Answer // the server's contract; a test holds both sides to it
  } catch (cause) {
    const detail = 'The server answered something that is not JSON; is this address a Remit server?'
    throw new RemitProblem('answer_malformed', response.status, { detail }, cause)
  }
}

function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text)
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
