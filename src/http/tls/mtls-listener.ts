import { constants, type X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TlsOptions } from 'node:tls'
import { TLSSocket } from 'node:tls'
import { makePeer, type PeerCertificate } from '../../authenticate/x509/peer-certificate.ts'
import { LIMITS } from '../../ground/limits.ts'

/**
 * How a listener asks for client certificates. Which count is for the room that authenticates to say, so every one is let
 * in, and none too. Nothing is resumed: a session of before would come without the certificate that it began with
 * (RFC 8446 section 4.6.1), and nothing is renegotiated.
 */
const MUTUAL_TLS: TlsOptions = {
  minVersion: 'TLSv1.2',
  requestCert: true,
  rejectUnauthorized: false,
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
}

/** How a listener speaks TLS, whatever its certificate is. */
export const termsOfTls = (isMutual: boolean): TlsOptions => (isMutual ? MUTUAL_TLS : { minVersion: 'TLSv1.2' })

const peers = new WeakMap<TLSSocket, PeerCertificate | null>()

/** Gives the certificate of the connection that a request came by; undefined where it has none. */
export function readPeer({ socket }: IncomingMessage): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  let peer = peers.get(socket)
  if (peer === undefined) {
    peer = readSocket(socket)
    peers.set(socket, peer)
  }
  return peer ?? undefined
}

/** A session that was resumed all the same proves nothing. */
function readSocket(socket: TLSSocket): PeerCertificate | null {
  const leaf = socket.isSessionReused() ? undefined : socket.getPeerX509Certificate()
  if (leaf === undefined) return null
  const others: Uint8Array[] = []
  for (let at: X509Certificate | undefined = leaf.issuerCertificate; at !== undefined; at = at.issuerCertificate) {
    if (others.length > LIMITS.chainCertificatesMax) break // more than are taken: whoever counts them refuses
    others.push(at.raw)
  }
  return makePeer(leaf.raw, others)
}
