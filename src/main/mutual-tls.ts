import type { ClientAuthority } from '../authenticate/x509/client-authority.ts'
import type { Config } from '../config.ts'
import type { House } from '../flow/house.ts'
import type { Metrics } from '../ground/metrics.ts'
import { claimPort } from '../ground/port.ts'
import { boundConnections, type ConnectionBounds } from '../http/entrance/bound-connections.ts'
import { openStandByDoor, type StandByDoor, type StandByOptions } from '../http/stand-by.ts'
import { type PeerReader, readPeerHeader } from '../http/tls/client-cert-header.ts'
import { readTls, type TlsFiles } from '../http/tls/read-tls.ts'
import { nameDoor } from './own-address.ts'
import { readNamedFile } from './read-named-file.ts'

/** Makes sure that the listener that asks for certificates can listen, and gives the configuration with its port. */
export async function claimMutualPort(config: Config): Promise<Config> {
  const { mtls, address } = config
  if (mtls?.port === undefined) return config
  return { ...config, mtls: { ...mtls, port: await claimPort(address.host, mtls.port) } }
}

/** Gives the certificate that the listener speaks with: its own, or that of the other doors. Errors: `config_invalid`. */
export function openMutualTls({ mtls }: Config, shared: TlsFiles | undefined): TlsFiles | undefined {
  if (mtls?.certFile === undefined || mtls.keyFile === undefined) return shared
  return readTls({ certFile: mtls.certFile, keyFile: mtls.keyFile }, 'mtls')
}

/**
 * Opens the doors of a server that stands by: both, so that whoever comes by certificate is told so as well, and goes to the
 * next one; no more are let in than by a server that serves, so that it has the files that it takes over with. Rejects with what
 * the platform says of a port.
 */
export async function openStandBy(
  config: Config,
  options: StandByOptions,
  bounds: ConnectionBounds,
): Promise<Pick<StandByDoor, 'close'>> {
  const first = await openStandByDoor(options)
  const { mtls } = config
  try {
    if (mtls?.port === undefined) {
      boundConnections([first.server], bounds)
      return first
    }
    const second = await openStandByDoor({ ...options, port: mtls.port, tls: openMutualTls(config, options.tls) })
    boundConnections([first.server, second.server], bounds)
    return { close: async () => void (await Promise.all([first.close(), second.close()])) }
  } catch (error) {
    await first.close()
    throw error
  }
}

/** Says where clients show certificates and how they prove themselves by them; null where nowhere. */
export function describeMutual(
  { mtls, address, clientAuthorities, trustDomains, spiffe }: Config,
  publicUrl: string,
): House['mutual'] {
  if (mtls === undefined) return null
  const named = mtls.publicUrl ?? (mtls.port === undefined ? publicUrl : undefined)
  return {
    url: nameDoor(named, { scheme: 'https', host: address.host, port: mtls.port ?? address.port }),
    methods: [
      'self_signed_tls_client_auth',
      ...(clientAuthorities.length > 0 ? ['tls_client_auth'] : []),
      ...(trustDomains.length > 0 || spiffe !== undefined ? ['spiffe_x509'] : []),
    ],
  }
}

/** Gives how the door that asks for no certificates itself learns of one: of a proxy, where that is set, or not at all. */
export function readForwarded({ mtls, trustedProxies }: Config, metrics: Metrics): PeerReader {
  const noteIgnored = metrics.counter('remit_client_cert_headers_ignored_total', {})
  return mtls?.clientCertHeader === true ? readPeerHeader(trustedProxies, noteIgnored) : () => undefined
}

/** Reads the files of the authorities of client certificates. Errors: `config_invalid`, naming the setting. */
export function readClientAuthorities({ clientAuthorities }: Config): readonly ClientAuthority[] {
  return clientAuthorities.map(({ name, caFile, crlFile }) => {
    const read = (file: string): string => readNamedFile(`clientAuthorities: ${name}`, file)
    return { name, pem: read(caFile), ...(crlFile === undefined ? {} : { readRevoked: () => read(crlFile) }) }
  })
}
