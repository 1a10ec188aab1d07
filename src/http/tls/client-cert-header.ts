import type { IncomingMessage } from 'node:http'
import { makePeer, type PeerCertificate } from '../../authenticate/x509/peer-certificate.ts'
import { listAddresses } from '../../ground/addresses.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'

/** Gives the certificate that a request came with, where it did. */
export type PeerReader = (request: IncomingMessage) => PeerCertificate | undefined

/**
 * Reads the certificate out of `Client-Cert` and `Client-Cert-Chain` (RFC 9440), from proxies that are trusted and from
 * nobody else: what another one says of a certificate is passed over, and `noteIgnored` is told. Such a proxy must
 * take these headers out of what its own clients send. Errors: `request_invalid` for headers that are not as they should be.
 */
export function readPeerHeader(trustedProxies: readonly string[], noteIgnored: () => void): PeerReader {
  const isTrusted = listAddresses(trustedProxies)
  return (request) => {
    const { 'client-cert': leaf, 'client-cert-chain': chain } = request.headers
    if (leaf === undefined && chain === undefined) return undefined
    if (!isTrusted(request.socket.remoteAddress ?? '')) {
      noteIgnored()
      return undefined
    }
    const [first, ...more] = readItems(leaf)
    if (first === undefined || more.length > 0) throw refusal()
    return makePeer(first, readItems(chain))
  }
}

/** A list of byte sequences (RFC 8941 sections 3.1 and 3.3.5), without parameters. */
function readItems(header: string | readonly string[] | undefined): readonly Uint8Array[] {
  if (header === undefined) return []
  const items = String(header)
    .split(',')
    .map((item) => /^ *:([A-Za-z0-9+/]+={0,2}): *$/.exec(item)?.[1])
  if (items.length > LIMITS.chainCertificatesMax) throw refusal()
  return items.map((text) => Buffer.from(text ?? throwRefusal(), 'base64'))
}

function throwRefusal(): never {
  throw refusal()
}

function refusal(): RemitError {
  return new RemitError('request_invalid', {
    detail: 'The headers Client-Cert and Client-Cert-Chain are not those of RFC 9440.',
  })
}
