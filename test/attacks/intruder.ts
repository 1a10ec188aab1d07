import type { ProofKey } from '../../sdk/dpop.ts'
import type { House } from '../house.ts'

/** Whatever an answer may hold that an attacker looks for: problem, OAuth error, JSON-RPC message or row. */
export interface Answer {
  readonly code?: string
  readonly entry?: number
  readonly active?: boolean
  readonly access_token?: string
  readonly keys?: readonly { readonly kid: string }[]
  readonly task?: { readonly id: string }
  readonly error?: string | { readonly data?: { readonly code?: string } }
  readonly result?: {
    readonly tools?: readonly unknown[]
    readonly _meta?: Readonly<
      Record<
        string,
        { readonly code?: string; readonly ask?: { readonly approvalId?: string; readonly sentence?: string } }
      >
    >
  }
}

/** What an attacker hears: the status, and the answer; an empty one where it is no JSON. */
export interface Heard {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Answer
}

/**
 * True of what one of a thousand at once may hear: yes, no, that too many came, or, where a machine is slow, that it took too
 * long to decide, which is no yes.
 */
export function isAnswerInRush(status: number, code: unknown): boolean {
  return [200, 400, 429].includes(status) || (status === 503 && code === 'log_unavailable')
}

/** Sends a request as it is, past every client library. */
export async function send(house: Pick<House, 'url'>, path: string, init: RequestInit = {}): Promise<Heard> {
  const answer = await fetch(`${house.url}${path}`, init)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: parse(text) }
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text) as Answer
  } catch {
    return {} // not everything that is heard is JSON
  }
}

/** Posts JSON text with a bearer credential. */
export function post(house: Pick<House, 'url'>, path: string, credential: string, body: string): Promise<Heard> {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
  return send(house, path, { method: 'POST', headers, body })
}

/** Calls a tool by hand; `params` is JSON text, so that it may hold what no library would write. */
export function callTool(
  house: Pick<House, 'url'>,
  token: { readonly value: string; readonly resource: string },
  params: string,
): Promise<Heard> {
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`
  return post(house, new URL(token.resource).pathname, token.value, body)
}

/** Gives `permitted`, or the code of the denial or error of a call. */
export function verdictOn({ json: { result, error, code }, status }: Heard): string {
  const meta = result?._meta ?? {}
  if (meta['dev.remit/permit'] !== undefined) return 'permitted'
  const fault = typeof error === 'object' ? error.data?.code : undefined
  return meta['dev.remit/denial']?.code ?? fault ?? code ?? String(status)
}

/** Shows a credential with a proof of a key for one request. */
export async function sendProven(
  house: Pick<House, 'url'>,
  path: string,
  shown: { readonly credential: string; readonly proof: string; readonly method?: string; readonly body?: string },
): Promise<Heard> {
  const headers = {
    authorization: `DPoP ${shown.credential}`,
    dpop: shown.proof,
    ...(shown.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  return send(house, path, {
    method: shown.method ?? 'GET',
    headers,
    ...(shown.body === undefined ? {} : { body: shown.body }),
  })
}

/** Takes a token apart, changes header and claims, and puts it together with the old signature. */
export function forge(token: string, header: object, claims: object): string {
  const [head = '', body = '', signature = ''] = token.split('.')
  const change = (part: string, more: object): string =>
    encode({ ...(JSON.parse(Buffer.from(part, 'base64url').toString()) as object), ...more })
  return `${change(head, header)}.${change(body, claims)}.${signature}`
}

/** Writes a part of a JWT. */
export function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/** Gives the nonce that the token endpoint asks for in the proofs of a key. Nothing is spent for it. */
export async function askNonce(house: Pick<House, 'url'>, key: ProofKey): Promise<string> {
  const form = { grant_type: 'authorization_code', code: 'x', client_id: 'x', code_verifier: 'x' }
  const heard = await send(house, '/oauth/token', {
    method: 'POST',
    headers: { dpop: await key.prove('POST', `${house.url}/oauth/token`) },
    body: new URLSearchParams(form),
  })
  return heard.headers.get('dpop-nonce') ?? ''
}
