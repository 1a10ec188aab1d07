import { lookup as lookUp } from 'node:dns'
import { type ClientRequest, type IncomingHttpHeaders, request as requestPlain } from 'node:http'
import { type RequestOptions, request as requestTls } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { RemitError } from './errors.ts'
import { LIMITS } from './limits.ts'
import { isPublicAddress } from './public-address.ts'

/** What a request to somewhere else is made with. */
export interface OutboundInit {
  readonly headers: Readonly<Record<string, string>>
  /** With it, it is a POST. */
  readonly body?: string | undefined
  readonly signal: AbortSignal
  /** It may lie inside: loopback, link-local, private. */
  readonly allowInternal: boolean
  /** Authorities that are believed instead of the public ones, as PEM. */
  readonly ca?: string | undefined
  /** Judges the certificates that the server shows, its own first, as DER: in place of its host name and of all authorities. */
  readonly isPeer?: ((chain: readonly Uint8Array[]) => boolean) | undefined
}

/** How a room reaches out; a test passes its own. */
export type OutboundFetch = (url: string, init: OutboundInit) => Promise<Response>

/**
 * Asks by GET, or with a body by POST, over http or https, at the address that was looked at and no other. No redirect is
 * followed, nothing is unpacked, and no connection is kept. Errors: whatever the network says, `config_invalid` for an inside
 * address.
 */
export const fetchOutside: OutboundFetch = async (url, { headers, body, signal, allowInternal, ca, isPeer }) => {
  const address = new URL(url)
  const request = address.protocol === 'https:' ? requestTls : requestPlain
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const trust = isPeer === undefined ? { ca } : ANY_PEER
  const method = body === undefined ? 'GET' : 'POST'
  const options = { method, ...guardAddress(address, allowInternal), headers, signal, ...trust }
  const asked = request(address, options, (answer) => {
    try {
      if (isPeer !== undefined && !isPeer(readPeerChain(answer.socket))) throw refusePeer()
      const { statusCode: status = 0 } = answer
      const content = BODILESS.has(status) ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>) // a response gives bytes
      if (content === null) answer.destroy() // nobody reads to its end what has no body, and who answers may never hang up
      resolve(new Response(content, { status, headers: pickHeaders(answer.headers) }))
    } catch (error) {
      answer.destroy()
      reject(error)
    }
  })
  asked.once('error', reject)
  rejectUnanswered(asked, reject)
  asked.end(body)
  return await promise
}

/** A request that its platform ends for another protocol (101) fails with no error of its own, and would be waited for endlessly. */
export function rejectUnanswered(asked: ClientRequest, reject: (error: Error) => void): void {
  asked.once('close', () => reject(new Error('The connection ended without an answer.')))
}

/** Nobody is refused by the platform: who is at the other end is judged before anything that they say counts. */
const ANY_PEER = { rejectUnauthorized: false, checkServerIdentity: () => undefined } as const

const refusePeer = (): RemitError =>
  new RemitError('issuer_unavailable', { detail: 'Whoever answers there is not whom it was asked for.' })

/** Gives the certificates of a connection, the peer's own first; none where it is not one of TLS. */
function readPeerChain(socket: Socket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let at = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  for (; at !== undefined && chain.length <= LIMITS.chainCertificatesMax; at = at.issuerCertificate) chain.push(at.raw)
  return chain
}

/** What it is, where else it lies, and for how long it counts: nothing else that an answer says beside its body is looked at. */
const TOLD = ['content-type', 'location', 'date', 'age', 'cache-control', 'expires'] as const

function pickHeaders(headers: IncomingHttpHeaders): [string, string][] {
  return TOLD.flatMap((name): [string, string][] => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value]]
  })
}

/** Statuses that come without a body (WHATWG Fetch, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Gives the options by which a request goes to a public address only, whatever its name leads to at that moment. Errors:
 * `config_invalid` for an address that is written out and lies inside; the request itself fails so for a name that leads there.
 */
export function guardAddress({ hostname }: URL, allowInternal: boolean): Pick<RequestOptions, 'agent' | 'lookup'> {
  if (allowInternal) return { agent: false }
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw refuseInside(host)
  return { agent: false, lookup: lookUpPublic }
}

/** A name that leads inside by any of its addresses leads nowhere, whatever it led to before. */
const lookUpPublic: RequestOptions['lookup'] = (host, options, callback) => {
  lookUp(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '')
    const inside = addresses.find(({ address }) => !isPublicAddress(address))
    const [first] = addresses
    if (inside !== undefined || first === undefined) return callback(refuseInside(host), '')
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
  })
}

function refuseInside(host: string): RemitError {
  return new RemitError('config_invalid', {
    detail: `The address ${host} lies inside; set allowInternal for it if that is meant.`,
  })
}
