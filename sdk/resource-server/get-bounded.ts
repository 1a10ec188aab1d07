import { readJson } from '../../src/contract/log/read-json.ts'
import { isMembers } from '../members.ts'
import type { StandardFetch } from '../token-fetch.ts'
import type { Members } from './read-jwt.ts'
import { TokenRefused } from './refused.ts'

/** What may come back, and in what time. */
interface Bounds {
  readonly accept: string
  readonly bytesMax: number
}

/** How long the issuer may take for an answer. */
const answerMs = 5_000

/** A text of the issuer, and for how long caches on the way say that they had it (RFC 9111 section 5.1), in milliseconds. */
interface Got {
  readonly text: string
  readonly ageMs: number
}

/**
 * Gets a text of the issuer: status 200, no redirect, so many bytes at most, within five seconds, past every cache that heeds
 * what it is asked for. Error: `temporarily_unavailable`.
 */
export async function getBounded(send: StandardFetch, url: string, bounds: Bounds): Promise<Got> {
  return readAnswer(url, bounds.bytesMax, (signal) =>
    send(url, { headers: { accept: bounds.accept, 'cache-control': 'no-cache' }, redirect: 'error', signal }),
  )
}

/** Sends a form to the issuer, with the same bounds. Error: `temporarily_unavailable`. */
export async function postBounded(send: StandardFetch, url: string, form: URLSearchParams): Promise<string> {
  const ask = (signal: AbortSignal): Promise<Response> =>
    send(url, { method: 'POST', body: form, redirect: 'error', signal })
  return (await readAnswer(url, 65_536, ask)).text
}

async function readAnswer(
  url: string,
  bytesMax: number,
  ask: (signal: AbortSignal) => Promise<Response>,
): Promise<Got> {
  const signal = AbortSignal.timeout(answerMs)
  try {
    const answer = await ask(signal)
    if (answer.status !== 200) throw new Error(`it answered with status ${answer.status}`)
    const chunks = await readChunks(answer.body ?? new ReadableStream(), bytesMax)
    if (chunks === null) throw new Error(`it answered with more than ${bytesMax} bytes`)
    const [age = '0'] = /^\d{1,9}$/.exec(answer.headers.get('age') ?? '') ?? []
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(chunks), ageMs: Number(age) * 1000 }
  } catch (cause) {
    throw new TokenRefused('temporarily_unavailable', `${new URL(url).origin} could not be asked.`, cause)
  }
}

/** Reads a stream to its end; null, and no further, where it holds more than `bytesMax`. */
export async function readChunks(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > bytesMax) return null // leaving the loop cancels the stream
    chunks.push(chunk)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Reads an answer of the issuer as a JSON object. Error: `temporarily_unavailable` for anything else. */
export function readObject(text: string, url: string): Members {
  try {
    const said = readJson(text)
    if (isMembers(said)) return said
  } catch {
    // said below, as for any other text that is no object
  }
  throw new TokenRefused('temporarily_unavailable', `${url} does not answer with a JSON object.`)
}
