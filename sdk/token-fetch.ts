import type { AccessToken } from './agent.ts'
import type { ProofKey } from './dpop.ts'

/** The standard `fetch`, as MCP and other HTTP clients take it. */
export type StandardFetch = (input: string | URL, init?: RequestInit) => Promise<Response>

/** How a fetch with a token is made. */
export interface TokenFetchOptions {
  /** Gives the token to show; asked for each request, so that it may be renewed. */
  readonly token: () => Promise<AccessToken>
  /** The key that the token is bound to (RFC 9449); needed for a token of type `DPoP`. */
  readonly key?: ProofKey
  readonly fetch?: StandardFetch
}

/**
 * Makes a fetch that shows an access token with every request, and proves the key where the token is bound to one; where the
 * server asks for a nonce in the proof (RFC 9449 section 9), a request whose body can be sent again is sent again. It
 * follows no redirect unless a request says so: the body belongs to the server that it was written for.
 */
export function createTokenFetch(options: TokenFetchOptions): StandardFetch {
  const send = options.fetch ?? fetch
  let nonce: string | undefined
  const sendOnce: StandardFetch = async (input, init = {}) => {
    const token = await options.token()
    const headers = new Headers(init.headers)
    headers.set('authorization', `${token.type} ${token.value}`)
    if (token.type === 'DPoP' && options.key !== undefined) {
      headers.set('dpop', await options.key.prove(init.method ?? 'GET', String(input), token.value, nonce))
    }
    return send(input, { redirect: 'error', ...init, headers })
  }
  return async (input, init = {}) => {
    const answer = await sendOnce(input, init)
    const fresh = answer.headers.get('dpop-nonce')
    if (fresh === null) return answer
    nonce = fresh
    const isAsked = answer.status === 401 && !(init.body instanceof ReadableStream)
    return isAsked ? sendOnce(input, init) : answer
  }
}
