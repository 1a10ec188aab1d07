import type { FastifyRequest } from 'fastify'
import { withoutPort } from '../../ground/addresses.ts'
import { makeBare } from '../../ground/bare.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Context, Route } from '../route.ts'
import type { Door } from './door.ts'
import type { Visit } from './visit.ts'

/** Reads of a request what its head says. Error: `request_invalid` for a header that is sent twice and may not be. */
export function readBase(door: Door, row: Pick<Route, 'path'>, request: FastifyRequest): Visit['base'] {
  return {
    house: door.house,
    headers: singleHeaders(request),
    method: request.method,
    path: pathOf(request.url),
    // by its row, as a path may be spelt in many ways
    isForToken: row.path === '/oauth/token',
    source: withoutPort(request.ip),
    reachedAt: door.reachedAt,
    certificate: door.peerOf(request.raw),
    proven: { nextNonce: null },
  }
}

/** Gives the path of an address without its query; it may stand there whole (RFC 9112 section 3.2.2). */
export function pathOf(url: string): string {
  const path = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '')
  const end = path.indexOf('?')
  return end === -1 ? path : path.slice(0, end)
}

function singleHeaders({ raw: { rawHeaders }, headers: sent }: FastifyRequest): Context['headers'] {
  const headers = makeBare<string | undefined>()
  let count = 0
  for (const name in sent) {
    const value = sent[name]
    headers[name] = Array.isArray(value) ? value.join(', ') : value
    count += 1
  }
  // as many names as there were headers: none of them came twice
  if (2 * count !== rawHeaders.length) refuseTwice(rawHeaders)
  return headers
}

const ONCE: ReadonlySet<string> = new Set([
  'host',
  'content-type',
  'authorization',
  'dpop',
  'client-cert',
  'client-cert-chain',
  'oauth-client-attestation',
  'oauth-client-attestation-pop',
])

/** A header that is sent twice means two things to two readers: it is refused where it decides who is calling, or what is said. */
function refuseTwice(rawHeaders: readonly string[]): void {
  const seen = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (ONCE.has(name) && seen.has(name))
      throw new RemitError('request_invalid', { detail: `The header ${name} is sent twice.` })
    seen.add(name)
  }
}
