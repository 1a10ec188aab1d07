import { request } from 'node:https'
import type { ConnectionOptions } from 'node:tls'

/** A fetch over TLS with a certificate of its own, as agents have it. One connection a request. */
export function createTlsFetch(options: ConnectionOptions): typeof fetch {
  return async (input, init = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const headers = Object.fromEntries(new Headers(init.headers))
    const method = init.method ?? 'GET'
    const body = init.body instanceof URLSearchParams ? init.body.toString() : (init.body as string | undefined)
    const sent = request(
      input instanceof Request ? input.url : input,
      { ...options, agent: false, method, headers },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const told = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as [string, string])
          resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0, headers: told }))
        })
      },
    )
    sent.once('error', reject)
    sent.end(body)
    return await promise
  }
}
